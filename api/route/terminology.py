"""What a code means on a date, and which tables are on hand."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from api.desk import TheDesk
from api.lookup import find_code, search_codes
from api.problem import problems
from api.request import read_date
from models.case import Edition
from models.code import Match

router = APIRouter(prefix="/v1", tags=["terminology"])

On = Annotated[str | None, Query(description="Date of service, YYYY-MM-DD; today when left out", max_length=40)]


class Answer(BaseModel):
    """``date`` is the day the answer holds for."""

    date: str
    matches: list[Match]


@router.get("/codes", responses=problems(422, 500, 503))
def search(
    desk: TheDesk,
    q: Annotated[str, Query(min_length=1, max_length=200, description="Words, a drug, a code or an NDC")],
    date: On = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Answer:
    """Codes of every system that match, best first."""
    on = read_date(date, "date") or desk.today()
    return Answer(date=on.isoformat(), matches=list(search_codes(desk.coder.terminology, q, on, limit)))


@router.get("/codes/{code}", responses=problems(404, 422, 500, 503))
def get(desk: TheDesk, code: Annotated[str, Path(max_length=40)], date: On = None) -> Answer:
    """The code in every system that knows it: the system is never guessed from the shape."""
    on = read_date(date, "date") or desk.today()
    return Answer(date=on.isoformat(), matches=list(find_code(desk.coder.terminology, code, on)))


@router.get("/terminology", responses=problems(500, 503))
def list_editions(desk: TheDesk) -> list[Edition]:
    """The table editions on hand, each with its content checksum."""
    return list(desk.coder.editions())
