"""A coded note on one screen: lines, diagnoses, gaps, timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from api.terminal.style import Style
from api.timeline import LABEL_WIDTH, PLOT_WIDTH, Lane, draw_timeline
from models.case import Case
from models.fact import Diagnosis
from models.gap import CodeChange, Gap

Describe = Callable[[str, date | None], str]

_SETTINGS = {"physician": "physician office", "facility": "hospital outpatient"}
_BLOCKS = {"owned": "█", "excluded": "░", "uncoded": "▒", "moment": "◆", "moment-uncoded": "◇"}
_MARKS = {"blocks": "■", "downgrades": "▲", "advises": "●"}


def write_page(case: Case, style: Style, describe: Describe) -> Iterator[str]:
    """Lines of text, without line feeds. ``describe`` gives the words of a diagnosis code."""
    when = f"{case.date_of_service:%Y-%m-%d}" if case.date_of_service else "date of service not stated"
    yield style.heading(case.note.id, f"{when} · {_SETTINGS[case.setting]} ({case.setting_source}) · {case.profile}")
    yield ""
    yield from _write_lines(case, style)
    yield from _write_diagnoses(case, style, describe)
    yield from write_gaps(case, style)
    yield from _write_timeline(case, style)
    yield from _write_findings(case, style)
    yield style.dim("Proposed, not confirmed: a certified coder decides. `oncode explain FILE LINE` shows why.")


def write_gaps(case: Case, style: Style, money: bool = True) -> Iterator[str]:
    """The gaps with their questions; ``money=False`` leaves out what an answer would change: no clinician sees that."""
    yield style.heading("GAPS", f"{len(case.gaps)}" if case.gaps else "none")
    for gap in case.gaps:
        severity = {"blocks": style.bad, "downgrades": style.warn}.get(gap.severity, style.dim)
        asked = style.dim(f"ask {gap.recipient}, {gap.rule}")
        mark, kind = severity(_MARKS[gap.severity]), style.bold(gap.kind)
        yield f" {mark} {kind} · {gap.about} · {severity(gap.severity)}  {asked}"
        yield style.wrap(gap.query, 3)
        if money:
            yield from _write_what_if(gap, style)
    yield ""


def write_change(change: CodeChange) -> str:
    """``+96415 ×2-59``: a line that would appear or vanish."""
    units = f" ×{change.units}" if change.units != 1 else ""
    return f"{change.sign}{change.code}{units}" + "".join(f"-{modifier}" for modifier in change.modifiers)


def _write_lines(case: Case, style: Style) -> Iterator[str]:
    yield style.heading("LINES", f"{len(case.lines)}" if case.lines else "none")
    letters = {item.code: chr(65 + at) for at, item in enumerate(_coded(case)) if at < 12}
    room = style.width - 42
    wide = 7 + len(style.bold("0")) - 1  # the codes that make a number bold take no room on the screen
    for at, line in enumerate(case.lines, start=1):
        label = line.label if len(line.label) <= room else line.label[: room - 1] + "…"
        pointers = "".join(letters.get(code, "?") for code in line.diagnoses)
        modifiers = " ".join(line.modifiers)
        yield (
            f" {at:>3}  {style.code(f'{line.code:<6}')} {label:<{room}}"
            f" {style.bold(f'×{line.units}'):>{wide}}"
            f"  {style.warn(f'{modifiers:<7}')} {style.dim(pointers)}"
        )
        if line.ndc:
            yield style.dim(f"{'':13}NDC {line.ndc}")
    yield ""


def _write_diagnoses(case: Case, style: Style, describe: Describe) -> Iterator[str]:
    coded = _coded(case)
    yield style.heading("DIAGNOSES", f"{len(coded)}" if coded else "none")
    for at, item in enumerate(coded):
        words = describe(item.code, case.date_of_service) or item.text or ""
        status = f" ({item.status})" if item.status != "active" else ""
        letter = chr(65 + at) if at < 12 else " "
        yield style.wrap(f"{words}{status}", 15, f"  {letter}   {item.code:<8} ")
    yield ""


def _coded(case: Case) -> list[Diagnosis]:
    return [item for item in case.facts.diagnoses if item.status in ("active", "history")]


def _write_what_if(gap: Gap, style: Style) -> Iterator[str]:
    for item in gap.what_if:
        changes = " ".join(
            (style.good if change.sign == "+" else style.bad)(write_change(change)) for change in item.changes
        )
        outcome = changes or style.dim("no change of a line")
        yield f"   {style.dim('if')} {item.documentation} {style.dim('→')} {outcome}"


def _write_findings(case: Case, style: Style) -> Iterator[str]:
    if not case.findings:
        return
    yield style.heading("TO KNOW", f"{len(case.findings)}")
    for finding in case.findings:
        yield style.wrap(f"{finding.kind}: {finding.message}", 3, " · ")
    yield ""


def _write_timeline(case: Case, style: Style) -> Iterator[str]:
    """One lane a drug; ``░`` time that does not count, ``▒`` time without a code, ``▷`` an infusion without stop."""
    room = style.width - 38
    for chart in draw_timeline(case):
        yield style.heading("TIMELINE", f"{chart.day} {chart.ticks[0].label} - {chart.ticks[-1].label}".strip())
        for lane in chart.lanes:
            yield f" {lane.name:<17.17} {_draw_lane(lane, room, style)} {style.dim(_name_owners(lane))}"
        yield ""


def _draw_lane(lane: Lane, room: int, style: Style) -> str:
    drawn, reached = "", 0
    for bar in sorted(lane.bars, key=lambda bar: bar.x):
        begin = max(int((bar.x - LABEL_WIDTH) / PLOT_WIDTH * room), reached)
        end = max(int((bar.x + bar.width - LABEL_WIDTH) / PLOT_WIDTH * room), begin + 1)
        block = _BLOCKS[bar.kind] * (end - begin) if bar.kind not in ("open", "pump") else "▷"
        drawn += " " * (begin - reached)
        drawn += style.colour_of(bar.colour, block) if bar.code else style.warn(block) if bar.kind == "open" else block
        reached = begin + len(block)
    return drawn + " " * (room - reached)


def _name_owners(lane: Lane) -> str:
    if any(bar.kind == "open" for bar in lane.bars):
        return "no stop time"
    return " ".join(dict.fromkeys(bar.code for bar in lane.bars if bar.code)) or "no code"
