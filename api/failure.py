"""A failure as plain data, the same over HTTP and in batch output."""

from __future__ import annotations

import re
from typing import Any

from models.errors import OncodeError


def describe(error: OncodeError | None) -> dict[str, Any]:
    """Members of an RFC 9457 problem document; ``None`` stands for a fault of ours, of which nothing is told."""
    if error is None:
        return {
            "type": "urn:oncode:problem:internal",
            "title": "Internal error",
            "status": 500,
            "detail": "oncode failed at this input.",
            "remedy": "Report it with the request id, or the row of the batch, and the edition list.",
        }
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__).lower()
    return {
        "type": f"urn:oncode:problem:{name}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "remedy": error.remedy,
    }
