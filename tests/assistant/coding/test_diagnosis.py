"""Which diagnosis is first, why, and which diagnosis supports which drug."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.coding.diagnosis import DiagnosisCoding, order_diagnoses, support_line
from models.fact import Administration, Diagnosis, Facts, Procedure
from models.span import Evidence, Span
from terminology.diagnosis import load_rules
from terminology.store import Terminology

FOLDER = Path(__file__).parents[2] / "cases/diagnosis"
ORDER: list[dict[str, Any]] = yaml.safe_load((FOLDER / "order.yaml").read_text(encoding="utf-8"))
SUPPORT: list[dict[str, Any]] = yaml.safe_load((FOLDER / "support.yaml").read_text(encoding="utf-8"))
ON = date(2026, 4, 1)
STATUSES = {"history", "suspected", "negated", "family"}
CODES = [
    "C18.7",
    "C78.7",
    "C79.51",
    "D64.81",
    "D64.9",
    "E86.0",
    "R11.2",
    "T45.1X5A",
    "Z17.0",
    "D70.1",
    "M05.9",
    "Z85.3",
]
DRUGS = [
    "oxaliplatin",
    "nivolumab",
    "zoledronic acid",
    "ondansetron",
    "sodium chloride 0.9%",
    "leuprolide",
    "filgrastim",
]


@pytest.fixture(scope="module")
def terminology() -> Terminology:
    return Terminology.open()


def _diagnosis(written: str, place: int) -> Diagnosis:
    code, *words = written.split()
    status = next((word for word in words if word in STATUSES), "active")
    text = " " * place + code
    span = Span.cut(text, place, len(text))
    return Diagnosis.model_validate(
        {
            "code": code,
            "status": status,
            "treated": "treated" in words,
            "evidence": [Evidence(attribute="code", spans=(span,))],
        }
    )


def _administration(written: str) -> Administration:
    status, _, drug = written.partition(" ") if written.startswith(("held ", "planned ")) else ("given", "", written)
    return Administration.model_validate({"drug": drug, "status": status})


def _order(case: dict[str, Any], terminology: Terminology) -> DiagnosisCoding:
    facts = Facts(
        administrations=tuple(_administration(item) for item in case["given"]),
        procedures=tuple(Procedure(kind=kind) for kind in case.get("procedures", [])),
        diagnoses=tuple(_diagnosis(item, place * 10) for place, item in enumerate(case["read"])),
    )
    return order_diagnoses(facts, "physician", ON, terminology)


@pytest.mark.parametrize("case", ORDER, ids=[case["name"] for case in ORDER])
def test_order(case: dict[str, Any], terminology: Terminology) -> None:
    coding = _order(case, terminology)
    assert [item.code for item in coding.diagnoses] == case["expect"]
    rules = {step.rule for step in coding.steps}
    assert {case["rule"], case.get("also", case["rule"])} <= rules


def test_every_rule_has_a_case() -> None:
    covered = {case["rule"] for case in ORDER} | {case["also"] for case in ORDER if "also" in case}
    assert covered == set(load_rules())


def test_steps_cite_a_source(terminology: Terminology) -> None:
    steps = _order(ORDER[0], terminology).steps
    assert all(step.citation.startswith("ICD-10-CM") for step in steps)


def test_added_encounter_carries_the_words_of_the_drug(terminology: Terminology) -> None:
    text = "oxaliplatin 85 mg/m2"
    span = Span.cut(text, 0, 11)
    given_drug = Administration(drug="oxaliplatin", evidence=(Evidence(attribute="drug", spans=(span,)),))
    facts = Facts(administrations=(given_drug,), diagnoses=(_diagnosis("C18.7", 0),))
    first = order_diagnoses(facts, "facility", ON, terminology).diagnoses[0]
    assert (first.code, first.spans_of("code")) == ("Z51.11", (span,))


@pytest.mark.parametrize("case", SUPPORT, ids=[case["name"] for case in SUPPORT])
def test_support(case: dict[str, Any], terminology: Terminology) -> None:
    coded = [_diagnosis(code, place * 10) for place, code in enumerate(case["coded"])]
    assert list(support_line(case["drug"], coded, terminology)) == case["expect"]


@given(
    st.lists(st.sampled_from(CODES), unique=True, max_size=6),
    st.lists(st.sampled_from(DRUGS), unique=True, max_size=4),
)
@settings(max_examples=80, deadline=None)
def test_ordering_twice_changes_nothing(codes: list[str], drugs: list[str]) -> None:
    terminology = Terminology.open()
    administrations = tuple(_administration(drug) for drug in drugs)
    facts = Facts(administrations=administrations, diagnoses=tuple(_diagnosis(c, 10 * n) for n, c in enumerate(codes)))
    once = order_diagnoses(facts, "facility", ON, terminology).diagnoses
    again = order_diagnoses(facts.model_copy(update={"diagnoses": once}), "facility", ON, terminology).diagnoses
    assert [item.code for item in again] == [item.code for item in once]
    assert len({item.code for item in once}) == len(once)
