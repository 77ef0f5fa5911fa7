"""Dated parameters and the rule catalogue: every threshold, code list and word list that a rule looks up.

A parameter is one YAML file below ``terminology/parameters``; its path is its name. ``values`` maps the first day on
which a value holds to the value; the last one holds until further notice. A list or a mapping is a value as any other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from models.errors import BadTable, BeforeFirstEdition

Value = Any  # int, bool, Decimal, str, or a tuple or read-only mapping of these

ROOT = Path(__file__).parent / "parameters"


class _Loader(yaml.CSafeLoader):  # type: ignore[misc,unused-ignore]
    """Numbers with a point become decimals: no float ever reaches a billed unit."""


def _construct_decimal(loader: _Loader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(loader.construct_scalar(node).replace("_", ""))


_Loader.add_constructor("tag:yaml.org,2002:float", _construct_decimal)


def read_yaml(path: Path) -> Any:
    """The document of one YAML file, decimals for numbers with a point.

    Raises:
        BadTable: the file is not YAML.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except yaml.YAMLError as error:
        raise BadTable("parameters", path.name, f"not YAML: {type(error).__name__}") from error


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the rule catalogue: what a derivation cites."""

    id: str
    title: str
    citation: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class Parameter:
    """The dated values of one parameter, oldest first."""

    name: str
    description: str
    source: str
    since: tuple[date, ...]
    values: tuple[Value, ...]

    def on(self, day: date | None) -> Value:
        """The value on a day; without a day, the newest.

        Raises:
            BeforeFirstEdition: the day lies before the first value.
        """
        if day is None:
            return self.values[-1]
        index = bisect_right(self.since, day) - 1
        if index < 0:
            raise BeforeFirstEdition(f"parameter {self.name}", day, self.since[0])
        return self.values[index]


class Parameters:
    """All parameters and rules; ``Parameters.load()`` gives the shared ones of the repository."""

    def __init__(self, parameters: Mapping[str, Parameter], rules: Mapping[str, Rule]) -> None:
        self._parameters = dict(parameters)
        self._rules = dict(rules)

    @classmethod
    def load(cls, root: Path = ROOT) -> Parameters:
        """Read every parameter and rule file below ``root`` once per process.

        Raises:
            BadTable: a file without values, without a source, or with a rule id given twice.
        """
        return _load(root)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._parameters))

    def get(self, name: str) -> Parameter:
        """The parameter with its dates and source.

        Raises:
            BadTable: no parameter of that name.
        """
        try:
            return self._parameters[name]
        except KeyError:
            raise BadTable("parameters", name, "no such parameter") from None

    def value(self, name: str, on: date | None) -> Value:
        """The value that holds on a day, the newest without a day."""
        return self.get(name).on(on)

    def rule(self, rule_id: str) -> Rule:
        """The catalogue entry of a rule id.

        Raises:
            BadTable: the catalogue has no such rule.
        """
        try:
            return self._rules[rule_id]
        except KeyError:
            raise BadTable("rule catalogue", rule_id, "no such rule") from None

    def rules(self) -> tuple[Rule, ...]:
        return tuple(self._rules.values())


@lru_cache(maxsize=4)
def _load(root: Path) -> Parameters:
    parameters: dict[str, Parameter] = {}
    rules: dict[str, Rule] = {}
    for path in sorted(root.rglob("*.yaml")):
        topic = path.relative_to(root).parts[0]
        if topic in ("profile", "gap"):
            continue  # read by terminology.profile and terminology.gap
        if topic == "rule":
            for row in read_yaml(path):
                rule = Rule(row["id"], row["title"], row["citation"], row["valid_from"])
                if rule.id in rules:
                    raise BadTable("rule catalogue", path.name, f"{rule.id} stands twice")
                rules[rule.id] = rule
            continue
        name = path.relative_to(root).with_suffix("").as_posix()
        parameters[name] = _read_parameter(name, path)
    return Parameters(parameters, rules)


def _read_parameter(name: str, path: Path) -> Parameter:
    document = read_yaml(path)
    if not isinstance(document, dict) or not document.get("values") or not document.get("source"):
        raise BadTable("parameters", name, "needs `source` and `values`")
    dated = sorted(document["values"].items())
    if not all(isinstance(day, date) for day, _ in dated):
        raise BadTable("parameters", name, "every value needs its first day")
    return Parameter(
        name=name,
        description=document.get("description", ""),
        source=document["source"],
        since=tuple(day for day, _ in dated),
        values=tuple(freeze(value) for _, value in dated),
    )


def freeze(value: Value) -> Value:
    """Lists as tuples and mappings read-only, all the way down: a shared value cannot be changed."""
    if isinstance(value, dict):
        return MappingProxyType({key: freeze(item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(freeze(item) for item in value)
    return value
