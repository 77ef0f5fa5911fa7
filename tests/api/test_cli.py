"""The command line as a coder types it: pages, JSON, and a sentence with exit 2 for everything that cannot be read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api import cli
from api.cli import app
from tests.api.example import CASE, SAMPLE, ExampleCoder

runner = CliRunner()


@pytest.fixture(autouse=True)
def _example(monkeypatch: pytest.MonkeyPatch) -> None:
    coder = ExampleCoder()
    monkeypatch.setattr(cli, "_coder", lambda: coder)


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return runner.invoke(app, list(arguments), input=stdin)


def test_code_prints_a_page() -> None:
    result = run("code", str(SAMPLE))
    assert result.exit_code == 0
    for words in ("96413", "×308", "JW", "Z51.11", "Encounter for antineoplastic", "missing-stop-time", "+96367"):
        assert words in result.stdout
    assert "\033" not in result.stdout


def test_code_as_json_is_one_line() -> None:
    result = run("code", str(SAMPLE), "--format", "json")
    assert result.exit_code == 0
    assert result.stdout.count("\n") == 1
    document = json.loads(result.stdout)
    assert document["id"] == "folfox-office"
    assert [line["code"] for line in document["lines"]] == ["96413", "J9263", "J9263"]


def test_code_reads_standard_input() -> None:
    result = run("code", "-", "--format", "json", stdin=SAMPLE.read_bytes())
    assert json.loads(result.stdout)["id"] == "note"


def test_code_facts_gives_one_result_a_document() -> None:
    result = run("code", "-", "--facts", stdin=b'{"id": "a", "facts": {}}\n\n{"id": "b", "facts": {}}\n')
    assert [json.loads(row)["id"] for row in result.stdout.splitlines()] == ["a", "b"]


def test_code_facts_prints_nothing_when_one_document_is_broken() -> None:
    result = run("code", "-", "--facts", stdin=b'{"id": "a", "facts": {}}\n{"id": \n')
    assert (result.exit_code, result.stdout) == (2, "")
    assert "standard input, line 2" in result.stderr


def test_explain_shows_rule_arithmetic_and_words() -> None:
    result = run("explain", str(SAMPLE), "3")
    for words in ("WASTE-JW", "200 mg opened - 154 mg given", "“46 mg discarded” line 11", "J9263-JW"):
        assert words in result.stdout
    assert "96413" not in result.stdout


def test_explain_by_code_and_what_did_not_fire() -> None:
    result = run("explain", str(SAMPLE), "96413")
    assert "did not apply" in result.stdout
    assert "ADM-PUSH" in result.stdout


def test_explain_an_unknown_line() -> None:
    result = run("explain", str(SAMPLE), "99999")
    assert result.exit_code == 2
    assert "96413, J9263" in result.stderr


def test_gaps_for_coders_and_for_clinicians() -> None:
    assert "+96367" in run("gaps", str(SAMPLE)).stdout
    shown = run("gaps", str(SAMPLE), "--queries").stdout
    assert "When did it end?" in shown
    assert "96367" not in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("code", "nowhere.txt"), "nowhere.txt cannot be read"),
        (("code", "."), "cannot be read"),
        (("code", str(SAMPLE), "--setting", "clinic"), "'physician' (office)"),
        (("code", str(SAMPLE), "--date", "12.03.2026"), "YYYY-MM-DD"),
        (("code", str(SAMPLE), "--date", "2026-W11-4"), "YYYY-MM-DD"),
        (("code", str(SAMPLE), "--format", "xml"), "text or json"),
        (("batch", "nowhere.ndjson", "--out", "x.ndjson"), "nowhere.ndjson"),
    ],
)
def test_bad_arguments(arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "holds no text"),
        (b"\x00\x01\x02", "zero bytes"),
        (b"%PDF-1.4", "a PDF"),
        (b"a" * 10_000_000, "1,000,000 characters"),
    ],
)
def test_bad_notes(data: bytes, words: str) -> None:
    result = run("code", "-", stdin=data)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_a_fault_of_ours_names_the_place_and_not_the_note(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(ExampleCoder):
        def code_note(self, note: object) -> object:  # type: ignore[override]
            raise ValueError("SAMPLE, Rosalind")

    monkeypatch.setattr(cli, "_coder", Broken)
    result = run("code", str(SAMPLE))
    assert result.exit_code == 1
    assert "ValueError at test_cli.py:" in result.stderr
    assert "Rosalind" not in result.output


def test_long_values_are_clipped_in_messages() -> None:
    result = run("code", str(SAMPLE), "--setting", "x" * 500)
    assert "x" * 60 not in result.stderr


def test_start_is_quick_to_import() -> None:
    """Help must not load the language library, the web framework or the database."""
    program = "import sys, api.cli; print({'spacy', 'fastapi', 'sqlmodel', 'medspacy'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"


def test_the_installed_command(tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_bytes(b"")
    command = Path(sys.executable).with_name("oncode")
    shown = subprocess.run([command, "code", note], capture_output=True, text=True, check=False)
    assert shown.returncode == 2
    assert shown.stderr == "oncode: Empty note. note.txt holds no text. Send the note's text.\n"


def test_the_page_says_that_lines_are_proposed() -> None:
    assert CASE.lines
    assert "a certified coder decides" in run("code", str(SAMPLE)).stdout
