"""What-if: the smallest change of the documentation that changes the lines, found by coding the changed facts again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from assistant.coding.event import Event
from assistant.coding.unit import convert, round_up
from assistant.coding.waste import opened_amount
from assistant.documentation.chart import Chart, Recode, Trial, amount, clock_in_words
from models.fact import Administration, Facts, Segment
from models.gap import CodeChange, WhatIf
from models.line import Line
from terminology.drug import Product

MOST_RECODES = 12  # for one gap
MOST_SHOWN = 4


def try_documentation(trials: Iterable[Trial], lines: Sequence[Line], recode: Recode) -> tuple[WhatIf, ...]:
    """The trials that change the lines, in their order; of neighbours with the same change only the first."""
    found: list[WhatIf] = []
    for number, trial in enumerate(trials):
        if number == MOST_RECODES or len(found) == MOST_SHOWN:
            break
        changes = compare_lines(lines, recode(trial.facts))
        what_if = WhatIf(documentation=trial.documentation, changes=changes)
        if changes and what_if not in found and (not found or found[-1].changes != changes):
            found.append(what_if)
    return tuple(found)


def compare_lines(before: Iterable[Line], after: Iterable[Line]) -> tuple[CodeChange, ...]:
    """Units that appear or vanish, by code and modifiers; what appears stands first."""
    if before is after:
        return ()
    units: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for line in after:
        units[line.code, line.modifiers] += line.units
    for line in before:
        units[line.code, line.modifiers] -= line.units
    return tuple(
        CodeChange(sign="+" if change > 0 else "-", code=code, units=abs(change), modifiers=modifiers)
        for (code, modifiers), change in sorted(
            (item for item in units.items() if item[1]), key=lambda item: (item[1] < 0, item[0])
        )
    )


def stop_trials(chart: Chart, event: Event) -> Iterator[Trial]:
    """Stops on both sides of each break point; minutes alone where there is no start either."""
    fact = event.fact
    for minutes, at_most in _break_points(chart, event):
        if fact.start is None:
            yield _minutes_trial(chart, event, minutes, at_most)
            continue
        stop = _stop_after(fact, fact.start, minutes)
        words = f"stop at or {'before' if at_most else 'after'} {clock_in_words(stop)}"
        yield Trial(words, chart.change(event, stop=stop, minutes=None))


def start_trials(chart: Chart, event: Event) -> Iterator[Trial]:
    """The mirror image of ``stop_trials``."""
    fact = event.fact
    for minutes, at_most in _break_points(chart, event):
        if fact.stop is None:
            yield _minutes_trial(chart, event, minutes, at_most)
            continue
        start = _start_before(fact, fact.stop, minutes)
        words = f"start at or {'after' if at_most else 'before'} {clock_in_words(start)}"
        yield Trial(words, chart.change(event, start=start, minutes=None))


def technique_trials(chart: Chart, event: Event) -> Iterator[Trial]:
    """A push, or an infusion long enough to be one."""
    shortest = chart.basis.minutes("administration/infusion_minimum_minutes")
    yield Trial("given as a push", chart.change(event, technique="push", minutes=None))
    start = event.fact.start
    times = {"minutes": Decimal(shortest)} if start is None else {"stop": start + timedelta(minutes=shortest)}
    yield Trial(
        f"given as an infusion of {shortest} minutes or more, with start and stop",
        chart.change(event, technique="infusion", **times),
    )


def route_trials(chart: Chart, event: Event) -> Iterator[Trial]:
    """Every usual route of the drug; IV as a push, its minutes are another gap."""
    drug = chart.drug(event)
    for route in drug.routes if drug else ():
        technique = event.fact.technique or (drug.technique_for(route) if drug else None)
        if route == "IV" and technique in (None, "injection", "other"):
            yield Trial("IV push", chart.change(event, route=route, technique="push"))
            continue
        words = f"{route} {technique}" if technique and technique != "oral" else route
        yield Trial(words, chart.change(event, route=route, technique=technique))


def dose_trials(chart: Chart, event: Event) -> Iterator[Trial]:
    """One unit of the product: what each further unit adds."""
    product = chart.resolve(event).candidate
    if product:
        words = f"a dose of up to {amount(product.unit_amount, product.unit)}; each further one adds a unit"
        yield Trial(words, chart.change(event, dose=product.unit_amount, unit=product.unit))


def waste_trials(chart: Chart, events: Sequence[Event], product: Product) -> Iterator[Trial]:
    """Nothing discarded, and an amount that makes at least one unit."""
    yield Trial("none discarded", _with_none_discarded(chart, events, chart.facts))
    given = [convert(chart.basis, e.fact.dose, e.fact.unit, product.unit) if e.fact.dose else None for e in events]
    total = sum((dose for dose in given if dose is not None), Decimal(0))
    opened = opened_amount(chart.basis, events, product.unit)
    if None in given or not total:
        return
    rest = opened - total if opened else (round_up(total, product.unit_amount) + 1) * product.unit_amount - total
    if rest > 0:
        some = chart.change_all(events[:1], discarded=rest, discarded_unit=product.unit, waste_statement="stated")
        yield Trial(f"{amount(rest, product.unit)} discarded", _with_none_discarded(chart, events[1:], some))


def _with_none_discarded(chart: Chart, events: Sequence[Event], base: Facts) -> Facts:
    return chart.change_all(events, base, discarded=Decimal(0), waste_statement="stated")


def product_trials(chart: Chart, event: Event) -> Iterator[Trial]:
    """Each product that the name could mean, by its brand."""
    for product in chart.resolve(event).candidates:
        brand = product.brands[0] if product.brands else ""
        written = brand or product.drug
        if brand or product.drug != event.drug:
            yield Trial(f"product documented as {written}", chart.change(event, drug=product.drug, written=written))


def _break_points(chart: Chart, event: Event) -> Iterator[tuple[int, bool]]:
    """Minutes at which the units change; True: up to these minutes, False: from these minutes."""
    hour = 60 + chart.basis.minutes("administration/additional_hour_minimum_minutes")
    if event.kind == "hydration":
        yield chart.basis.minutes("hydration/minimum_minutes"), False
    else:
        shortest = chart.basis.minutes("administration/infusion_minimum_minutes")
        yield shortest - 1, True
        yield shortest, False
    for further in range(int(chart.basis.value("documentation/trial_hours"))):
        yield hour + 60 * further, False


def _minutes_trial(chart: Chart, event: Event, minutes: int, at_most: bool) -> Trial:
    words = f"start and stop at {'most' if at_most else 'least'} {minutes} minutes apart"
    return Trial(words, chart.change(event, minutes=Decimal(minutes)))


def _stop_after(fact: Administration, start: datetime, minutes: int) -> datetime:
    """The stop at which the flow since ``start`` comes to ``minutes``, pauses left out."""
    stop = start + timedelta(minutes=minutes)
    for pause in sorted(fact.interruptions, key=_begin):
        if start <= pause.start < stop:
            stop += pause.stop - pause.start
    return stop


def _start_before(fact: Administration, stop: datetime, minutes: int) -> datetime:
    start = stop - timedelta(minutes=minutes)
    for pause in sorted(fact.interruptions, key=_begin, reverse=True):
        if start < pause.stop <= stop:
            start -= pause.stop - pause.start
    return start


def _begin(pause: Segment) -> datetime:
    return pause.start
