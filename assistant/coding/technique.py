"""How an intravenous event counts: by its minutes where they are known, by what is charted where they are not."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple

from assistant.coding.basis import Basis, plain
from assistant.coding.event import Event

Counted = Literal["infusion", "push", "hydration", "pump start", "pump refill", "pending", "unknown"]


class Technique(NamedTuple):
    """``pending``: an infusion without provable minutes; ``unknown``: neither technique nor minutes are charted."""

    counted: Counted
    rule: str
    why: str


def judge_technique(basis: Basis, event: Event) -> Technique:
    """The technique that counts for an intravenous or intra-arterial event."""
    charted = event.fact.technique
    if charted == "pump-refill":
        return Technique("pump refill", "ADM-PUMP-REFILL", "pump refill charted")
    if charted == "prolonged-infusion":
        hours = _pump_hours(event)
        if hours is None or hours > basis.value("administration/pump_minimum_hours"):
            length = f"{plain(hours)} h" if hours is not None else "prolonged infusion charted"
            return Technique("pump start", "ADM-PUMP-START", length)
    if event.kind == "hydration":
        return Technique("hydration", "ADM-HYDRATION-MINUTES", "fluid")
    shortest = basis.minutes("administration/infusion_minimum_minutes")
    if event.minutes is not None:
        if event.minutes >= shortest:
            if charted == "push" and basis.profile.slow_push == "push":
                return Technique(
                    "push",
                    "ADM-PUSH-BY-TIME",
                    f"charted as a push; profile {basis.profile.name} keeps it at {event.minutes} min",
                )
            return Technique("infusion", "ADM-INFUSION-BY-TIME", f"{event.minutes} min of flow is {shortest} or more")
        if is_discontinued_infusion(basis, event):
            return Technique("infusion", "ADM-DISCONTINUED", f"infusion stopped early after {event.minutes} min")
        return Technique("push", "ADM-PUSH-BY-TIME", f"{event.minutes} min of flow is under {shortest}")
    if charted in ("push", "injection"):
        return Technique("push", "ADM-PUSH-BY-TIME", "charted as a push")
    if charted in ("infusion", "prolonged-infusion", "hydration"):
        if basis.profile.missing_stop_floor == "push" and event.hole == "no stop time":
            return Technique(
                "push", "ADM-MISSING-TIME", f"no stop time; profile {basis.profile.name} takes a push as the floor"
            )
        return Technique("pending", "ADM-MISSING-TIME", event.hole or "no times")
    return Technique("unknown", "ADM-UNKNOWN-TECHNIQUE", "neither push nor infusion is charted, and no times")


def contradicts_chart(event: Event, technique: Technique) -> bool:
    """Charted as a push but counted as an infusion, or the other way round."""
    return (event.fact.technique, technique.counted) in (("push", "infusion"), ("infusion", "push")) and (
        event.minutes is not None
    )


def is_discontinued_infusion(basis: Basis, event: Event) -> bool:
    """Stopped early in a setting that reports the ordered service with a modifier."""
    return (
        event.discontinued
        and event.fact.technique == "infusion"
        and bool(basis.value("administration/discontinued_modifier")[basis.setting])
    )


def _pump_hours(event: Event) -> Decimal | None:
    if event.fact.pump_hours is not None:
        return event.fact.pump_hours
    return Decimal(event.minutes) / 60 if event.minutes is not None else None
