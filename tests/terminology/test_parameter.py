"""Dated parameters and the rule catalogue."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from models.errors import BadTable, BeforeFirstEdition
from terminology.parameter import Parameters

_FILE = """
description: minutes
source: a manual
values: {2020-01-01: 16, 2024-07-01: [1, {half: 0.5}]}
"""


def write(root: Path, name: str, text: str) -> Path:
    path = root / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("on", "value"),
    [(date(2020, 1, 1), 16), (date(2024, 6, 30), 16), (date(2024, 7, 1), (1, {"half": Decimal("0.5")}))],
)
def test_a_value_holds_from_its_first_day(tmp_path: Path, on: date, value: object) -> None:
    assert Parameters.load(write(tmp_path, "topic/minutes", _FILE)).value("topic/minutes", on) == value


def test_without_a_day_the_newest_value_answers(tmp_path: Path) -> None:
    assert Parameters.load(write(tmp_path, "topic/minutes", _FILE)).value("topic/minutes", None)[0] == 1


def test_a_day_before_the_first_value_is_refused(tmp_path: Path) -> None:
    parameters = Parameters.load(write(tmp_path, "topic/minutes", _FILE))
    with pytest.raises(BeforeFirstEdition):
        parameters.value("topic/minutes", date(2019, 12, 31))


def test_values_cannot_be_changed(tmp_path: Path) -> None:
    value = Parameters.load(write(tmp_path, "topic/minutes", _FILE)).value("topic/minutes", None)
    with pytest.raises(TypeError):
        value[1]["half"] = 1


@pytest.mark.parametrize(
    "text", ["values: {2020-01-01: 1}", "source: a manual", "source: x\nvalues: {first: 1}", "source: [", ""]
)
def test_a_file_without_source_or_dates_is_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path, "topic/bad", text)
    with pytest.raises(BadTable):
        Parameters.load(tmp_path)


def test_a_rule_id_stands_once(tmp_path: Path) -> None:
    row = "- {id: A-1, title: t, citation: c, valid_from: 2020-01-01}\n"
    write(tmp_path, "rule/one", row)
    write(tmp_path, "rule/two", row)
    with pytest.raises(BadTable, match="twice"):
        Parameters.load(tmp_path)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(BadTable):
        Parameters.load().value("no/such", None)
    with pytest.raises(BadTable):
        Parameters.load().rule("NO-SUCH")


def test_every_shipped_parameter_has_a_source_and_a_description() -> None:
    parameters = Parameters.load()
    for name in parameters.names():
        parameter = parameters.get(name)
        assert parameter.source
        assert parameter.description, name
        assert parameter.since == tuple(sorted(set(parameter.since))), name


def test_every_rule_has_a_title_and_a_citation() -> None:
    assert all(rule.title and rule.citation for rule in Parameters.load().rules())
