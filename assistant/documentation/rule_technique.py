"""Route, technique and access: G03, G08, G15."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.coding.access import assign_sites
from assistant.coding.charge import source_of
from assistant.coding.event import Event
from assistant.coding.technique import judge_technique
from assistant.documentation.chart import Chart, Hole, Trial
from assistant.documentation.whatif import compare_lines, route_trials, technique_trials

_VEINS = frozenset({"IV", "INTRA-ARTERIAL", "IA"})


def find_technique_holes(chart: Chart) -> Iterator[Hole]:
    """Drugs whose administration cannot be coded for want of the route, the technique or the access."""
    for event in chart.injected:
        fact = event.fact
        if event.route is None:
            if _could_be_anywhere(chart, event):
                trials = tuple(route_trials(chart, event))
                yield Hole(
                    "G15", fact.drug, source_of(event), chart.words(event), ("drug", "dose", "missing-route"), trials
                )
        elif event.route in _VEINS and judge_technique(chart.basis, event).counted == "unknown":
            trials = tuple(technique_trials(chart, event))
            yield Hole(
                "G03",
                fact.drug,
                source_of(event),
                chart.words(event),
                ("drug", "dose", "route", "missing-technique"),
                trials,
            )
    yield from _find_missing_access(chart)


def _could_be_anywhere(chart: Chart, event: Event) -> bool:
    """Neither an infusion or push, which are intravenous, nor a drug that is usually swallowed."""
    drug = chart.drug(event)
    swallowed = drug is not None and drug.routes[:1] == ("PO",)
    return event.fact.technique in (None, "injection", "other") and not swallowed


def _find_missing_access(chart: Chart) -> Iterator[Hole]:
    """A drug without a site beside two sites in use, where the second site would change the lines."""
    veins = [
        event for event in chart.events if event.route == "IV" and event.kind in ("chemo", "therapeutic", "hydration")
    ]
    keys = assign_sites(chart.basis, veins)
    by_site: dict[str, Event] = {}
    for event in veins:
        if event.fact.site:
            by_site.setdefault(keys[event.index], event)
    if len(by_site) < 2:
        return
    sites = {key: event.fact.site or "" for key, event in by_site.items()}
    for event in veins:
        if event.fact.site:
            continue
        trials = tuple(Trial(f"given through {site}", chart.change(event, site=site)) for site in sites.values())
        if any(compare_lines(chart.lines, chart.recode(trial.facts)) for trial in trials):
            words = {**chart.words(event), "sites": ", ".join(sites.values())}
            yield Hole("G08", event.drug, source_of(event), words, ("drug", "start", "stop"), trials)
