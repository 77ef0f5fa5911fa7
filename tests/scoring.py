"""How well coded notes agree with labelled ones: precision, recall and F1 of each measure, pooled over all notes.

Both sides are documents of the exchange format. What a label lists under ``optional_lines``, ``optional_diagnoses`` or
``optional_gaps`` is a coder's choice: proposing it is neither right nor wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]
Key = tuple[object, ...]
Keys = Counter[Key]


@dataclass(slots=True)
class Score:
    """Counts of one measure; ``misses`` name note, direction and key."""

    right: int = 0
    extra: int = 0
    missed: int = 0
    misses: list[str] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 1 where nothing was asked and nothing said."""
        total = 2 * self.right + self.extra + self.missed
        return 2 * self.right / total if total else 1.0


def score(pairs: Iterable[tuple[Document, Document]]) -> dict[str, Score]:
    """Scores by measure over (label, coded) pairs of documents."""
    scores: dict[str, Score] = {}
    for label, coded in pairs:
        wanted, found = _keys(label), _keys(coded)
        optional = _optional(label)
        for measure, want in wanted.items():
            chosen = optional.get(measure, _never)
            if measure == "first-listed" and (
                any(map(chosen, found[measure])) or label.get("diagnosis_order_matters") is False
            ):
                continue  # another choice that is as good
            got = Counter({key: n for key, n in found[measure].items() if key in want or not chosen(key)})
            entry = scores.setdefault(measure, Score())
            hit, missed, extra = want & got, want - got, got - want
            entry.right += hit.total()
            entry.missed += missed.total()
            entry.extra += extra.total()
            entry.misses += [f"{label['id']} missed {key}" for key in missed.elements()]
            entry.misses += [f"{label['id']} extra {key}" for key in extra.elements()]
    return scores


def _never(_: Key) -> bool:
    return False


def _keys(document: Document) -> dict[str, Keys]:
    """Everything of a document that is compared, by measure."""
    facts = document.get("facts", {})
    listed = facts.get("administrations", [])
    given = [item for item in listed if _plain(item.get("status") or "given") in ("given", "stopped early")]
    live = [_code(item) for item in facts.get("diagnoses", []) if item.get("status", "active") in ("active", "history")]
    return {
        "administration": Counter((_plain(item["drug"]),) for item in given),
        "dose": Counter(
            (_plain(item["drug"]), _number(item["dose"]), _plain(item.get("unit")))
            for item in given
            if item.get("dose") is not None
        ),
        "route": Counter((_plain(item["drug"]), _plain(item["route"])) for item in given if item.get("route")),
        "times": Counter(
            (_plain(item["drug"]), _clock(item.get("start")), _clock(item.get("stop")))
            for item in given
            if item.get("start") or item.get("stop")
        ),
        "discarded": Counter(
            (_plain(item["drug"]), _number(item["discarded"])) for item in given if item.get("discarded") is not None
        ),
        "not-given": Counter((_plain(item["drug"]), _plain(item["status"])) for item in listed if item not in given),
        "diagnosis": Counter((code,) for code in live),
        "first-listed": Counter((code,) for code in live[:1]),
        "biomarker": Counter(
            (_plain(item["name"]), _plain(item.get("result"))) for item in facts.get("biomarkers", [])
        ),
        "line": Counter(_line(item) for item in document.get("lines", [])),
        "gap": Counter((_plain(item["kind"]), _plain(item["about"])) for item in document.get("gaps", [])),
    }


def _optional(label: Document) -> dict[str, Callable[[Key], bool]]:
    """By measure, whether a key is a coder's choice; an optional kind of gap is optional whatever it is about."""
    lines = {_line(item) for item in label.get("optional_lines", [])}
    codes = {_code(item) for item in label.get("optional_diagnoses", [])}
    kinds = {_plain(item["kind"] if isinstance(item, dict) else item) for item in label.get("optional_gaps", [])}
    return {
        "line": lambda key: key in lines,
        "diagnosis": lambda key: key[0] in codes,
        "first-listed": lambda key: key[0] in codes,
        "gap": lambda key: key[0] in kinds,
    }


def _line(item: Mapping[str, Any]) -> Key:
    return (str(item["code"]).upper(), _number(item.get("units", 1)), tuple(sorted(item.get("modifiers") or ())))


def _code(item: Any) -> str:
    return str(item["code"] if isinstance(item, dict) else item).upper().replace(".", "")


def _plain(value: object) -> str:
    """Lower case, punctuation as blanks."""
    return re.sub(r"[^a-z0-9.+]+", " ", str(value if value is not None else "").lower()).strip()


def _number(value: object) -> float:
    return round(float(str(value)), 3)


def _clock(value: object) -> str | None:
    """The time of day of an ISO moment."""
    found = re.search(r"(\d{1,2}):(\d{2})", str(value or ""))
    return f"{int(found[1]):02d}:{found[2]}" if found else None
