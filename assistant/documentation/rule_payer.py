"""Authorisation and place of service: G73, G77."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assistant.documentation.chart import Chart, Hole


def find_payer_holes(chart: Chart) -> Iterator[Hole]:
    """An authorisation that the note says is not on file, and two places of service in one note."""
    visit = chart.visit
    if visit.authorization == "missing":
        about = visit.authorization_drug or (chart.main.drug if chart.main else "visit")
        hole = chart.visit_hole("G73", about, "authorization", "missing-authorization")
        yield replace(hole, words={**hole.words, "drug": about}) if visit.authorization_drug else hole
    places = tuple(dict.fromkeys(" ".join(place.lower().split()) for place in visit.places_stated if place.strip()))
    if len(places) > 1:
        hole = chart.visit_hole("G77", "visit", "places_stated", "place_of_service", "place-of-service-conflict")
        yield replace(hole, words={**hole.words, "places": " and ".join(places)})
