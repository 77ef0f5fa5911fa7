"""A coded case in the exchange format of gold-schema.md, with spans, derivations and what-ifs beside its keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from assistant.structured import UNDATED
from models.case import Case
from models.fact import Administration, Fact
from models.record import Record

_ADMINISTRATION = ("drug", "dose", "unit", "route", "technique", "start", "stop", "site")
_WASTE = ("discarded", "discarded_unit", "ndc", "status")
_MOMENTS = ("start", "stop")


def write_case(case: Case) -> dict[str, Any]:
    """JSON-ready document of one case; times are local wall-clock ISO 8601, amounts plain numbers."""
    facts = case.facts
    return {
        "id": case.note.id,
        "setting": case.setting,
        "setting_source": case.setting_source,
        "date_of_service": case.date_of_service.isoformat() if case.date_of_service else None,
        "profile": case.profile,
        "facts": {
            "administrations": [_write_administration(item) for item in facts.administrations],
            "diagnoses": [_write_fact(item) for item in facts.diagnoses],
            "staging": [_write_fact(item) for item in facts.staging],
            "pathology": [_write_fact(item) for item in facts.pathology],
            "biomarkers": [_write_fact(item) for item in facts.biomarkers],
            "genomic_tests": [_write_fact(item) for item in facts.genomic_tests],
            "procedures": [_write_fact(item) for item in facts.procedures],
            "visit": _write_sparse(facts.visit),
        },
        "lines": [item.model_dump(mode="json") for item in case.lines],
        "gaps": [item.model_dump(mode="json") for item in case.gaps],
        "findings": [item.model_dump(mode="json") for item in case.findings],
        "timeline": [item.model_dump(mode="json") for item in case.timeline],
        "editions": [item.model_dump(mode="json") for item in case.editions],
    }


def _write_administration(item: Administration) -> dict[str, Any]:
    """The keys of the schema first and always, then whatever else is known."""
    full = item.model_dump(mode="json")
    document = {key: full[key] for key in (*_ADMINISTRATION, *_WASTE)}
    for key in _MOMENTS:
        document[key] = _write_moment(getattr(item, key))
    sparse = _write_sparse(item)
    return document | {key: value for key, value in sparse.items() if key not in document}


def _write_moment(moment: datetime | None) -> str | None:
    """Minutes resolution; a clock time of a record without a date stays a clock time."""
    if moment is None:
        return None
    return f"{moment:%H:%M}" if moment.date() == UNDATED else moment.isoformat(timespec="minutes")


def _write_fact(item: Fact) -> dict[str, Any]:
    full = item.model_dump(mode="json")
    return {key: value for key, value in full.items() if key != "evidence"} | {"evidence": full["evidence"]}


def _write_sparse(item: Record) -> dict[str, Any]:
    return item.model_dump(mode="json", exclude_defaults=True)
