"""The command line. Whatever takes time to import is imported by the command that needs it."""

from __future__ import annotations

import gc
import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from models.errors import InputError, OncodeError

if TYPE_CHECKING:
    from api.coder import Coder
    from api.terminal.style import Style
    from models.case import Case


class _Commands(TyperGroup):
    """Turns every failure into a sentence: exit 2 for what the caller can mend, 1 for a fault of ours."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except OncodeError as error:
            print(f"oncode: {error.title}. {error.detail} {error.remedy}", file=sys.stderr)
            raise typer.Exit(2) from None
        except (typer.Exit, typer.Abort, KeyboardInterrupt, BrokenPipeError):
            raise
        except Exception as error:
            if type(error).__module__.startswith(("click", "typer")) or "ONCODE_TRACE" in os.environ:
                raise
            # A trace may quote the note, so only the place is named.
            frame = error.__traceback__
            while frame and frame.tb_next:
                frame = frame.tb_next
            place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "unknown place"
            print(
                f"oncode: internal error ({type(error).__name__} at {place}). Please report it; "
                "ONCODE_TRACE=1 shows the trace, which may hold words of the note.",
                file=sys.stderr,
            )
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Reads oncology infusion notes into proposed claim lines, diagnoses and documentation gaps, each with proof.",
    epilog="Bad input: a message that names place and remedy, exit 2. oncode proposes; a certified coder decides.",
)
terminology = typer.Typer(cls=_Commands, no_args_is_help=True, help="The code tables on hand.")
app.add_typer(terminology, name="terminology")

File = Annotated[str, typer.Argument(metavar="FILE|-", help="A note as plain text; - reads standard input.")]
Setting = Annotated[str, typer.Option(help="physician (office) or facility (hospital outpatient).", show_default=False)]
When = Annotated[str, typer.Option("--date", help="Date of service, YYYY-MM-DD.", show_default=False)]
Payer = Annotated[str, typer.Option(help="Payer as the note would name it, or a payer profile.", show_default=False)]
Format = Annotated[str, typer.Option("--format", help="text or json.", show_default=False)]


@app.command()
def code(
    file: File,
    format_: Format = "",
    setting: Setting = "",
    date: When = "",
    payer: Payer = "",
    facts: Annotated[bool, typer.Option(help="FILE holds structured facts, one JSON document a line.")] = False,
) -> None:
    """Code one note: lines, diagnoses, gaps and timeline.

    Setting, date and payer are read from the note where it states them and the option is left out. With --format json
    the document of the gold schema is printed on one line, with spans, derivations and what-ifs.
    """
    style = _open_style(format_ or ("json" if facts else "text"))
    cases = _code_facts(file) if facts else [_code_note(file, setting, date, payer)]
    if style is None:
        for case in cases:
            print(_dump(_coder().write(case)))
        return
    from api.terminal.page import write_page

    for case in cases:
        for row in write_page(case, style, _coder().describe):
            print(row)


@app.command()
def explain(
    file: File,
    line: Annotated[str, typer.Argument(metavar="[LINE]", help="Number or code of a line; all when left out.")] = "",
    setting: Setting = "",
    date: When = "",
    payer: Payer = "",
) -> None:
    """Show why each line stands: rules, arithmetic, the words of the note, and what did not apply."""
    from api.terminal.proof import choose_lines, write_proof
    from api.terminal.style import Style

    case = _code_note(file, setting, date, payer)
    style = Style.of(sys.stdout)
    for chosen in choose_lines(case, line or None):
        for row in write_proof(case, chosen, style):
            print(row)


@app.command()
def gaps(
    file: File,
    format_: Format = "text",
    queries: Annotated[bool, typer.Option(help="Only the questions, as a clinician may see them: no codes.")] = False,
    setting: Setting = "",
    date: When = "",
    payer: Payer = "",
) -> None:
    """List what the documentation lacks, the question that closes each gap, and what an answer would change."""
    style = _open_style(format_)
    case = _code_note(file, setting, date, payer)
    if style is None:
        document = _coder().write(case)
        print(_dump({"id": document["id"], "gaps": document["gaps"]}))
        return
    from api.terminal.page import write_gaps

    for row in write_gaps(case, style, money=not queries):
        print(row)


@app.command()
def lookup(
    query: Annotated[list[str], typer.Argument(help="A code, an NDC, a drug or words.")],
    date: When = "",
    format_: Format = "text",
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
) -> None:
    """Look a code, NDC, drug or words up in every code system, as of a date (today when left out)."""
    from api.clock import today
    from api.lookup import search_codes
    from api.request import clip, read_date

    style = _open_style(format_)
    on = read_date(date, "--date") or today()
    words = " ".join(query)
    matches = search_codes(_coder().terminology, words, on, limit)
    if style is None:
        print(_dump({"date": on.isoformat(), "matches": [match.model_dump(mode="json") for match in matches]}))
        return
    if not matches:
        raise InputError(f"Nothing on {on} matches {clip(words)!r}.", "Try fewer words, or another --date.")
    from api.terminal.answer import write_matches

    for row in write_matches(matches, on, style):
        print(row)


@app.command()
def batch(
    source: Annotated[Path, typer.Argument(metavar="IN", help="NDJSON: id, text, optional setting, date_of_service.")],
    out: Annotated[Path, typer.Option(help="NDJSON with one result a note, in input order.")],
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 1,
    resume: Annotated[bool, typer.Option(help="Go on after the last complete result in OUT.")] = False,
) -> None:
    """Code many notes. A note that cannot be read becomes an error record; the batch goes on."""
    from api.batch import run_batch
    from api.coder import PipelineCoder

    tally = run_batch(source, out, workers, resume, PipelineCoder)
    skipped = f", {tally.skipped} done before" if tally.skipped else ""
    print(f"oncode: {tally.coded} coded, {tally.failed} could not be read{skipped}.", file=sys.stderr)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on. Beyond this machine there is no login: do not.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    samples: Annotated[bool, typer.Option(help="Put the sample notes on the work list.")] = False,
) -> None:
    """Serve the HTTP API and the workbench.

    ONCODE_DATABASE names the case store; without it a SQLite file stands beside the built tables.
    """
    from api.serve import run_server

    run_server(host, port, samples)


@terminology.command("list")
def list_editions(format_: Format = "text") -> None:
    """List the table editions on hand."""
    style = _open_style(format_)
    editions = _coder().editions()
    if style is None:
        print(_dump([edition.model_dump(mode="json") for edition in editions]))
        return
    for edition in editions:
        print(f"{edition.table:<20} {edition.edition:<16} {edition.checksum}")


@terminology.command("verify")
def verify_tables() -> None:
    """Read every table again and hold it against the checksums of its edition."""
    from api.verify import verify_data

    for edition in verify_data():
        print(f"{edition.table:<20} {edition.edition:<16} {edition.rows:>9,} rows  ok")


def main() -> None:
    """Entry point of the ``oncode`` command."""
    gc.set_threshold(100_000)  # imports make hundreds of thousands of lasting objects: sweeping them costs a tenth
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    app()


def _open_style(format_: str) -> Style | None:
    """How to write text; None for JSON."""
    if format_ not in ("text", "json"):
        raise InputError(f"--format {format_[:20]!r} is unknown.", "Use text or json.")
    if format_ == "json":
        return None
    from api.terminal.style import Style

    return Style.of(sys.stdout)


def _code_note(file: str, setting: str, date: str, payer: str) -> Case:
    from api.request import make_note, read_document

    text, place = read_document(file, sys.stdin.buffer)
    note_id = "note" if file == "-" else Path(file).stem
    return _coder().code_note(make_note(note_id, text, place, setting, date, payer))


def _code_facts(file: str) -> list[Case]:
    """Every document is coded before anything is printed: half an answer would look whole."""
    from api.record import read_records
    from api.request import read_document

    text, place = read_document(file, sys.stdin.buffer)
    return [_coder().code_facts(record) for record in read_records(text, place)]


@cache
def _coder() -> Coder:
    from api.coder import PipelineCoder

    return PipelineCoder()


def _dump(document: object) -> str:
    import json

    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
