"""The server as a process: it starts, answers, keeps cases over a restart, and says why it cannot start."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.serve import database_address
from tests.api.example import TEXT

ONCODE = Path(sys.executable).with_name("oncode")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(port: int, path: str, body: dict[str, str] | None = None) -> dict[str, object]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"content-type": "application/json"})
    request.data = json.dumps(body).encode() if body else None
    with urllib.request.urlopen(request, timeout=20) as response:
        answer: dict[str, object] = json.load(response)
    return answer


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """A server over the store in ``folder``, its journal beside it; gives the port."""
    port = free_port()
    environment = os.environ | {"ONCODE_DATABASE": f"sqlite:///{folder / 'cases.sqlite'}"}
    command = [ONCODE, "serve", "--port", str(port)]
    with (
        (folder / "journal").open("w") as journal,
        subprocess.Popen(command, env=environment, stderr=journal, stdout=subprocess.DEVNULL) as server,
    ):
        try:
            deadline = time.monotonic() + 40
            while True:
                try:
                    ask(port, "/livez")
                    break
                except OSError:
                    assert server.poll() is None
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
            yield port
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)
    assert server.returncode in (0, -signal.SIGINT)


def test_cases_outlive_the_server(tmp_path: Path) -> None:
    with served(tmp_path) as port:
        made = ask(port, "/v1/cases", {"text": TEXT, "id": "kept"})
    with served(tmp_path) as port:
        assert ask(port, "/readyz") == {"status": "ok"}
        assert ask(port, f"/v1/cases/{made['id']}")["id"] == "kept"
    journal = [json.loads(row) for row in (tmp_path / "journal").read_text().splitlines()]
    assert {"/readyz", "/v1/cases/{case_id}"} <= {row["route"] for row in journal}


def test_a_taken_port_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [ONCODE, "serve", "--port", str(taken.getsockname()[1])]
        shown = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert shown.returncode == 2
    assert "Choose another --port." in shown.stderr
    assert "Traceback" not in shown.stderr


def test_a_store_that_cannot_be_opened_is_told() -> None:
    environment = os.environ | {"ONCODE_DATABASE": "nosuch://place"}
    command = [ONCODE, "serve", "--port", str(free_port())]
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert shown.returncode == 2
    assert "ONCODE_DATABASE" in shown.stderr


def test_the_store_stands_beside_the_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ONCODE_DATABASE", raising=False)
    monkeypatch.setenv("ONCODE_HOME", str(tmp_path))
    assert database_address() == f"sqlite:///{tmp_path / 'cases.sqlite'}"
    monkeypatch.setenv("ONCODE_DATABASE", "postgresql://host/name")
    assert database_address() == "postgresql://host/name"
