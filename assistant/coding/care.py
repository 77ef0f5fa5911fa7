"""Pumps, transfusions, declotting, port care and the separately documented visit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.coding.basis import Basis
from assistant.coding.charge import Charge, Ledger, Source, names_of, sources_of
from assistant.coding.event import Event
from assistant.coding.technique import Technique

_NO_VISIT = re.compile(r"(?:none|no)\b", re.IGNORECASE)
_EM_CODE = re.compile(r"\b(99\d{3}|G0463)\b")


def place_pumps(basis: Basis, pumps: Sequence[tuple[Event, Technique]], ledger: Ledger) -> None:
    """Start of a home pump once, refills once; which code a start takes depends on payer and owner."""
    starts = [event for event, technique in pumps if technique.counted == "pump start"]
    refills = [event for event, technique in pumps if technique.counted == "pump refill"]
    plain = [event for event in starts if event.kind != "chemo"]
    for event in plain:
        ledger.exclude(event, "ADM-PUMP-START", "a pump start is a chemotherapy service")
    starts = [event for event in starts if event.kind == "chemo"]
    if starts:
        _place_start(basis, starts, ledger)
    if refills:
        implanted = any(
            basis.has_word(text, "access/implanted_pump_words")
            for event in refills
            for text in (event.fact.site, event.fact.written)
        )
        role, words = ("refill_implanted", "implanted pump") if implanted else ("refill", "portable pump")
        charge = ledger.charge(
            Charge(
                basis.code("pump", role),
                1,
                "ADM-PUMP-REFILL",
                f"{names_of(refills)}: {words} refilled",
                sources_of(refills),
                support=("technique", "start"),
            )
        )
        ledger.own(refills, charge)


def _place_start(basis: Basis, starts: list[Event], ledger: Ledger) -> None:
    ours = any(event.fact.owner == "clinic" for event in starts)
    plain = basis.code("chemo", "pump_start")
    code = basis.profile.pump_start_code if ours else plain
    owner = "pump of the clinic or hospital" if ours else "no clinic-owned pump documented"
    hours = next(
        (f"{event.fact.pump_hours.normalize():f} h, " for event in starts if event.fact.pump_hours is not None), ""
    )
    rejections = []
    if code != "G0498":
        why = "no clinic-owned pump is documented" if not ours else f"profile {basis.profile.name} takes {plain}"
        rejections.append(("ADM-PUMP-START", f"G0498: {why}"))
    charge = ledger.charge(
        Charge(
            code,
            1,
            "ADM-PUMP-START",
            f"{names_of(starts)}: {hours}{owner}, profile {basis.profile.name}: {code}",
            sources_of(starts),
            system=_system(basis, code),
            support=("technique", "start", "pump_hours"),
            rejections=tuple(rejections),
        )
    )
    ledger.own(starts, charge)


def place_transfusions(basis: Basis, events: Sequence[Event], ledger: Ledger) -> None:
    """Transfusion once a day, whatever the number of units."""
    days: dict[str, list[Event]] = {}
    for event in events:
        days.setdefault(f"{event.fact.start:%Y-%m-%d}" if event.fact.start else "", []).append(event)
    for members in days.values():
        charge = ledger.charge(
            Charge(
                basis.code("transfusion", "service"),
                1,
                "ADM-TRANSFUSION",
                f"{len(members)} blood component(s) transfused: once a day",
                sources_of(members),
                support=("drug", "dose"),
            )
        )
        ledger.own(members, charge)


def place_declots(basis: Basis, events: Sequence[Event], ledger: Ledger) -> None:
    """Thrombolytic left in an occluded access: one service a day."""
    procedures = tuple(
        Source(f"procedures/{i}", item) for i, item in enumerate(basis.facts.procedures) if item.kind == "declot"
    )
    if not events and not procedures:
        return
    charge = ledger.charge(
        Charge(
            basis.code("access", "declot"),
            1,
            "ADM-DECLOT",
            f"{names_of(events) or 'thrombolytic'} instilled into an occluded access",
            (*sources_of(events), *procedures),
            support=("technique", "start"),
        )
    )
    ledger.own(events, charge)


def place_port_care(basis: Basis, events: Sequence[Event], ledger: Ledger) -> None:
    """A port flush or draw has a code only where nothing else was done; disconnecting a pump has none."""
    flushes = [event for event in events if event.kind == "flush"]
    sole = not ledger.charges and len(flushes) == len(events) and not _has_visit(basis)
    found = {item.kind: Source(f"procedures/{i}", item) for i, item in enumerate(basis.facts.procedures)}
    if "pump-disconnect" in found:
        ledger.note(
            "not-coded",
            "ADM-PUMP-DISCONNECT",
            "disconnecting a pump alone is no separate service",
            (found["pump-disconnect"],),
        )
    flush = (found["port-flush"],) if "port-flush" in found else sources_of(flushes)
    draw = found.get("blood-draw")
    if not flush and draw is None:
        return
    if not sole or "pump-disconnect" in found:
        for event in flushes:
            ledger.exclude(event, "ADM-INCLUDED", "a flush is included in the other service")
        return
    if draw is not None:
        said = " ".join(span.quote for span in draw.fact.spans_of()) + f" {getattr(draw.fact, 'site', None)}"
        kind = "catheter_draw" if "picc" in said.lower() else "port_draw"
        ledger.charge(
            Charge(
                basis.code("access", kind),
                1,
                "ADM-PORT-CARE",
                "blood drawn from the access as the only service",
                (draw,),
                support=(),
            )
        )
        return
    ledger.charge(
        Charge(basis.code("pump", "flush"), 1, "ADM-PORT-CARE", "access flushed as the only service", flush, support=())
    )


def _has_visit(basis: Basis) -> bool:
    """Whether the record holds an evaluation and management service, coded or not."""
    stated = basis.facts.visit.em
    return bool(stated) and not _NO_VISIT.match(stated or "")


def place_visit(basis: Basis, ledger: Ledger) -> None:
    """The evaluation and management code that the record names, marked as separate beside drug administration."""
    found = _EM_CODE.search(basis.facts.visit.em or "")
    if not found:
        return
    code = found.group(1)
    beside = bool(ledger.charges)
    modifier = str(basis.value("administration/em_modifier"))
    ledger.charge(
        Charge(
            code,
            1,
            "ADM-EM",
            f"{code} documented as a separate service"
            + (f", modifier {modifier} beside drug administration" if beside else ""),
            (Source("visit", basis.facts.visit),),
            modifiers=(modifier,) if beside else (),
            system=_system(basis, code),
            support=("em",),
        )
    )


def _system(basis: Basis, code: str) -> str:
    return "HCPCS" if code in basis.words("administration/hcpcs_code") else "CPT"
