"""Every YAML case: lines, the rules that fired and those that did not, findings, excluded minutes."""

from __future__ import annotations

import pytest

from assistant.coding.engine import Coding
from terminology.store import Terminology
from tests.assistant.coding.case import Case, code_case, read_cases, within, written

CASES = read_cases()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case, terminology: Terminology) -> None:
    coding = code_case(case, terminology)
    expect = case.expect
    scope = expect.get("scope")
    wanted = within((_sorted(line) for line in expect["lines"]), scope)
    optional = {_sorted(line) for line in expect.get("optional", ())}
    got = within((written(line) for line in coding.lines), scope)
    assert {line: n for line, n in got.items() if line in wanted or line not in optional} == wanted
    fired = {step.rule for line in coding.lines for step in line.steps}
    refused = {item.rule for line in coding.lines for item in line.not_fired}
    kinds = {finding.kind for finding in coding.findings}
    assert set(expect.get("rules", ())) <= fired
    assert not set(expect.get("no_rules", ())) & fired
    assert set(expect.get("refused", ())) <= refused
    assert set(expect.get("findings", ())) <= kinds
    assert not set(expect.get("no_findings", ())) & kinds
    assert set(expect.get("excluded", ())) <= {block.excluded for block in coding.timeline}
    if "statement" in expect:
        assert any(expect["statement"] in step.statement for line in coding.lines for step in line.steps)
    if "ndc" in expect:
        assert expect["ndc"] in {line.ndc for line in coding.lines}


def test_every_rule_is_tested(terminology: Terminology) -> None:
    """Each rule of the catalogue fires, refuses or excludes in at least one case, and is silent in another."""
    seen: dict[str, int] = {}
    for case in CASES:
        for rule in _rules_of(code_case(case, terminology)):
            seen[rule] = seen.get(rule, 0) + 1
    catalogue = {rule.id for rule in terminology.parameters.rules()}
    assert catalogue - set(seen) == set()
    assert all(count < len(CASES) for count in seen.values())


def _sorted(line: str) -> str:
    code, units, *modifiers = line.split()
    return " ".join((code, units, *sorted(modifiers)))


def _rules_of(coding: Coding) -> set[str]:
    used = {step.rule for line in coding.lines for step in line.steps}
    used |= {item.rule for line in coding.lines for item in line.not_fired}
    named = {
        finding.message.rpartition("[")[2].rstrip("]") for finding in coding.findings if finding.message.endswith("]")
    }
    return used | named
