"""Reads the YAML cases a nurse or coder writes about administrations and runs one of them through the reader.

A case names what must be found. What it leaves out of ``COMPARED`` must be absent (``status``: given); any other
attribute is compared only where the case names it. ``open`` gives the reason of a known fault: the case must fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
import yaml
from _pytest.mark.structures import ParameterSet

from assistant.extraction.administration import read_administrations
from assistant.intake.layout import split_clauses
from models.fact import Administration
from models.record import Record, plain_number
from terminology.cue import load_cues
from terminology.layout import load_column_names
from terminology.store import Terminology

Row = dict[str, Any]
CASES = Path(__file__).parents[2] / "cases"
ON = date(2026, 3, 11)
COMPARED = ("drug", "dose", "unit", "route", "start", "stop", "discarded", "status")


def read_cases(folder: str, *tables: str) -> list[ParameterSet]:
    """The cases of the tables named, those with an ``open`` fault marked as failing."""
    return [
        pytest.param(
            case,
            id=f"{table}: {case['name']}",
            marks=[pytest.mark.xfail(reason=case["open"], strict=True)] if "open" in case else [],
        )
        for table in tables
        for case in read_table(folder, table)
    ]


def read_table(folder: str, table: str) -> list[Row]:
    cases: list[Row] = yaml.safe_load((CASES / folder / f"{table}.yaml").read_text(encoding="utf-8"))
    return cases


def read_chart(text: str, on: date | None = ON) -> tuple[Administration, ...]:
    return read_administrations(
        text, split_clauses(text, load_column_names()), on, Terminology.open().drugs, load_cues()
    )


def run_case(case: Mapping[str, Any]) -> tuple[list[Row], list[Row]]:
    """What the reader finds in the case's text and what the case names, both in the order charted."""
    on = case.get("on", ON)
    wanted = [{"status": "given", **row} for row in case["administrations"]]
    names = [(*COMPARED, *(key for key in row if key not in COMPARED)) for row in wanted]
    found = [
        {name: _show(item, name, on) for name in keys}
        for item, keys in zip_longest(read_chart(case["text"], on), names, fillvalue=COMPARED)
        if isinstance(item, Administration)
    ]
    return found, [{name: row.get(name) for name in keys} for row, keys in zip(wanted, names, strict=True)]


def show_values(record: Record, names: Iterable[str]) -> Row:
    """The named attributes of a record as a case writes them."""
    return {name: _plain(getattr(record, name)) for name in names}


def _show(item: Administration, name: str, on: date | None) -> object:
    """A value as a case writes it: "09:15", "00:40+1" on the next day, plain numbers, lists."""
    if name == "interruptions":
        return [[_clock(pause.start, on), _clock(pause.stop, on)] for pause in item.interruptions]
    if name == "containers":
        return [[plain_number(amount), count] for amount, count in item.containers]
    if name == "shares_bag":
        return item.bag is not None
    value = getattr(item, name)
    return _clock(value, on) if isinstance(value, datetime) else _plain(value)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return plain_number(value)
    return list(value) if isinstance(value, tuple) else value


def _clock(moment: datetime, on: date | None) -> str:
    days = (moment.date() - on).days if on else 0
    return f"{moment:%H:%M}" + (f"+{days}" if days else "")
