"""Many notes at once: NDJSON in, NDJSON out in the same order, an error record for each note that cannot be read."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Any

from api import failure
from api.coder import Coder
from api.record import read_note, read_record
from assistant.intake.text import CHARACTER_LIMIT
from models.errors import BadRecord, InputError, NoteTooLarge, OncodeError

_ROW_LIMIT = 8_000_000  # bytes of one row, as over HTTP
_AHEAD = 4  # rows read ahead for each worker: enough to keep all busy, few enough to bound memory

MakeCoder = Callable[[], Coder]
Row = tuple[int, bytes | None]  # number in the file, from 1; None: longer than a row may be


@dataclass
class Tally:
    coded: int = 0
    failed: int = 0
    skipped: int = 0  # done by an earlier run

    def count(self, result: dict[str, Any]) -> None:
        if "error" in result:
            self.failed += 1
        else:
            self.coded += 1


def run_batch(source: Path, out: Path, workers: int, resume: bool, make_coder: MakeCoder) -> Tally:
    """Code every row of ``source`` into ``out``; ``make_coder`` is called once in each process.

    With ``resume`` the rows that ``out`` already answers are skipped and a half-written last line is done again.
    Results are flushed one by one and on disk when this returns.

    Raises:
        InputError: a file cannot be opened, both are the same, or ``out`` answers another input.
    """
    tally = Tally()
    try:
        if out.exists() and out.samefile(source):
            raise InputError("IN and OUT are the same file.", "Name another --out.")
        with source.open("rb") as file, out.open("r+b" if resume and out.exists() else "w+b") as written:
            rows = _read_rows(file)
            tally.skipped = _skip_done(rows, written)
            results = _run_here(rows, make_coder()) if workers == 1 else _run_pool(rows, workers, make_coder)
            for result in results:
                tally.count(result)
                written.write(json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
                written.flush()
            os.fsync(written.fileno())
    except OSError as error:
        raise InputError(f"{error.filename or out} cannot be used: {error.strerror}.", "Check the path.") from None
    return tally


def code_row(row: Row, coder: Coder) -> dict[str, Any]:
    """The result of one row, or its error record: ``id`` (null when unread), ``row`` and ``error``. Never raises."""
    number, raw = row
    place = f"row {number}"
    note_id: str | None = None
    try:
        if raw is None:
            raise NoteTooLarge(place, CHARACTER_LIMIT)
        record = read_record(raw, place)
        note_id = _read_id(record)
        return coder.write(coder.code_note(read_note(record, place)))
    except OncodeError as error:
        problem = failure.describe(error)
    except Exception as error:
        # The message may quote the note; the kind of error is enough to find the fault again.
        problem = failure.describe(None) | {"kind": type(error).__name__}
    return {"id": note_id, "row": number, "error": problem}


def _read_id(record: dict[str, Any]) -> str | None:
    note_id = record.get("id")
    return str(note_id) if isinstance(note_id, str | int) and not isinstance(note_id, bool) else None


def _read_rows(file: IO[bytes]) -> Iterator[Row]:
    """Rows that are not blank. An endless line costs no more memory than the longest row allowed."""
    number = 0
    while raw := file.readline(_ROW_LIMIT + 1):
        number += 1
        if len(raw) > _ROW_LIMIT:
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(_ROW_LIMIT)
            yield number, None
        elif raw.strip():
            yield number, raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw


def _skip_done(rows: Iterator[Row], written: IO[bytes]) -> int:
    """Move ``rows`` past those answered in ``written`` and cut a torn last line off; the number skipped."""
    done = 0
    end = 0
    for line in written:
        if not line.endswith(b"\n"):
            break
        try:
            answered = read_record(line, "OUT").get("id")
            _, raw = next(rows)
            asked = _read_id(read_record(raw, "IN")) if raw is not None else None
        except StopIteration:
            raise InputError("OUT has more results than IN has rows.", "Run without --resume.") from None
        except BadRecord as error:
            if error.detail.startswith("OUT"):
                raise InputError(f"Line {done + 1} of OUT is no result.", "Run without --resume.") from None
            asked = None
        if answered != asked:
            raise InputError(f"Line {done + 1} of OUT answers another row than IN has there.", "Run without --resume.")
        done += 1
        end += len(line)
    written.seek(end)
    written.truncate()
    return done


def _run_here(rows: Iterator[Row], coder: Coder) -> Iterator[dict[str, Any]]:
    return (code_row(row, coder) for row in rows)


def _run_pool(rows: Iterator[Row], workers: int, make_coder: MakeCoder) -> Iterator[dict[str, Any]]:
    """Results in the order of ``rows``. When a worker dies, the rows under way are tried again one by one."""
    waiting: deque[tuple[Row, Future[dict[str, Any]]]] = deque()
    pool = _open_pool(workers, make_coder)
    try:
        more = True
        while more or waiting:
            while more and len(waiting) < workers * _AHEAD:
                row = next(rows, None)
                more = row is not None
                if row is not None:
                    waiting.append((row, pool.submit(_work, row)))
            if not waiting:
                break
            row, future = waiting.popleft()
            try:
                result = future.result()
            except BrokenProcessPool:
                pool.shutdown(cancel_futures=True)
                again = [row, *(row for row, _ in waiting)]
                waiting.clear()
                for row in again:
                    yield _run_alone(row, make_coder)
                pool = _open_pool(workers, make_coder)
            else:
                yield result
    finally:
        pool.shutdown(cancel_futures=True)


def _run_alone(row: Row, make_coder: MakeCoder) -> dict[str, Any]:
    with _open_pool(1, make_coder) as pool:
        try:
            return pool.submit(_work, row).result()
        except BrokenProcessPool:
            return _report_death(row)


def _report_death(row: Row) -> dict[str, Any]:
    number, raw = row
    note_id = _read_id(read_record(raw, f"row {number}")) if raw else None
    return {"id": note_id, "row": number, "error": failure.describe(None) | {"kind": "worker died"}}


def _open_pool(workers: int, make_coder: MakeCoder) -> ProcessPoolExecutor:
    # Spawned, not forked: a database handle or a lock of this process must not be shared.
    return ProcessPoolExecutor(workers, get_context("spawn"), _start_worker, (make_coder,))


_coder: Coder | None = None  # of this worker process


def _start_worker(make_coder: MakeCoder) -> None:
    global _coder
    _coder = make_coder()


def _work(row: Row) -> dict[str, Any]:
    if _coder is None:
        raise RuntimeError("the worker was not started")
    return code_row(row, _coder)
