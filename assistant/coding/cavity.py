"""Routes besides veins and muscles: spinal fluid, bladder, pleura, peritoneum, arteries, lesions."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.coding.basis import Basis
from assistant.coding.charge import Charge, Ledger, Source, minutes_in_words, names_of, sources_of
from assistant.coding.event import Event
from assistant.coding.infusion import additional_hours
from assistant.coding.technique import judge_technique

_RULES = {
    "INTRATHECAL": "spinal",
    "INTRAVENTRICULAR": "spinal",
    "INTRAVESICAL": "bladder",
    "INTRAPLEURAL": "pleural",
    "INTRAPERITONEAL": "peritoneal",
    "INTRA-ARTERIAL": "arterial",
    "INTRALESIONAL": "lesion",
}
ROUTES = frozenset(_RULES)


def place_cavities(basis: Basis, events: Sequence[Event], ledger: Ledger) -> None:
    """One code for each route (and cavity procedure) of an encounter, whatever the number of drugs."""
    for route in dict.fromkeys(_RULES[event.route] for event in events if event.route):
        members = [event for event in events if event.route and _RULES[event.route] == route]
        if route == "arterial":
            _place_arterial(basis, members, ledger)
            continue
        charge = ledger.charge(_PLACES[route](basis, members, ledger))
        ledger.own(members, charge)


def _spinal(basis: Basis, events: list[Event], ledger: Ledger) -> Charge:
    punctures = _procedures(basis, "lumbar-puncture")
    reservoir = bool(_procedures(basis, "reservoir")) or any(
        basis.has_word(text, "access/reservoir_words")
        for event in events
        for text in (event.fact.site, event.fact.written)
    )
    if (reservoir or events[0].route == "INTRAVENTRICULAR") and not punctures:
        return Charge(
            basis.code("chemo", "reservoir"),
            1,
            "ADM-INTRATHECAL-RESERVOIR",
            f"{names_of(events)} through a ventricular reservoir",
            sources_of(events),
            support=("route", "site"),
            rejections=(("ADM-INTRATHECAL-PUNCTURE", "no spinal puncture is documented"),),
        )
    site = any("lumbar" in (event.fact.site or "").lower() for event in events)
    if not punctures and not site:
        ledger.note(
            "assumed-puncture",
            "ADM-INTRATHECAL-PUNCTURE",
            f"{names_of(events)} intrathecal: neither puncture nor reservoir is documented; the puncture is taken",
            sources_of(events),
            warn=True,
        )
    return Charge(
        basis.code("chemo", "spinal"),
        1,
        "ADM-INTRATHECAL-PUNCTURE",
        f"{names_of(events)} intrathecal; the spinal puncture is included",
        (*sources_of(events), *punctures),
        support=("route", "site"),
        rejections=(("ADM-INTRATHECAL-RESERVOIR", "no reservoir is documented"),),
    )


def _bladder(basis: Basis, events: list[Event], ledger: Ledger) -> Charge:  # noqa: ARG001 - one shape for all places
    code = basis.code("bladder", "instillation")
    return Charge(
        code,
        1,
        "ADM-INTRAVESICAL",
        f"{names_of(events)} instilled into the bladder",
        sources_of(events),
        support=("route",),
    )


def _pleural(basis: Basis, events: list[Event], ledger: Ledger) -> Charge:  # noqa: ARG001
    taps = _procedures(basis, "thoracentesis")
    how = "with thoracentesis" if taps else "without thoracentesis: reduced service, modifier 52"
    return Charge(
        basis.code("chemo", "pleural"),
        1,
        "ADM-INTRAPLEURAL",
        f"{names_of(events)} into the pleural cavity {how}",
        (*sources_of(events), *taps),
        modifiers=() if taps else ("52",),
        support=("route",),
    )


def _peritoneal(basis: Basis, events: list[Event], ledger: Ledger) -> Charge:  # noqa: ARG001
    code = basis.code("chemo", "peritoneal")
    return Charge(
        code,
        1,
        "ADM-INTRAPERITONEAL",
        f"{names_of(events)} into the peritoneal cavity",
        sources_of(events),
        support=("route",),
    )


def _lesion(basis: Basis, events: list[Event], ledger: Ledger) -> Charge:  # noqa: ARG001
    return Charge(
        basis.code("chemo", "intralesional"),
        1,
        "ADM-INTRALESIONAL",
        f"{names_of(events)} into lesions, up to seven unless more are charted",
        sources_of(events),
        support=("route",),
    )


_PLACES = {"spinal": _spinal, "bladder": _bladder, "pleural": _pleural, "peritoneal": _peritoneal, "lesion": _lesion}


def _place_arterial(basis: Basis, events: list[Event], ledger: Ledger) -> None:
    """Into an artery: push, infusion with its hours, or pump start; a plain drug is one injection."""
    for event in events:
        judged = judge_technique(basis, event)
        if event.kind != "chemo":
            code, words = basis.code("therapeutic", "arterial"), "intra-arterial injection"
        elif judged.counted == "pump start":
            code, words = basis.code("chemo", "arterial_pump"), "intra-arterial pump start"
        elif judged.counted == "push":
            code, words = basis.code("chemo", "arterial_push"), "intra-arterial push"
        elif judged.counted == "infusion":
            code, words = (
                basis.code("chemo", "arterial_infusion"),
                f"intra-arterial infusion {minutes_in_words([event])}",
            )
        elif judged.counted == "pump refill":
            code, words = basis.code("pump", "refill_implanted"), "implanted pump refilled"
        else:
            ledger.exclude(event, judged.rule, judged.why)
            continue
        charge = ledger.charge(Charge(code, 1, "ADM-INTRA-ARTERIAL", f"{event.drug}: {words}", sources_of([event])))
        ledger.own([event], charge)
        hours = (
            additional_hours(basis, event.minutes or 0) if judged.counted == "infusion" and event.kind == "chemo" else 0
        )
        if hours:
            ledger.charge(
                Charge(
                    basis.code("chemo", "arterial_hour"),
                    hours,
                    "ADM-ADDITIONAL-HOUR",
                    f"{event.drug} {minutes_in_words([event])}: floor(({event.minutes}-31)/60) = {hours}",
                    sources_of([event]),
                )
            )


def _procedures(basis: Basis, kind: str) -> tuple[Source, ...]:
    return tuple(Source(f"procedures/{i}", item) for i, item in enumerate(basis.facts.procedures) if item.kind == kind)
