"""The one place that asks what time it is, and the one that makes names by chance."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime


def now() -> datetime:
    """UTC to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def today() -> date:
    """The local day, for look-ups that name none."""
    return datetime.now().astimezone().date()


def make_id() -> str:
    """A case id that tells nothing and cannot be guessed: it stands in addresses."""
    return secrets.token_hex(12)
