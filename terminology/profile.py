"""Payer profiles: the named switches where payers read the same rule differently.

One YAML file a profile below ``terminology/parameters/profile``. A switch holds dated values with their source, so that
a profile is asked for a day; ``extends`` takes over every switch that the file does not set itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from models.errors import BadTable, UnknownProfile
from models.record import Record
from terminology.parameter import ROOT, Parameter, freeze, read_yaml

PayerKind = Literal["medicare", "medicaid", "commercial"]

DEFAULT = "commercial"  # G0498 and the MAC lists are Medicare's: a note that names no Medicare takes the CPT codes


class Profile(Record):
    """The switches of one payer profile on one day. Field names are the switch names of the YAML files."""

    name: str
    title: str
    kind: PayerKind
    pump_start_code: Literal["G0498", "96416"]  # start of a home pump that the clinic or hospital supplies
    leuprolide_code: Literal["96402", "96372"]  # SC or IM GnRH agonist for cancer
    hydration_sum_segments: bool  # minutes of separate hydration blocks are added before they become units
    same_drug_repeat: Literal["extend", "sequential"]  # later infusion of a drug already infused: 96366/96415, or 96367
    slow_push: Literal["infusion", "push"]  # charted as a push, ran 16 minutes or more
    missing_stop_floor: Literal["none", "push"]  # an infusion without stop may be billed as a push
    concurrent_chemo: Literal[
        "none", "sequential"
    ]  # second chemo infusion at the same time on one line: no code, or 96417
    second_initial_modifier: Literal["59", "XE", "XS"]
    waste_modifiers: bool  # JW and JZ are used at all
    separate_sites: bool  # a second access site may carry its own initial


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    title: str
    kind: PayerKind
    match: re.Pattern[str] | None
    rank: int
    switches: Mapping[str, Parameter]


class Profiles:
    """All payer profiles; ``Profiles.load()`` gives the shared ones of the repository."""

    def __init__(self, sources: Mapping[str, _Source]) -> None:
        self._sources = dict(sources)
        self._built: dict[tuple[str, date | None], Profile] = {}

    @classmethod
    def load(cls, root: Path = ROOT / "profile") -> Profiles:
        """Read every profile once per process.

        Raises:
            BadTable: a profile that lacks a switch, or sets one that does not exist.
        """
        return _load(root)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._sources))

    def get(self, name: str = DEFAULT, on: date | None = None) -> Profile:
        """The profile of that name with the switch values of a day (the newest without a day).

        Raises:
            UnknownProfile: no profile of that name.
        """
        try:
            source = self._sources[name]
        except KeyError:
            raise UnknownProfile(name, self.names()) from None
        key = (name, on)
        if key not in self._built:
            values = {switch: parameter.on(on) for switch, parameter in source.switches.items()}
            self._built[key] = Profile(name=name, title=source.title, kind=source.kind, **values)
        return self._built[key]

    def for_payer(self, payer: str | None, default: str = DEFAULT, on: date | None = None) -> Profile:
        """The profile for a payer as a note names it, for a payer kind, or for a profile name.

        A named payer that is neither Medicare nor Medicaid takes the default, as a silent note does.
        """
        if payer:
            text = payer.strip().lower()
            if text in self._sources:
                return self.get(text, on)
            for source in sorted(self._sources.values(), key=lambda item: item.rank):
                if source.match and source.match.search(text):
                    return self.get(source.name, on)
        return self.get(default, on)

    def switches(self, name: str) -> tuple[Parameter, ...]:
        """The switches of a profile with dates and sources, for documentation."""
        return tuple(self._sources[name].switches.values())


@lru_cache(maxsize=4)
def _load(root: Path) -> Profiles:
    documents = {path.stem: read_yaml(path) for path in sorted(root.glob("*.yaml"))}
    fields = set(Profile.model_fields) - {"name", "title", "kind"}
    sources: dict[str, _Source] = {}
    for name, document in documents.items():
        switches = _switches(name, documents)
        if set(switches) != fields:
            raise BadTable("profiles", name, f"switches differ from the known ones: {sorted(fields ^ set(switches))}")
        words = document.get("match", ())
        sources[name] = _Source(
            name=name,
            title=document["title"],
            kind=document["kind"],
            match=re.compile(r"\b(?:" + "|".join(words) + r")\b") if words else None,
            rank=document["rank"],
            switches=switches,
        )
    return Profiles(sources)


def _switches(name: str, documents: Mapping[str, Any]) -> dict[str, Parameter]:
    document = documents[name]
    parent = document.get("extends")
    switches = dict(_switches(parent, documents)) if parent else {}
    for switch, body in document.get("switches", {}).items():
        if not body.get("source"):
            raise BadTable("profiles", name, f"{switch} needs a source")
        dated = sorted(body["values"].items())
        switches[switch] = Parameter(
            name=f"{name}/{switch}",
            description=body.get("description", ""),
            source=body["source"],
            since=tuple(day for day, _ in dated),
            values=tuple(freeze(value) for _, value in dated),
        )
    return switches
