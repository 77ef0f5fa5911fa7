"""Whether the process lives, and whether it can work."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from api.desk import TheDesk
from api.problem import problems

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: str


@router.get("/livez")
def live() -> Health:
    """The process answers."""
    return Health(status="ok")


@router.get("/readyz", responses=problems(500, 503))
def ready(desk: TheDesk) -> Health:
    """Terminology and case store answer too."""
    desk.coder.editions()
    desk.store.recent(1)
    return Health(status="ok")
