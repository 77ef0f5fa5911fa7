"""Charges become claim lines: one for each code and modifiers, with derivation and evidence for every attribute."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal, cast

from assistant.coding.basis import Basis, code_label
from assistant.coding.charge import Charge, Ledger, Source
from models.fact import Fact
from models.line import Line, Rejection, Step
from models.span import Evidence, Span

_CODE = ("drug", "written", "route", "technique", "kind", "em", "purpose")
_MODIFIER = {
    "JW": ("discarded", "containers", "waste_statement"),
    "JZ": ("discarded", "waste_statement", "containers"),
    "53": ("status", "stop_reason", "discontinued"),
    "52": ("route", "site"),
    "25": ("em",),
}

_Key = tuple[int, int, str, tuple[str, ...]]


def draw_lines(basis: Basis, ledger: Ledger) -> tuple[tuple[Line, ...], dict[int, str]]:
    """Lines in claim order, and the line id of each charge (by identity)."""
    order = {code: place for place, code in enumerate(basis.words("administration/line_order"))}
    groups: dict[_Key, list[Charge]] = {}
    for charge in ledger.charges:
        rank = (1, charge.order) if charge.order else (0, order.get(charge.code, len(order)))
        groups.setdefault((*rank, charge.code, charge.modifiers), []).append(charge)
    lines: list[Line] = []
    ids: dict[int, str] = {}
    for number, key in enumerate(sorted(groups), start=1):
        charges = groups[key]
        line_id = f"line-{number}"
        ids.update({id(charge): line_id for charge in charges})
        lines.append(_draw_line(basis, line_id, charges))
    return tuple(lines), ids


def _draw_line(basis: Basis, line_id: str, charges: list[Charge]) -> Line:
    first = charges[0]
    sources = list({source.ref: source for charge in charges for source in charge.sources}.values())
    return Line(
        id=line_id,
        system=cast(Literal["CPT", "HCPCS"], first.system),
        code=first.code,
        label=code_label(basis.terminology, first.system, first.code, basis.on),
        units=sum(charge.units for charge in charges),
        modifiers=first.modifiers,
        ndc=next((charge.ndc for charge in charges if charge.ndc), None),
        date_of_service=_date_of(basis, sources),
        facts=tuple(source.ref for source in sources),
        steps=_steps(basis, charges),
        not_fired=tuple(
            dict.fromkeys(Rejection(rule=rule, why=why) for charge in charges for rule, why in charge.rejections)
        ),
        evidence=tuple(_evidence(basis, charges, sources)),
    )


def _steps(basis: Basis, charges: list[Charge]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for charge in charges:
        refs = tuple(source.ref for source in charge.sources)
        for rule, statement in ((charge.rule, charge.statement), *charge.steps):
            step = Step(rule=rule, citation=basis.rule(rule).citation, statement=statement, facts=refs)
            if step not in steps:
                steps.append(step)
    return tuple(steps)


def _date_of(basis: Basis, sources: Iterable[Source]) -> date | None:
    """The day the first service of the line began; the day of service where no clock is charted."""
    if basis.on is None:
        return None
    starts = [
        start.date() for start in (getattr(source.fact, "start", None) for source in sources) if start is not None
    ]
    return min(starts, default=basis.on)


def _evidence(basis: Basis, charges: list[Charge], sources: list[Source]) -> Iterable[Evidence]:
    facts = [source.fact for source in sources]
    if not any(fact.evidence for fact in facts):
        return
    yield _collect("code", facts, _CODE)
    yield _collect("units", facts, tuple(dict.fromkeys(name for charge in charges for name in charge.support)))
    for modifier in charges[0].modifiers:
        if modifier == "EA":
            anaemia = [
                item
                for item in basis.facts.diagnoses
                if item.evidence and item.code in basis.value("esa/modifier_by_diagnosis")
            ]
            yield _collect(f"modifier:{modifier}", [*anaemia, *facts] if anaemia else facts, ())
            continue
        yield _collect(f"modifier:{modifier}", facts, _MODIFIER.get(modifier, _CODE))
    if any(charge.ndc for charge in charges):
        yield _collect("ndc", facts, ("ndc",))
    visit: list[Fact] = [basis.facts.visit]
    dated = _spans(visit, ("date_of_service",))
    yield (
        Evidence(attribute="date_of_service", spans=dated)
        if dated
        else _collect("date_of_service", facts, ("start", "at", "stop"))
    )


def _collect(attribute: str, facts: list[Fact], names: tuple[str, ...]) -> Evidence:
    """Spans of the named attributes; where a fact has none of them, all that is said of the facts."""
    return Evidence(attribute=attribute, spans=_spans(facts, names) or _spans(facts, ()))


def _spans(facts: Iterable[Fact], names: tuple[str, ...]) -> tuple[Span, ...]:
    found = {(span.start, span.end): span for fact in facts for span in fact.spans_of(*names)}
    return tuple(found[key] for key in sorted(found))
