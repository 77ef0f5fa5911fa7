"""Start, stop and duration: G01, G02, G04, G05, G06, G07."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from assistant.coding.access import assign_sites
from assistant.coding.charge import source_of
from assistant.coding.event import Event, is_stated_concurrent, overlap
from assistant.coding.hydration import hydration_obstacle
from assistant.coding.interval import moment_of
from assistant.documentation.chart import Chart, Hole, Trial, clock_in_words, name_of, span_in_words
from assistant.documentation.whatif import start_trials, stop_trials, technique_trials

_MOST_BEFORE = 16  # infusions begun before one that it is compared with; no visit has as many
_SHORTEST = "administration/infusion_minimum_minutes"
# Where minutes decide the code. Cavities, bladder and spinal fluid are coded without them.
_TIMED_ROUTES = frozenset({None, "IV", "SC", "INTRA-ARTERIAL", "IA"})


def find_time_holes(chart: Chart) -> Iterator[Hole]:
    """Holes and conflicts in the clock times of what was given."""
    for event in chart.events:
        if not chart.is_charted(event):
            continue
        if is_timed(chart, event):
            yield from _find_missing(chart, event)
            yield from _find_implausible(chart, event)
        if event.kind in ("chemo", "therapeutic", "hydration", "unknown"):
            yield from _find_conflict(chart, event)
    yield from _find_overlaps(chart)


def is_timed(chart: Chart, event: Event) -> bool:
    """An infusion or a hydration whose code depends on its minutes. A pump that goes home is none."""
    fact = event.fact
    if event.route not in _TIMED_ROUTES or fact.pump_hours is not None:
        return False
    if event.kind == "hydration":
        obstacle = hydration_obstacle(chart.basis, event)
        return fact.technique in (None, "infusion", "hydration") and (
            obstacle is None or obstacle[0] != "ADM-HYDRATION-PATENCY"
        )
    return event.kind in ("chemo", "therapeutic", "unknown") and fact.technique == "infusion"


def _find_missing(chart: Chart, event: Event) -> Iterator[Hole]:
    fact = event.fact
    if event.minutes is not None or fact.segments:
        return
    attributes = ("drug", "start", "stop", "technique", "missing-start-time", "missing-stop-time")
    if fact.start is None:
        yield Hole(
            "G02", fact.drug, source_of(event), chart.words(event), attributes, tuple(start_trials(chart, event))
        )
    if fact.stop is None:
        yield Hole("G01", fact.drug, source_of(event), chart.words(event), attributes, tuple(stop_trials(chart, event)))


def _find_conflict(chart: Chart, event: Event) -> Iterator[Hole]:
    fact = event.fact
    attributes = ("drug", "start", "stop", "technique", "time-conflict")
    timed = is_timed(chart, event)
    if event.hole == "stop before start" or (event.hole == "stop equals start" and timed):
        trials = tuple(stop_trials(chart, event)) if timed else ()
        yield Hole("G05", fact.drug, source_of(event), chart.words(event), attributes, trials)
    elif _is_outside_visit(chart, event):
        words = {**chart.words(event), "start": f"{fact.start:%m/%d/%Y %H:%M}"}
        yield Hole("G05", fact.drug, source_of(event), _without_stop(words), attributes)
    elif fact.technique == "push" and (event.minutes or 0) >= chart.basis.minutes(_SHORTEST):
        trials = tuple(technique_trials(chart, event))
        yield Hole("G04", fact.drug, source_of(event), chart.words(event), attributes, trials)


def _is_outside_visit(chart: Chart, event: Event) -> bool:
    """Dated before the day of service, or later than the night behind it. Numbered days are a log of several visits."""
    day, start = chart.visit.date_of_service, event.fact.start
    if day is None or start is None or event.fact.day is not None:
        return False
    return not day <= start.date() <= day + timedelta(days=1)


def _without_stop(words: dict[str, str]) -> dict[str, str]:
    return {name: word for name, word in words.items() if name != "stop"}


def _find_implausible(chart: Chart, event: Event) -> Iterator[Hole]:
    fact, actual = event.fact, event.minutes
    if actual is None or event.discontinued:
        return
    attributes = ("drug", "start", "stop", "ordered_minutes", "implausible-duration")
    words = chart.words(event)
    if fact.ordered_minutes:
        ordered, factor = int(fact.ordered_minutes), chart.basis.minutes("documentation/implausible_factor")
        far_off = actual * factor <= ordered or actual >= ordered * factor
        if far_off and abs(actual - ordered) >= chart.basis.minutes("documentation/implausible_difference_minutes"):
            words |= {"ordered": str(ordered), "actual": str(actual)}
            yield Hole("G07", fact.drug, source_of(event), words, attributes)
            return
    if actual > chart.basis.minutes("documentation/longest_infusion_minutes"):
        yield Hole("G07", fact.drug, source_of(event), words, attributes)


def _find_overlaps(chart: Chart) -> Iterator[Hole]:
    """Two antineoplastic infusions, or one drug twice, at the same time on one line and not charted as concurrent."""
    running = [
        event
        for event in chart.events
        if event.kind in ("chemo", "therapeutic") and event.fact.technique == "infusion" and event.span
    ]
    sites = assign_sites(chart.basis, running)
    shortest = chart.basis.minutes("administration/concurrent_minimum_minutes")
    for earlier, later in _neighbours(running):
        same_drug = earlier.drug == later.drug
        if not same_drug and (earlier.kind, later.kind) != ("chemo", "chemo"):
            continue
        if earlier.group == later.group and earlier.fact.bag:
            continue
        apart = earlier.encounter != later.encounter or sites[earlier.index] != sites[later.index]
        if apart or overlap(earlier, later) < shortest or is_stated_concurrent(earlier, later):
            continue
        words = {
            **chart.words(later),
            "other_drug": name_of(earlier.fact),
            "other_times": span_in_words(earlier.span),
        }
        yield Hole(
            "G06",
            later.drug,
            source_of(later),
            words,
            ("drug", "start", "stop"),
            _one_after_the_other(chart, earlier, later),
        )


def _neighbours(running: Sequence[Event]) -> list[tuple[Event, Event]]:
    """Each infusion behind those begun shortly before it, in the order of the chart."""
    begun = sorted(running, key=lambda event: (event.starts or 0, event.index))
    pairs = [(earlier, later) for n, later in enumerate(begun) for earlier in begun[max(0, n - _MOST_BEFORE) : n]]
    return sorted(pairs, key=lambda pair: sorted(event.index for event in pair))


def _one_after_the_other(chart: Chart, earlier: Event, later: Event) -> Iterator[Trial]:
    """The later infusion with its own minutes, begun when the earlier one stopped."""
    if earlier.span and later.span:
        start = moment_of(earlier.span[1])
        stop = start + timedelta(minutes=later.span[1] - later.span[0])
        words = (
            f"{name_of(later.fact)} from {clock_in_words(start)} to {clock_in_words(stop)}, after the other infusion"
        )
        yield Trial(words, chart.change(later, start=start, stop=stop, segments=(), interruptions=()))
