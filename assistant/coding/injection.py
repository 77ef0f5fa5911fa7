"""Subcutaneous and intramuscular injections, on-body injectors and subcutaneous infusions."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.coding.basis import Basis
from assistant.coding.charge import Charge, Ledger, names_of, source_of, sources_of
from assistant.coding.event import Event
from assistant.coding.infusion import additional_hours

INJECTED = frozenset({"SC", "IM", "ID", "INTRADERMAL"})


def place_injections(basis: Basis, events: Sequence[Event], ledger: Ledger) -> None:
    """Codes of the injections of one encounter: one for each dose, syringes of one dose together."""
    doses: list[list[Event]] = []
    for event in events:
        for dose in doses:
            if dose[0].group == event.group and _is_same_dose(basis, dose[-1], event):
                dose.append(event)
                break
        else:
            doses.append([event])
    for dose in doses:
        if not _place_subcutaneous_infusion(basis, dose, ledger):
            _place_injection(basis, dose, ledger)


def _is_same_dose(basis: Basis, earlier: Event, later: Event) -> bool:
    if earlier.starts is None or later.starts is None:
        return True
    return abs(later.starts - earlier.starts) <= basis.minutes("injection/same_dose_minutes")


def _place_injection(basis: Basis, dose: list[Event], ledger: Ledger) -> None:
    event = dose[0]
    family, role, rule, why, rejections = _choose(basis, event)
    statement = f"{names_of(dose)} {event.route}: {why}"
    if len(dose) > 1:
        statement += f"; {len(dose)} syringes of one dose are one injection"
    charge = ledger.charge(
        Charge(
            basis.code(family, role),
            1,
            rule,
            statement,
            sources_of(dose),
            support=("route", "technique", "start"),
            rejections=rejections,
        )
    )
    ledger.own(dose, charge)


def _choose(basis: Basis, event: Event) -> tuple[str, str, str, str, tuple[tuple[str, str], ...]]:
    """Family, role, rule, reason and what was considered beside it."""
    name = event.drug
    drug = basis.drug(name)
    ingredient = drug.ingredient if drug else name
    if _is_on_body(basis, event, ingredient):
        return (
            "therapeutic",
            "on_body",
            "ADM-ON-BODY",
            "on-body injector applied for a later dose",
            (("ADM-INJECTION", "the dose is not injected now"),),
        )
    if event.kind == "chemo" and _names(basis, "injection/never_complex", name, ingredient):
        why = "listed by contractors as never a complex administration"
        return "therapeutic", "injection", "ADM-INJECTION-CONTRACTOR", why, (("ADM-INJECTION-COMPLEX", why),)
    if event.kind == "chemo" and event.hormonal:
        if _names(basis, "injection/gnrh_agonists", name, ingredient) and basis.profile.leuprolide_code != basis.code(
            "chemo", "hormonal_injection"
        ):
            why = f"profile {basis.profile.name} lists GnRH agonists as plain injections"
            return "therapeutic", "injection", "ADM-INJECTION-CONTRACTOR", why, (("ADM-INJECTION-HORMONAL", why),)
        return (
            "chemo",
            "hormonal_injection",
            "ADM-INJECTION-HORMONAL",
            "hormonal antineoplastic",
            (("ADM-INJECTION-COMPLEX", "the agent is hormonal"),),
        )
    if event.kind == "chemo":
        return (
            "chemo",
            "injection",
            "ADM-INJECTION-COMPLEX",
            "non-hormonal antineoplastic or complex biologic",
            (("ADM-INJECTION", "the agent is an antineoplastic"),),
        )
    return (
        "therapeutic",
        "injection",
        "ADM-INJECTION",
        "therapeutic agent",
        (("ADM-INJECTION-COMPLEX", "the agent is no antineoplastic"),),
    )


def _is_on_body(basis: Basis, event: Event, ingredient: str) -> bool:
    if basis.has_word(event.fact.written, "injection/on_body_words"):
        return True
    return event.fact.technique == "other" and ingredient in basis.words("injection/on_body_drugs")


def _names(basis: Basis, parameter: str, name: str, ingredient: str) -> bool:
    """Whether the list names the drug, its ingredient, or the ingredient of a biosimilar with suffix."""
    return any(name == word or ingredient == word or name.startswith(f"{word}-") for word in basis.words(parameter))


def _place_subcutaneous_infusion(basis: Basis, dose: list[Event], ledger: Ledger) -> bool:
    """Immune globulin and the like by subcutaneous infusion of 16 minutes and more."""
    event = dose[0]
    shortest = basis.minutes("administration/infusion_minimum_minutes")
    minutes = event.minutes
    if (
        event.route != "SC"
        or event.fact.technique != "infusion"
        or event.kind != "therapeutic"
        or minutes is None
        or minutes < shortest
    ):
        return False
    hours = additional_hours(basis, minutes)
    code, hour = basis.code("therapeutic", "sc_infusion"), basis.code("therapeutic", "sc_hour")
    charge = ledger.charge(
        Charge(
            code,
            1,
            "ADM-SC-INFUSION",
            f"{event.drug} SC over {minutes} min" + (f": {code} + {hour} x{hours}" if hours else ""),
            (source_of(event),),
        )
    )
    ledger.own(dose, charge)
    if hours:
        ledger.charge(
            Charge(
                hour,
                hours,
                "ADM-ADDITIONAL-HOUR",
                f"{event.drug}: floor(({minutes}-31)/60) = {hours}",
                (source_of(event),),
            )
        )
    return True
