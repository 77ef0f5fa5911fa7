"""Drug lines: one for each product and day, units from the day's doses, rounded up once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from assistant.coding.basis import Basis, ndc_code, plain
from assistant.coding.charge import Charge, Ledger, amount_in_words, names_of, source_of, sources_of
from assistant.coding.event import ENTERAL, Event
from assistant.coding.unit import convert, round_up
from assistant.coding.waste import Waste, judge_waste

_ORDER = 1000  # drug lines stand behind all administration codes


@dataclass(frozen=True, slots=True)
class _Product:
    """What one event was coded as. ``noc`` and unit "dose": one unit for each dose whatever the amount."""

    code: str
    unit_amount: Decimal
    unit: str
    noc: bool
    rule: str
    why: str
    certain: bool  # decided by NDC, brand or manufacturer


def place_drugs(basis: Basis, events: Sequence[Event], hydration_billed: frozenset[int], ledger: Ledger) -> None:
    """Drug lines of all events. ``hydration_billed`` holds the fluids (by index) whose time is billed."""
    groups: dict[tuple[str, date | None], list[tuple[Event, _Product]]] = {}
    found: list[tuple[Event, _Product, date | None]] = []
    first_day = min((event.fact.start.date() for event in events if event.fact.start), default=None)
    for event in events:
        obstacle = _obstacle(basis, event, hydration_billed)
        if obstacle:
            rule, reason = obstacle
            ledger.note("no-drug-line", rule, f"{event.drug}: {reason}", (source_of(event),))
            continue
        product = _find_product(basis, event, ledger)
        if product is None or (event.kind == "hydration" and product.noc):
            continue
        day = event.fact.start.date() if event.fact.start else first_day
        found.append((event, product, day))
    named = {(event.drug, event.route): product for event, product, _ in found if product.certain}
    for event, product, day in found:
        # A second mention without the brand is the product that the first one names.
        taken = named.get((event.drug, event.route), product) if not product.certain else product
        groups.setdefault((taken.code, day), []).append((event, taken))
    for members in groups.values():
        _charge_product(basis, members, ledger)


def _obstacle(basis: Basis, event: Event, hydration_billed: frozenset[int]) -> tuple[str, str] | None:
    """Rule and reason why an event has no drug line, None where it has one."""
    if event.kind in ("oral", "flush") or event.route in ENTERAL:
        return "DRUG-NOT-INJECTED", "an oral drug or a flush has no line"
    if event.kind == "hydration" and event.index not in hydration_billed:
        return "UNITS-FLUID", "no hydration time is billed, so the bag has no line"
    drug = basis.drug(event.drug)
    if drug and drug.kind in basis.words("administration/included_kinds"):
        return "DRUG-NOT-INJECTED", "it is part of another service"
    if event.route is None and not (drug and drug.parenteral_only):
        return "ADM-UNKNOWN-ROUTE", "the route is not charted and an oral form exists"
    dose, _ = _dose(event)
    if dose is None:
        return "DRUG-MISSING-DOSE", "no dose is charted"
    if dose == 0:
        return "DRUG-MISSING-DOSE", "nothing of it reached the patient"
    return None


def _find_product(basis: Basis, event: Event, ledger: Ledger) -> _Product | None:
    fact = event.fact
    dose, unit = _dose(event)
    if fact.stated_code:
        stated = fact.stated_code
        return _Product(
            stated.code, stated.amount, stated.unit, False, "UNITS-STATED", "code and unit stated by the caller", True
        )
    found = basis.terminology.drugs.resolve(
        fact.drug,
        fact.written,
        fact.route,
        basis.on,
        fact.ndc,
        ndc_hcpcs=ndc_code(basis.terminology, fact.ndc, basis.on) if fact.ndc else None,
        dose=dose,
        unit=unit,
    )
    others = tuple(
        dict.fromkeys(
            row.code for row in found.candidates if found.candidate is None or row.code != found.candidate.code
        )
    )
    source = (source_of(event),)
    if found.ndc_conflict:
        message = f"{fact.drug}: the NDC belongs to another drug and was not used"
        ledger.note("ndc-conflict", "DRUG-PRODUCT", message, source, warn=True)
    if found.candidate is None:
        kind = "candidate-codes" if others else "unknown-drug"
        message = (
            f"only brand, suffix or NDC decides between {', '.join(others)}" if others else "no code is known for it"
        )
        ledger.note(kind, "DRUG-AMBIGUOUS", f"{fact.drug}: {message}; no drug line", source, warn=True)
        return None
    taken = found.candidate
    if others and found.decided_by in ("default", "route") and event.kind not in ("hydration", "blood"):
        ledger.note(
            "candidate-codes",
            "DRUG-PRODUCT",
            f"{fact.drug}: {taken.code} taken without brand or NDC; also possible: {', '.join(others)}",
            source,
        )
    why = {
        "ndc": "the NDC names the product",
        "brand": "the brand or suffix names the product",
        "labeler": "the manufacturer names the product",
        "only": "the only product of this drug",
    }.get(found.decided_by, "no brand, suffix or NDC: the unbranded product")
    certain = found.decided_by in ("ndc", "brand", "labeler")
    return _Product(
        taken.code, taken.unit_amount, taken.unit, taken.noc, "DRUG-PRODUCT", f"{taken.code}: {why}", certain
    )


def _charge_product(basis: Basis, members: list[tuple[Event, _Product]], ledger: Ledger) -> None:
    """The line of one product on one day, and its JW line."""
    product = members[0][1]
    counted = _count(basis, members, ledger)
    if not counted:
        return
    events = [event for event, _ in counted]
    units = round_up(sum((amount for _, amount in counted), Decimal(0)), product.unit_amount)
    modifiers, esa = _esa_modifiers(basis, events)
    line = Charge(
        product.code,
        units,
        "UNITS-SERVICE" if product.noc or product.unit == "dose" else "UNITS-ROUND-UP",
        _arithmetic(counted, product, units),
        sources_of(events),
        modifiers=modifiers,
        system="HCPCS",
        ndc=_single_ndc(events, ledger),
        support=("dose", "unit", "volume_ml"),
        steps=((product.rule, product.why), *_conversion_steps(counted, product), *esa),
        order=_ORDER + events[0].index * 2,
    )
    if events[0].kind in ("hydration", "blood"):
        ledger.charge(_without_waste(line, fluid=events[0].kind == "hydration"))
        return
    waste = judge_waste(basis, product.code, product.unit_amount, product.unit, events, units)
    if waste.conflict:
        ledger.note("waste-conflict", waste.rule, f"{names_of(events)}: {waste.statement}", line.sources, warn=True)
    fired = ((waste.rule, waste.statement),) if waste.modifier else ()
    ledger.charge(
        replace(
            line,
            modifiers=(*modifiers, "JZ") if waste.modifier == "JZ" else modifiers,
            steps=(*line.steps, *fired),
            rejections=_refused(waste),
        )
    )
    if waste.modifier == "JW":
        ledger.charge(
            replace(
                line,
                units=waste.units,
                rule=waste.rule,
                statement=f"{names_of(events)}: {waste.statement}",
                modifiers=(*modifiers, "JW"),
                support=("discarded", "containers", "dose"),
                steps=((product.rule, product.why), *esa),
                rejections=(("WASTE-JZ", "an amount of one unit or more was discarded"),),
                order=line.order + 1,
            )
        )


def _count(basis: Basis, members: list[tuple[Event, _Product]], ledger: Ledger) -> list[tuple[Event, Decimal]]:
    """Events with their dose in the unit of the code; what cannot be counted becomes a finding."""
    counted: list[tuple[Event, Decimal]] = []
    for event, product in members:
        amount = _amount(basis, event, product)
        if amount is not None:
            counted.append((event, amount))
            continue
        dose = amount_in_words(event.fact.dose or Decimal(0), event.fact.unit)
        message = f"{event.drug}: {dose} cannot be counted in {product.unit}"
        ledger.note("unit-mismatch", "UNITS-CONVERT", message, sources_of([event]), warn=True)
    return counted


def _single_ndc(events: list[Event], ledger: Ledger) -> str | None:
    ndcs = tuple(dict.fromkeys(event.fact.ndc for event in events if event.fact.ndc))
    if len(ndcs) > 1:
        message = f"{names_of(events)}: {len(ndcs)} NDCs under one code; some payers want a line for each"
        ledger.note("several-ndc", "DRUG-PRODUCT", message, sources_of(events))
    return ndcs[0] if ndcs else None


def _without_waste(line: Charge, *, fluid: bool) -> Charge:
    """Fluids and blood products carry neither JW nor JZ."""
    if not fluid:
        return replace(line, rejections=(("WASTE-JZ", "a blood product carries neither JW nor JZ"),))
    billed = ("UNITS-FLUID", "its hydration time is billed, so the bag has a line")
    return replace(
        line, steps=(*line.steps, billed), rejections=(("WASTE-JZ", "a fluid bag carries neither JW nor JZ"),)
    )


def _refused(waste: Waste) -> tuple[tuple[str, str], ...]:
    if waste.modifier == "JZ":
        return (("WASTE-JW", waste.statement),)
    if waste.modifier == "JW":
        return (("WASTE-JZ", "waste of one unit or more stands on its own line"),)
    return ((waste.rule, f"neither JW nor JZ: {waste.statement}"),)


def _dose(event: Event) -> tuple[Decimal | None, str | None]:
    """Dose and unit as charted; the volume of a fluid without a dose."""
    fact = event.fact
    if fact.dose is None and event.kind == "hydration" and fact.volume_ml is not None:
        return fact.volume_ml, "mL"
    return fact.dose, fact.unit


def _amount(basis: Basis, event: Event, product: _Product) -> Decimal | None:
    """The dose in the unit of the code; one a dose where the code has no amount."""
    dose, unit = _dose(event)
    if dose is None:
        return None
    amount = convert(basis, dose, unit, product.unit)
    if amount is not None and not product.noc:
        return amount
    if product.noc or product.unit == "dose":
        return product.unit_amount
    if product.unit == "vial" and event.fact.containers:
        return Decimal(sum(count for _, count in event.fact.containers))
    return None


def _conversion_steps(counted: list[tuple[Event, Decimal]], product: _Product) -> list[tuple[str, str]]:
    return [
        (
            "UNITS-CONVERT",
            f"{amount_in_words(event.fact.dose, event.fact.unit)} = {amount_in_words(amount, product.unit)}",
        )
        for event, amount in counted
        if event.fact.dose is not None and event.fact.dose != amount
    ]


def _arithmetic(counted: list[tuple[Event, Decimal]], product: _Product, units: int) -> str:
    total = sum((amount for _, amount in counted), Decimal(0))
    names = names_of(event for event, _ in counted)
    if product.noc or (product.unit == "dose" and product.unit_amount == 1):
        return f"{names}: {len(counted)} dose(s) of a code without an amount: {units}"
    parts = " + ".join(plain(amount) for _, amount in counted)
    words = f"{parts} = {plain(total)} {product.unit}" if len(counted) > 1 else f"{parts} {product.unit}"
    exact = total / product.unit_amount
    figure = plain(exact.quantize(Decimal("0.001")) if exact != exact.to_integral_value() else exact)
    return f"{names}: {words} / {plain(product.unit_amount)} {product.unit} = {figure}, rounded up once: {units}"


def _esa_modifiers(basis: Basis, events: list[Event]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """EA for an erythropoiesis-stimulating agent given for chemotherapy anaemia."""
    if not events[0].drug.startswith(basis.words("esa/drugs")):
        return (), ()
    for prefix, modifier in basis.value("esa/modifier_by_diagnosis").items():
        if any(item.status == "active" and item.code.startswith(prefix) for item in basis.facts.diagnoses):
            return (str(modifier),), (("DRUG-ESA", f"anaemia {prefix}: modifier {modifier}"),)
    return (), ()
