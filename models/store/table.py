"""The tables. They validate nothing (``table=True`` never does): only ``models.store.case`` writes to them."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, SQLModel


class CaseRow(SQLModel, table=True):
    """One coded note. ``document`` is the case as JSON; the columns beside it repeat what the work list shows."""

    __tablename__ = "case"

    number: int | None = Field(default=None, primary_key=True)  # order of arrival
    id: str = Field(unique=True)  # opaque: it stands in addresses
    note_id: str
    received_at: datetime  # UTC
    date_of_service: date | None
    setting: str
    profile: str
    lines: int
    diagnoses: int
    gaps: int
    idempotency_key: str | None = Field(default=None, unique=True)
    request_digest: str | None = None  # of the request that the key was sent with
    document: str
