"""The repository of coded cases. Pure in time: the caller says when a case arrived and what it is called."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import Session, col, select

from models.case import Case
from models.errors import CaseNotFound, KeyReused, StoreUnavailable
from models.record import Record
from models.store.engine import open_engine
from models.store.table import CaseRow


class CaseSummary(Record):
    """One row of the work list."""

    number: int  # order of arrival, the cursor of a list
    id: str
    note_id: str
    received_at: datetime  # UTC
    date_of_service: date | None
    setting: str
    profile: str
    lines: int
    diagnoses: int
    gaps: int


class RequestKey(Record):
    """A caller's name for one request, so that sending it again is safe, and a digest of what was sent."""

    name: str
    digest: str


class CaseStore:
    """Cases in a database. Every method raises ``StoreUnavailable`` when the database fails."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> CaseStore:
        """The store at ``url``, made when missing.

        Raises:
            StoreUnavailable: see ``open_engine``.
        """
        return cls(open_engine(url))

    def add(self, case: Case, case_id: str, received_at: datetime, key: RequestKey | None = None) -> CaseSummary:
        """Keep ``case`` under the new ``case_id``; on return it is on the disk.

        With a ``key`` that another request with the same content has won in the meantime, that one's case is returned.

        Raises:
            KeyReused: the key stands for another request.
        """
        row = CaseRow(
            id=case_id,
            note_id=case.note.id,
            received_at=received_at,
            date_of_service=case.date_of_service,
            setting=case.setting,
            profile=case.profile,
            lines=len(case.lines),
            diagnoses=sum(diagnosis.status == "active" for diagnosis in case.facts.diagnoses),
            gaps=len(case.gaps),
            document=case.model_dump_json(),
            idempotency_key=key.name if key else None,
            request_digest=key.digest if key else None,
        )
        try:
            with Session(self._engine) as session:
                session.add(row)
                session.commit()
                return _summarise(row)
        except SQLAlchemyError as error:
            if key and isinstance(error, IntegrityError) and (won := self.find_key(key)):
                return won
            raise StoreUnavailable(type(error).__name__) from error

    def find_key(self, key: RequestKey) -> CaseSummary | None:
        """The case that the same request made before, None when the key is new.

        Raises:
            KeyReused: the key stands for another request.
        """
        try:
            with Session(self._engine) as session:
                row = session.exec(select(CaseRow).where(CaseRow.idempotency_key == key.name)).one_or_none()
        except SQLAlchemyError as error:
            raise StoreUnavailable(type(error).__name__) from error
        if row is not None and row.request_digest != key.digest:
            raise KeyReused
        return _summarise(row) if row is not None else None

    def get(self, case_id: str) -> Case:
        """The case as it was added, checked again on the way out.

        Raises:
            CaseNotFound: no case has that id.
            StoreUnavailable: also when the document kept there no longer fits the records.
        """
        try:
            with Session(self._engine) as session:
                row = session.exec(select(CaseRow).where(CaseRow.id == case_id)).one_or_none()
        except SQLAlchemyError as error:
            raise StoreUnavailable(type(error).__name__) from error
        if row is None:
            raise CaseNotFound(case_id)
        try:
            return Case.model_validate_json(row.document)
        except ValidationError:
            raise StoreUnavailable("the case was written by another version of oncode") from None

    def recent(self, limit: int, before: int | None = None) -> tuple[CaseSummary, ...]:
        """Up to ``limit`` summaries, newest first; ``before`` is the ``number`` that the last page ended with."""
        query = select(CaseRow).order_by(col(CaseRow.number).desc()).limit(limit)
        if before is not None:
            query = query.where(col(CaseRow.number) < before)
        try:
            with Session(self._engine) as session:
                return tuple(_summarise(row) for row in session.exec(query))
        except SQLAlchemyError as error:
            raise StoreUnavailable(type(error).__name__) from error

    def find_note(self, note_id: str) -> str | None:
        """Id of the newest case coded from the note called ``note_id``."""
        query = select(CaseRow.id).where(CaseRow.note_id == note_id).order_by(col(CaseRow.number).desc()).limit(1)
        try:
            with Session(self._engine) as session:
                return session.exec(query).one_or_none()
        except SQLAlchemyError as error:
            raise StoreUnavailable(type(error).__name__) from error

    def close(self) -> None:
        self._engine.dispose()


def _summarise(row: CaseRow) -> CaseSummary:
    # By attribute: a row that was just committed reloads what is asked for, its dump would be empty.
    return CaseSummary.model_validate({name: getattr(row, name) for name in CaseSummary.model_fields})
