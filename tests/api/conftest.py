"""A server over the example coder and a store in a temporary folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.desk import Desk
from models.store.case import CaseStore
from tests.api.example import ExampleCoder


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = CaseStore.open(f"sqlite:///{tmp_path / 'cases.sqlite'}")
    numbers = count(1)
    yield Desk(
        coder=ExampleCoder(),
        store=store,
        now=lambda: datetime(2026, 3, 12, 18, 30, tzinfo=UTC),
        today=lambda: date(2026, 3, 12),
        make_id=lambda: f"case{next(numbers)}",
    )
    store.close()


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return TestClient(create_app(desk), base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
