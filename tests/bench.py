"""Speed as ratios measured in one run, so that a slow machine fails nothing and a slow change does: ``make bench``.

Each figure is the best of a few rounds. A bound is about twice what was measured when it was set.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile

import spacy
import yaml

from api.coder import PipelineCoder
from models.note import Note

SAMPLES = sorted((Path(__file__).parents[1] / "api" / "samples").glob("*.txt"))
ONCODE = Path(sys.executable).with_name("oncode")
ROUNDS = 3
REPEATED = Path(__file__).with_name("cases") / "hostile" / "repeated.yaml"
LONG = 50_000  # characters

# name -> (what it is, most it may be)
BOUNDS = {
    "cold": ("cold `oncode code NOTE` / cold `python -c 'import spacy'`", 2.4),
    "cold_cue": ("the same with a note whose negations need spaCy", 3.6),
    "pipeline": ("coding the samples / only tokenising them", 40.0),
    "scaling": ("time per character of all samples ten times over / once", 1.4),
    "hostile": ("time per character of the slowest 50,000 repeated characters / of the samples", 4.0),
}


def main() -> int:
    coder = PipelineCoder()
    notes = [Note(id=path.stem, text=path.read_text()) for path in SAMPLES]
    for note in notes:
        coder.code_note(note)  # loads the language library and the tables
    tokenize = spacy.blank("en").make_doc
    characters = sum(len(note.text) for note in notes)

    whole = _best(lambda: [coder.code_note(note) for note in notes])
    tokens = _best(lambda: [tokenize(note.text) for note in notes])
    joined = Note(id="joined", text="\n\n".join(note.text for note in notes))
    tenfold = Note(id="tenfold", text="\n\n".join([joined.text] * 10))
    per_joined = _best(lambda: coder.code_note(joined)) / len(joined.text)
    per_tenfold = _best(lambda: coder.code_note(tenfold)) / len(tenfold.text)
    repeated = [Note(id="repeated", text=(unit * LONG)[:LONG]) for unit in yaml.safe_load(REPEATED.read_text())]
    slowest = max(_best(lambda note=note: coder.code_note(note), 1) for note in repeated)  # type: ignore[misc]
    cold = _best(lambda: _run([str(ONCODE), "code", str(SAMPLES[0])]))
    with NamedTemporaryFile("w", suffix=".txt") as cued:
        print(SAMPLES[0].read_text(), "No evidence of metastatic breast cancer.", file=cued, flush=True)
        cold_cue = _best(lambda: _run([str(ONCODE), "code", cued.name]))
    spacy_alone = _best(lambda: _run([sys.executable, "-c", "import spacy"]))

    ratios = {
        "cold": cold / spacy_alone,
        "cold_cue": cold_cue / spacy_alone,
        "pipeline": whole / tokens,
        "scaling": per_tenfold / per_joined,
        "hostile": slowest / LONG / per_joined,
    }
    print(f"notes per second {len(notes) / whole:.1f} ({characters / len(notes):.0f} characters each)")
    print(f"cold `oncode code` {cold:.2f} s, with spaCy {cold_cue:.2f} s; slowest {LONG:,} characters {slowest:.2f} s")
    slow = []
    for name, ratio in ratios.items():
        words, bound = BOUNDS[name]
        verdict = "ok" if ratio <= bound else "TOO SLOW"
        print(f"{name:<9} {ratio:8.2f}  at most {bound:6.1f}  {verdict:<9} {words}")
        if ratio > bound:
            slow.append(name)
    figures = {"notes_per_second": round(len(notes) / whole, 2), "cold_seconds": round(cold, 3)}
    Path("bench.json").write_text(
        json.dumps(figures | {name: round(ratio, 3) for name, ratio in ratios.items()}) + "\n"
    )
    return 1 if slow else 0


def _best(action: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Seconds of the fastest of ``rounds``: the one least disturbed by the machine."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return min(times)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
