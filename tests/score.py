"""Holds the project against labelled notes kept beside the checkout: ``make score``.

Three questions: how well are infusion notes coded from their text, how well the published examples from their text, and
which published examples come out right from structured facts. The tables are printed and written to ``score.txt``.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from api.batch import run_batch
from api.coder import PipelineCoder
from models.errors import OncodeError

Row = dict[str, Any]

# Which codes a published example speaks about, by its score_scope: first characters of the code.
FAMILIES = {
    "infusion": ("96", "36591", "36592", "36593", "51720", "G0498", "99"),
    "drug": ("J", "Q"),
    "mixed": ("96", "J", "Q", "36", "51720"),
}
_SHOWN = 5  # failed notes named in the report
PLACEHOLDER = "Jxxxx"  # the source names no code: units and modifiers are compared


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--out", type=Path, default=Path("score.txt"))
    parser.add_argument("--misses", type=int, default=0, help="show up to N misses and extras of each measure")
    parser.add_argument("--text-only", action="store_true", help="give the notes without setting and date of service")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    scorer = arguments.shared / "tools" / "score.py"
    if not scorer.is_file():
        print(f"score: not run. The labelled notes are not in this repository; nothing stands at {arguments.shared}.")
        return 0
    domain = arguments.shared / "domain"
    golds = [*sorted((domain / "encounters").glob("*.jsonl")), domain / "examples" / "dev.gold.jsonl"]
    parts = [f"== {gold.stem}: from text ==\n{_score_text(scorer, gold, arguments)}" for gold in golds]
    parts.append(_score_facts(domain / "examples" / "dev.jsonl"))
    report = "\n".join(parts)
    arguments.out.write_text(report)
    print(report)
    print(f"Written to {arguments.out}.")
    return 0


def _read(path: Path) -> list[Row]:
    return [json.loads(row) for row in path.read_text().splitlines() if row.strip()]


def _score_text(scorer: Path, gold: Path, arguments: argparse.Namespace) -> str:
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder, "in.ndjson"), Path(folder, "out.ndjson")
        source.write_text("".join(json.dumps(row) + "\n" for row in _inputs(gold, arguments.text_only)))
        tally = run_batch(source, out, arguments.workers, False, PipelineCoder)
        command = [sys.executable, scorer, gold, "--predictions", out, "--misses", str(arguments.misses)]
        table = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        failed = [f"{row['id']} ({row['error']['title']})" for row in _read(out) if "error" in row]
    return table + f"coded {tally.coded}, failed {tally.failed} {', '.join(failed[:_SHOWN])}\n"


def _inputs(gold: Path, text_only: bool) -> Iterator[Row]:
    for row in _read(gold):
        note = {"id": row["id"], "text": row["text"]}
        if not text_only:
            note["setting"] = row.get("setting") if row.get("setting") in ("physician", "facility") else None
            note["date_of_service"] = row.get("date_of_service")
        yield note


def _score_facts(examples: Path) -> str:
    """Right or wrong for each infusion and drug record, with what stood there and what was given."""
    coder = PipelineCoder()
    rows: list[str] = []
    tally: Counter[tuple[str, bool]] = Counter()
    for record in _read(examples):
        if record["domain"] not in ("infusion", "drug_units"):
            continue
        families = FAMILIES[record["score_scope"]]
        wanted = _lines(record[record["score_against"]], families)
        try:
            given = _lines(coder.write(coder.code_facts(_facts(record)))["lines"], families)
            words = _show(given)
        except OncodeError as error:
            given, words = Counter({("error", 0, ()): 1}), f"{error.title}: {error.detail}"
        if any(code == PLACEHOLDER for code, _, _ in wanted):
            wanted, given = _without_code(wanted), _without_code(given)
        right = wanted == given
        tally[record["confidence"], right] += 1
        verdict = "right" if right else "WRONG"
        rows.append(f"{record['id']} {verdict} {record['confidence']:<18} wanted {_show(wanted)}")
        if not right:
            rows.append(f"{'':33}given  {words}")
    totals = [
        f"{confidence:<18} right {tally[confidence, True]} of {tally[confidence, True] + tally[confidence, False]}"
        for confidence in sorted({confidence for confidence, _ in tally})
    ]
    return "\n".join(["== examples: from structured facts ==", *totals, "", *rows]) + "\n"


def _facts(record: Row) -> Row:
    keys = ("id", "setting", "administrations", "facts", "date_of_service", "payer")
    facts = {key: record[key] for key in keys if record.get(key) is not None}
    stated = record.get("facts", {})
    if stated.get("placeholder_code"):
        facts["administrations"] = [_with_stated_code(given, stated) for given in record["administrations"]]
    return facts


def _with_stated_code(given: Row, stated: Row) -> Row:
    """The unit and the vials that the record states beside the drug, in the words of structured input."""
    amount = stated.get("hcpcs_unit_mg", stated.get("hcpcs_unit"))
    unit = amount if isinstance(amount, str) else f"{amount} {given['unit']}"
    sizes = stated.get("vials_available_mg") or [stated.get("vial_mg", stated.get("vial"))]
    known = [size for size in sizes if size]
    if not known:
        return {**given, "code": PLACEHOLDER, "code_unit": unit}
    size = min(known, key=lambda size: -given["dose"] % size)  # the vials that leave the least
    return {
        **given,
        "code": PLACEHOLDER,
        "code_unit": unit,
        "container": "single-dose",
        "containers": [[size, math.ceil(given["dose"] / size)]],
        "container_unit": given["unit"],
        "discarded": -given["dose"] % size,
        "discarded_unit": given["unit"],
    }


def _lines(lines: list[Row], families: tuple[str, ...]) -> Counter[tuple[str, int, tuple[str, ...]]]:
    return Counter(
        (line["code"], line.get("units", 1), tuple(sorted(line.get("modifiers") or ())))
        for line in lines
        if line["code"].startswith(families)
    )


def _without_code(lines: Counter[tuple[str, int, tuple[str, ...]]]) -> Counter[tuple[str, int, tuple[str, ...]]]:
    return Counter((PLACEHOLDER, units, modifiers) for code, units, modifiers in lines.elements() if code[0] in "JQ")


def _show(lines: Counter[tuple[str, int, tuple[str, ...]]]) -> str:
    return " ".join(f"{code}x{units}{''.join(f'-{m}' for m in mods)}" for code, units, mods in sorted(lines.elements()))


if __name__ == "__main__":
    sys.exit(main())
