"""Why a line stands: the rules that fired with their arithmetic, the words behind each attribute, what did not fire."""

from __future__ import annotations

from collections.abc import Iterator

from api.terminal.style import Style
from models.case import Case
from models.errors import InputError
from models.line import Line
from models.span import Evidence


def choose_lines(case: Case, wanted: str | None) -> list[Line]:
    """All lines, or the ones meant by ``3``, ``line-3`` or a code.

    Raises:
        InputError: no line is meant by that.
    """
    if wanted is None:
        return list(case.lines)
    number = wanted.removeprefix("line-")
    if number.isdigit() and 1 <= int(number) <= len(case.lines):
        return [case.lines[int(number) - 1]]
    found = [line for line in case.lines if line.code == wanted.upper()]
    if not found:
        known = ", ".join(dict.fromkeys(line.code for line in case.lines)) or "none"
        raise InputError(
            f"This note has no line {wanted[:20]!r}.", f"Its lines are {known}; name one by number or code."
        )
    return found


def write_proof(case: Case, line: Line, style: Style) -> Iterator[str]:
    """Lines of text, without line feeds."""
    modifiers = "".join(f"-{modifier}" for modifier in line.modifiers)
    yield style.heading(f"{line.code}{modifiers} ×{line.units}", line.id)
    yield style.wrap(line.label, 3)
    for at, step in enumerate(line.steps, start=1):
        yield style.wrap(step.statement, 6, f"   {at}. ")
        yield style.dim(f"      {step.rule} · {step.citation}")
    yield from _write_evidence(case.note.text, line.evidence, style)
    if line.not_fired:
        yield f"   {style.bold('did not apply')}"
        for item in line.not_fired:
            yield style.wrap(f"{item.rule}: {item.why}", 6, "    - ")
    yield ""


def _write_evidence(text: str, evidence: tuple[Evidence, ...], style: Style) -> Iterator[str]:
    if evidence:
        yield f"   {style.bold('words')}"
    for item in evidence:
        for span in item.spans:
            row = text.count("\n", 0, span.start) + 1
            quote = " ".join(span.quote.split())
            quote = quote if len(quote) <= 60 else quote[:59] + "…"
            yield f"    {item.attribute:<18} “{style.code(quote)}” {style.dim(f'line {row}, {span.start}-{span.end}')}"
