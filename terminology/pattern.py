"""Wordings that the readers look for, one a line in ``data/pattern/2026/<reader>.yaml``, compiled once per process.

A wording is a regular-expression fragment without nested quantifiers; ``before`` and ``after`` frame all wordings of a
pattern. Upper and lower case are one unless ``case: exact``. Language follows no fiscal year: there are no dates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from models.errors import BadTable


@cache
def load_patterns(reader: str) -> Mapping[str, re.Pattern[str]]:
    """The compiled patterns of one reader, by name.

    Raises:
        BadTable: a pattern that does not compile.
    """
    source = files("terminology").joinpath(f"data/pattern/2026/{reader}.yaml").read_text(encoding="utf-8")
    data: dict[str, dict[str, Any]] = yaml.load(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return {name: _compile(reader, name, entry) for name, entry in data.items()}


def _compile(reader: str, name: str, entry: Mapping[str, Any]) -> re.Pattern[str]:
    flags = (0 if entry.get("case") == "exact" else re.IGNORECASE) | (re.MULTILINE if entry.get("lines") else 0)
    framed = f"{entry.get('before', '')}(?:{'|'.join(entry['any'])}){entry.get('after', '')}"
    try:
        return re.compile(framed, flags)
    except re.error as error:
        raise BadTable("pattern", f"{reader}.yaml, {name}", str(error)) from error
