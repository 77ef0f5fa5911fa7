from __future__ import annotations

import pytest

from terminology.store import Terminology


@pytest.fixture(scope="session")
def terminology() -> Terminology:
    return Terminology.open()
