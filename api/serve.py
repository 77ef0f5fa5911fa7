"""Starting the server: case store, samples, journal, then uvicorn."""

from __future__ import annotations

import logging
import os
import socket
import sys
from pathlib import Path

import uvicorn

from api.app import LOCAL_HOSTS, create_app
from api.coder import PipelineCoder
from api.desk import Desk
from api.request import make_note
from assistant.intake.text import decode
from models.errors import InputError
from models.store.case import CaseStore
from terminology.build import default_home

SAMPLES = Path(__file__).parent / "samples"


def run_server(host: str, port: int, samples: bool) -> None:
    """Serve until interrupted.

    ``ONCODE_DATABASE`` is the address of the case store in SQLAlchemy form; ``ONCODE_HOSTS`` more names to answer to.

    Raises:
        InputError: the port is taken.
        StoreUnavailable: the case store cannot be opened.
    """
    _check_free(host, port)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    desk = Desk(PipelineCoder(), CaseStore.open(database_address()))
    if samples:
        load_samples(desk)
    more = [name for name in os.environ.get("ONCODE_HOSTS", "").split(",") if name]
    print(f"oncode: workbench on http://{host}:{port}/ (Ctrl-C stops)", flush=True)
    # uvicorn's own access lines would hold query strings; the shield keeps the journal.
    uvicorn.run(
        create_app(desk, [*LOCAL_HOSTS, host, *more]), host=host, port=port, access_log=False, log_level="warning"
    )


def database_address() -> str:
    return os.environ.get("ONCODE_DATABASE") or f"sqlite:///{default_home() / 'cases.sqlite'}"


def load_samples(desk: Desk) -> int:
    """Code the sample notes that the store does not hold yet; returns how many."""
    added = 0
    for path in sorted(SAMPLES.glob("*.txt")):
        if desk.store.find_note(path.stem) is None:
            desk.keep(make_note(path.stem, decode(path.read_bytes(), path.name), path.name))
            added += 1
    return added


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InputError(
                f"Port {port} of {host} cannot be used: {error.strerror}.", "Choose another --port."
            ) from None
