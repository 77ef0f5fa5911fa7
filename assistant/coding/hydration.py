"""Hydration: only minutes that a fluid with an order and a reason ran alone, in blocks of 31 and more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.coding.basis import Basis
from assistant.coding.charge import Charge, Ledger, names_of, sources_of
from assistant.coding.event import Event, is_stated_concurrent
from assistant.coding.interval import Interval, clock, intersect, length, subtract, union
from assistant.coding.service import SiteServices

if TYPE_CHECKING:
    from assistant.coding.infusion import Placement


@dataclass(slots=True)
class Block:
    """A stretch in which a fluid ran alone. ``minutes`` are net of pauses and pushes."""

    event: Event
    flow: tuple[Interval, ...]
    minutes: int
    words: str


@dataclass(slots=True)
class Hydration:
    """What may be billed: qualifying blocks, and why minutes were taken out."""

    blocks: list[Block] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)

    @property
    def units_minutes(self) -> int:
        return sum(block.minutes for block in self.blocks)

    @property
    def events(self) -> list[Event]:
        return list({block.event.index: block.event for block in self.blocks}.values())


def measure_hydration(basis: Basis, site: SiteServices, ledger: Ledger) -> Hydration:
    """Qualifying blocks of one access. What does not qualify is excluded with its reason."""
    found = Hydration()
    shortest = basis.minutes("hydration/minimum_minutes")
    infused = [event for service in (*site.chemo_infusions, *site.infusions) for event in service.events] + site.blood
    pushed = [event for service in (*site.chemo_pushes, *site.pushes) for event in service.events]
    running: list[Event] = []  # fluids taken before: two bags at once count once
    for event in site.hydration:
        obstacle = hydration_obstacle(basis, event)
        if obstacle:
            ledger.exclude(event, *obstacle)
            continue
        twin = next((other for other in running if event.fact.bag and other.group == event.group), None)
        if twin:
            ledger.share(event, event.flow, None, f"shares the bag of {twin.ref}")
            continue
        if event.minutes is None:
            ledger.exclude(event, "ADM-MISSING-TIME", event.hole or "no times")
            continue
        for block in _read_blocks(event, [*infused, *running], pushed, site, ledger, found):
            if block.minutes >= shortest:
                found.blocks.append(block)
            else:
                ledger.share(event, block.flow, None, f"under {shortest} minutes")
                ledger.note(
                    "not-coded",
                    "ADM-HYDRATION-MINUTES",
                    f"{event.drug}: {block.words}; a block counts from {shortest} min",
                    sources_of([event]),
                )
        running.append(event)
    return found


def hydration_obstacle(basis: Basis, event: Event) -> tuple[str, str] | None:
    """Rule and reason why a fluid is no hydration service, None where it is one."""
    purpose = event.fact.purpose
    if basis.has_word(purpose, "hydration/not_hydration_words"):
        return "ADM-HYDRATION-PATENCY", "the fluid kept a line open or carried a drug"
    if event.fact.ordered is False or basis.facts.visit.order == "missing":
        return "ADM-HYDRATION-REASON", "no order for the fluid is documented"
    treated = any(
        item.status == "active" and item.code.startswith(basis.words("hydration/main_reason_diagnoses"))
        for item in basis.facts.diagnoses
    )
    if not purpose and not treated:
        return "ADM-HYDRATION-REASON", "no reason for the fluid is documented"
    return None


def place_hydration(placement: Placement, found: Hydration, initial: bool, why: tuple[tuple[str, str], ...]) -> None:
    """Codes of the qualifying blocks, summed or block by block as the payer wants it."""
    if not found.blocks:
        return
    if placement.basis.profile.hydration_sum_segments:
        _charge(placement, found, found.blocks, initial, why)
        return
    for number, block in enumerate(found.blocks):
        _charge(placement, found, [block], initial and number == 0, why)


def _charge(
    placement: Placement, found: Hydration, blocks: list[Block], initial: bool, why: tuple[tuple[str, str], ...]
) -> None:
    basis, ledger = placement.basis, placement.ledger
    threshold = basis.minutes("administration/additional_hour_minimum_minutes")
    minutes = sum(block.minutes for block in blocks)
    events = list({block.event.index: block.event for block in blocks}.values())
    further = (minutes - threshold) // 60
    words = " + ".join(block.words for block in blocks) + (f" = {minutes} min" if len(blocks) > 1 else "")
    hour = basis.code("hydration", "hour")
    base = None
    steps = tuple(found.steps)
    if initial:
        code = basis.code("hydration", "initial")
        base = ledger.charge(
            Charge(
                code,
                1,
                "ADM-INITIAL-HYDRATION",
                f"{names_of(events)} {words}: {code}" + (f" + {hour} x{further}" if further else ""),
                sources_of(events),
                modifiers=placement.initial_modifiers(),
                steps=(*steps, *why, *placement.second_steps()),
                rejections=()
                if further
                else (("ADM-ADDITIONAL-HOUR", f"{minutes} min; a further hour begins at {60 + threshold} min"),),
                initial=True,
            )
        )
        units, rule, how = further, "ADM-ADDITIONAL-HOUR", f"floor(({minutes}-{threshold})/60) = {further}"
    else:
        units, rule, how = (
            1 + further,
            "ADM-HYDRATION-SECONDARY",
            f"1 + floor(({minutes}-{threshold})/60) = {1 + further}",
        )
    extra = None
    if units:
        extra = ledger.charge(
            Charge(
                hour,
                units,
                rule,
                f"{names_of(events)} {words}: {how}",
                sources_of(events),
                modifiers=placement.hour_modifiers() if initial else (),
                steps=steps,
                rejections=() if initial else (("ADM-INITIAL-HYDRATION", "another service is the initial one"),),
            )
        )
    left = 60
    for block in blocks:
        if base is None:
            ledger.share(block.event, block.flow, extra)
            continue
        for part in block.flow:
            middle = min(part[1], part[0] + left) if extra else part[1]
            ledger.share(block.event, ((part[0], middle),) if part[0] < middle else (), base)
            ledger.share(block.event, ((middle, part[1]),) if middle < part[1] else (), extra)
            left = max(0, left - (part[1] - part[0]))


def _read_blocks(
    event: Event, infused: list[Event], pushed: list[Event], site: SiteServices, ledger: Ledger, found: Hydration
) -> list[Block]:
    beside = [other for other in (*infused, *pushed) if other.span is None and is_stated_concurrent(event, other)]
    loose = sum(other.minutes or 0 for other in beside)
    if loose:
        found.steps.append(("ADM-HYDRATION-MINUTES", f"{loose} min of {names_of(beside)} taken out"))
    if event.span is None:
        minutes = (event.minutes or 0) - loose
        words = f"{event.minutes} min charted" + (f" - {loose} = {minutes} min" if loose else "")
        return [Block(event, (), minutes, words)]
    cuts = [other.span for other in infused if other.span] + [
        (other.starts, event.span[1])
        for other, _ in site.pending
        if other.starts is not None and event.span[0] <= other.starts < event.span[1]
    ]
    cut = intersect([event.span], cuts)
    ledger.share(event, intersect(event.flow, cut), None, "overlaps a drug infusion")
    if length(cut):
        found.steps.append(
            ("ADM-HYDRATION-MINUTES", f"{length(cut)} min beside another infusion taken out of {event.drug}")
        )
    pushes = union(part for other in pushed for part in other.flow)
    blocks = []
    for stretch in subtract([event.span], cut):
        running = intersect([stretch], event.flow)
        flow = subtract(running, pushes)
        taken = length(running) - length(flow)
        minutes = max(0, length(flow) - loose)
        ledger.share(event, intersect(running, pushes), None, "a push was given")
        paused = stretch[1] - stretch[0] - length(running)
        words = f"{clock(stretch[0])}-{clock(stretch[1])}"
        if paused:
            words += f" - {paused} paused"
        if taken:
            words += f" - {taken} of pushes"
        blocks.append(Block(event, flow, minutes, f"{words} = {minutes} min"))
        loose = max(0, loose - length(flow))
    return blocks
