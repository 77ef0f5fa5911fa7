"""Tables of cases under ``tests/cases/terminology``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parents[1] / "cases" / "terminology"


class _Loader(yaml.SafeLoader):  # type: ignore[misc,unused-ignore]
    """``on`` is a key here, not a yes: only ``true`` and ``false`` are truth values."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def read_cases(name: str) -> Any:
    return yaml.load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), _Loader)
