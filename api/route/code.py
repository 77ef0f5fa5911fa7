"""Coding without keeping: a note or structured facts in, the case document out."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.desk import TheDesk
from api.problem import problems
from api.request import make_note

router = APIRouter(prefix="/v1", tags=["coding"])

DOCUMENT = (
    "The case in the gold schema (`id`, `setting`, `date_of_service`, `facts`, `lines`, `gaps`) with evidence spans, "
    "derivations, rules not fired, what-ifs, timeline and the table editions used. Spans are half-open ranges of "
    "Unicode code points into `text`; a JavaScript caller must convert them from its UTF-16 units."
)


class NoteBody(BaseModel):
    """One note. What is left out is read from the note where it stands there."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(description="The note as it came, at most 1,000,000 characters")
    id: str = Field(default="note", max_length=200, description="Comes back as `id`")
    setting: str | None = Field(default=None, description="`physician` (office) or `facility` (hospital outpatient)")
    date_of_service: str | None = Field(default=None, description="YYYY-MM-DD")
    payer: str | None = Field(default=None, max_length=200, description="Payer as a note names it, or a profile")


@router.post("/code", responses=problems(400, 413, 415, 422, 500, 503), response_description=DOCUMENT)
def code_note(body: NoteBody, desk: TheDesk) -> dict[str, Any]:
    """Code one note. Nothing is stored."""
    note = make_note(body.id, body.text, "text", body.setting, body.date_of_service, body.payer)
    return desk.coder.write(desk.coder.code_note(note))


@router.post("/code/facts", responses=problems(400, 413, 422, 500, 503), response_description=DOCUMENT)
def code_facts(record: dict[str, Any], desk: TheDesk) -> dict[str, Any]:
    """Code structured facts of the gold schema without any text, so that the rules can be tried without the reader."""
    return desk.coder.write(desk.coder.code_facts(record))
