"""The coding rules of an infusion encounter, from structured facts to proven lines. Pure: same facts, same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assistant.coding.access import assign_sites
from assistant.coding.basis import Basis
from assistant.coding.care import place_declots, place_port_care, place_pumps, place_transfusions, place_visit
from assistant.coding.cavity import ROUTES, place_cavities
from assistant.coding.charge import Ledger, source_of
from assistant.coding.drug import place_drugs
from assistant.coding.edit import apply_edits, note_limits
from assistant.coding.event import ENTERAL, Event, read_events
from assistant.coding.hierarchy import best_rank, place_services
from assistant.coding.injection import INJECTED, place_injections
from assistant.coding.line import draw_lines
from assistant.coding.service import gather_services
from assistant.coding.technique import contradicts_chart, judge_technique
from assistant.coding.timeline import draw_timeline
from models.fact import Facts
from models.finding import Finding
from models.line import Block, Line
from models.note import Setting
from models.record import Record
from terminology.profile import Profile
from terminology.store import Terminology

_NOT_INJECTED = frozenset({"oral", "flush", "declot", "hydration", "separate", "unknown"})


class Coding(Record):
    """Lines in claim order, findings, and who owns which minutes."""

    lines: tuple[Line, ...] = ()
    findings: tuple[Finding, ...] = ()
    timeline: tuple[Block, ...] = ()


def code_encounter(
    facts: Facts, setting: Setting, on: date | None, profile: Profile, terminology: Terminology
) -> Coding:
    """Claim lines of one encounter.

    Args:
        facts: what the note says; only given administrations make lines.
        setting: "physician" (office) or "facility" (hospital outpatient): the hierarchies differ.
        on: date of service; None asks the newest tables.
        profile: payer switches.
    """
    basis = Basis(facts, setting, on, profile, terminology)
    ledger = Ledger(basis)
    events = read_events(basis)
    for number, encounter in enumerate(dict.fromkeys(event.encounter for event in events)):
        _code_visit(basis, [event for event in events if event.encounter == encounter], ledger, later=number > 0)
    place_transfusions(basis, [event for event in events if event.kind == "blood"], ledger)
    place_declots(basis, [event for event in events if event.kind == "declot"], ledger)
    place_port_care(basis, events, ledger)
    place_visit(basis, ledger)
    place_drugs(basis, events, _billed_fluids(basis, ledger), ledger)
    apply_edits(basis, ledger)
    note_limits(basis, ledger)
    lines, ids = draw_lines(basis, ledger)
    return Coding(lines=lines, findings=tuple(ledger.findings), timeline=draw_timeline(events, ledger.shares, ids))


def _code_visit(basis: Basis, events: Sequence[Event], ledger: Ledger, *, later: bool) -> None:
    """Administration codes of one visit: injections, cavities, and each access with its own hierarchy."""
    veins: list[Event] = []
    for event in events:
        if event.kind in ("oral", "flush", "declot") or event.route in ENTERAL:
            continue  # oral drugs have no code; flushes and declotting are placed for the whole day
        if event.kind == "separate":
            drug = basis.drug(event.drug)
            reason = basis.value("administration/own_service_kinds")[drug.kind] if drug else "another service"
            ledger.exclude(event, "ADM-OWN-SERVICE", str(reason))
        elif event.kind == "unknown":
            ledger.exclude(event, "ADM-UNKNOWN-DRUG", "the class of the agent is unknown")
        elif event.fact.technique == "pump-refill" or event.route == "IV":
            veins.append(event)
        elif event.route is None:
            ledger.exclude(event, "ADM-UNKNOWN-ROUTE", "the route is not charted")
        elif event.route not in INJECTED and event.route not in ROUTES:
            ledger.exclude(event, "ADM-UNKNOWN-ROUTE", "no administration code for this route")
    in_vein = {event.index for event in veins}
    others = [event for event in events if event.kind not in _NOT_INJECTED and event.index not in in_vein]
    place_injections(basis, [event for event in others if event.route in INJECTED], ledger)
    place_cavities(basis, [event for event in others if event.route in ROUTES], ledger)
    sites = assign_sites(basis, veins)
    _note_times(basis, veins, ledger)
    gathered = [
        gather_services(basis, [event for event in veins if sites[event.index] == key])
        for key in dict.fromkeys(sites[event.index] for event in veins)
    ]
    concurrent_left = True
    for number, site in enumerate(sorted(gathered, key=lambda item: best_rank(basis, item))):
        place_pumps(basis, site.pumps, ledger)
        placed = any(charge.initial for charge in ledger.charges)
        second = None if not placed else "site" if number else "visit" if later else None
        if second == "site":
            message = "a second access site has its own initial service: the record must say why two were needed"
            refs = tuple(source_of(event) for event in site.events)
            ledger.note("second-site", "ADM-SECOND-SITE", message, refs)
        concurrent_left = place_services(basis, site, ledger, second, concurrent_left)


def _note_times(basis: Basis, events: Sequence[Event], ledger: Ledger) -> None:
    """Findings for computed stops and for techniques that the minutes contradict."""
    for event in events:
        if event.computed_stop:
            message = f"{event.drug}: stop computed from volume and rate, {event.minutes} min"
            ledger.note("computed-stop", "ADM-COMPUTED-STOP", message, (source_of(event),))
        technique = judge_technique(basis, event)
        if event.kind in ("chemo", "therapeutic") and contradicts_chart(event, technique):
            message = (
                f"{event.drug}: charted as {event.fact.technique}, counted as {technique.counted}: {technique.why}"
            )
            ledger.note("technique-mismatch", technique.rule, message, (source_of(event),))


def _billed_fluids(basis: Basis, ledger: Ledger) -> frozenset[int]:
    """Indices of the fluids whose hydration minutes are billed: only they have a line for the bag."""
    codes = {basis.code("hydration", "initial"), basis.code("hydration", "hour")}
    refs = {source.ref for charge in ledger.charges if charge.code in codes for source in charge.sources}
    return frozenset(int(ref.partition("/")[2]) for ref in refs if ref.startswith("administrations/"))
