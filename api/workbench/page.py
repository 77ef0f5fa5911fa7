"""Renders the templates. Everything from a note passes through Jinja's escaping; nothing is marked safe."""

from __future__ import annotations

from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HERE = Path(__file__).parent
STATIC = _HERE / "static"

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_HERE / "template"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page; it may hold a patient's note and must not be kept by browser or proxy."""
    page = _ENVIRONMENT.get_template(template).render(values)
    return HTMLResponse(page, status, headers={"Cache-Control": "no-store"})
