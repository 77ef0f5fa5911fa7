"""How infusion tables head their columns: phrases to roles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

_PUNCTUATION = re.compile(r"[^a-z0-9_]+")


@dataclass(frozen=True)
class ColumnNames:
    """Heading phrase (normalised) to column role."""

    phrases: dict[str, str]

    def role(self, heading: str) -> str | None:
        """The role of a column headed ``heading``, or None where the heading is not known."""
        if len(heading) > 40:
            return None
        return self.phrases.get(_PUNCTUATION.sub(" ", heading.lower()).strip())


@cache
def load_column_names() -> ColumnNames:
    """The shipped column names; layouts have no date of service, so one edition serves all."""
    source = files("terminology").joinpath("data/layout/2026/column.yaml").read_text(encoding="utf-8")
    roles: dict[str, list[str]] = yaml.safe_load(source)["roles"]
    return ColumnNames(
        {
            _PUNCTUATION.sub(" ", str(phrase).lower()).strip(): role
            for role, phrases in roles.items()
            for phrase in phrases
        }
    )
