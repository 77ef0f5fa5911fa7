"""Cases: coded notes that are kept."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import BaseModel

from api.desk import TheDesk
from api.problem import problems
from api.request import make_note
from api.route.code import DOCUMENT, NoteBody
from models.store.case import CaseSummary

router = APIRouter(prefix="/v1/cases", tags=["cases"])

CaseId = Annotated[str, Path(max_length=64, description="Id of a case from the list")]


class CasePage(BaseModel):
    """Newest first. ``next`` is the ``before`` of the following page."""

    cases: list[CaseSummary]
    next: int | None = None


@router.get("", responses=problems(422, 500, 503))
def list_cases(
    desk: TheDesk,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(ge=1, description="`next` of the page before")] = None,
) -> CasePage:
    """The work list."""
    found = desk.store.recent(limit + 1, before)
    shown = list(found[:limit])
    return CasePage(cases=shown, next=shown[-1].number if len(found) > limit else None)


@router.post("", status_code=201, responses=problems(400, 409, 413, 415, 422, 500, 503))
def add_case(
    body: NoteBody,
    desk: TheDesk,
    response: Response,
    idempotency_key: Annotated[
        str | None, Header(max_length=255, description="Makes it safe to send the same request again")
    ] = None,
) -> CaseSummary:
    """Code one note and keep the case. With the same Idempotency-Key and body the first case comes back."""
    note = make_note(body.id, body.text, "text", body.setting, body.date_of_service, body.payer)
    summary = desk.keep(note, idempotency_key)
    response.headers["Location"] = f"/v1/cases/{summary.id}"
    return summary


@router.get("/{case_id}", responses=problems(404, 422, 500, 503), response_description=DOCUMENT)
def get_case(case_id: CaseId, desk: TheDesk) -> dict[str, Any]:
    """One case as it was coded."""
    return desk.coder.write(desk.store.get(case_id))
