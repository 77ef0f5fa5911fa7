"""What the routes work with: the coder, the case store, clock and names. One for each running server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Request

from api.clock import make_id, now, today
from api.coder import Coder
from models.case import Case
from models.note import Note
from models.store.case import CaseStore, CaseSummary


@dataclass(frozen=True)
class Desk:
    coder: Coder
    store: CaseStore
    now: Callable[[], datetime] = now
    today: Callable[[], date] = today
    make_id: Callable[[], str] = make_id

    def keep(self, note: Note) -> tuple[CaseSummary, Case]:
        """Code a note and store the case; on return it is on the disk."""
        case = self.coder.code_note(note)
        return self.store.add(case, self.make_id(), self.now()), case


def _get_desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(_get_desk)]
