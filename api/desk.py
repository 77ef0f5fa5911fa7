"""What the routes work with: the coder, the case store, clock and names. One for each running server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Request

from api.clock import make_id, now, today
from api.coder import Coder
from models.note import Note
from models.store.case import CaseStore, CaseSummary, RequestKey


@dataclass(frozen=True)
class Desk:
    coder: Coder
    store: CaseStore
    now: Callable[[], datetime] = now
    today: Callable[[], date] = today
    make_id: Callable[[], str] = make_id

    def keep(self, note: Note, key: str | None = None) -> CaseSummary:
        """Code a note and store the case; on return it is on the disk.

        The same note sent again under the same ``key`` gives the case that it made the first time.

        Raises:
            KeyReused: the key was used for another note.
        """
        request = RequestKey(name=key, digest=sha256(note.model_dump_json().encode()).hexdigest()) if key else None
        if request and (known := self.store.find_key(request)):
            return known
        return self.store.add(self.coder.code_note(note), self.make_id(), self.now(), request)


def _get_desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(_get_desk)]
