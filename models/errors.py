"""What the program cannot do. What is wrong with a *document* is a finding or a gap; these are failures.

OncodeError
├── InputError                 the caller sent something that cannot be coded (exit 2, HTTP 4xx)
│   ├── EmptyNote              no text
│   ├── NoteTooLarge           more text than one note may hold
│   ├── NotText                binary, or bytes in an unknown encoding
│   ├── UnknownSetting         setting is neither physician nor facility
│   ├── BadDate                not an ISO date
│   ├── BadRecord              a structured record or batch row that does not fit its schema
│   ├── UnknownProfile         no payer profile of that name
│   └── KeyReused              the idempotency key stands for another request
├── TerminologyError           the tables cannot answer (exit 2, HTTP 4xx)
│   ├── UnknownCode            the code is in no edition valid on that date
│   ├── BeforeFirstEdition     the date lies before the oldest edition held
│   ├── BadTable               a table that does not fit its layout, or overlapping editions
│   └── TerminologyUnavailable the built tables cannot be written or read
└── StoreError                 the case store cannot answer
    ├── CaseNotFound
    └── StoreUnavailable
"""

from __future__ import annotations

from datetime import date


class OncodeError(Exception):
    """Base of all. ``remedy`` says what the reader can do; no message ever holds note text."""

    title = "oncode cannot do this"
    status = 500

    def __init__(self, detail: str, remedy: str) -> None:
        super().__init__(f"{detail} {remedy}".strip())
        self.detail = detail
        self.remedy = remedy

    def __reduce__(self) -> tuple[object, ...]:
        # Typed constructors differ from the base's; errors must survive the process pool of a batch.
        return (_rebuild, (type(self), self.detail, self.remedy))


def _rebuild(kind: type[OncodeError], detail: str, remedy: str) -> OncodeError:
    error = kind.__new__(kind)
    OncodeError.__init__(error, detail, remedy)
    return error


class InputError(OncodeError):
    title = "Bad input"
    status = 422


class EmptyNote(InputError):
    title = "Empty note"

    def __init__(self, place: str) -> None:
        super().__init__(f"{place} holds no text.", "Send the note's text.")


class NoteTooLarge(InputError):
    title = "Note too large"
    status = 413

    def __init__(self, place: str, limit: int) -> None:
        super().__init__(
            f"{place} holds more than {limit:,} characters, the most that one note may hold.",
            "Split the export into its notes and use `oncode batch`.",
        )


class NotText(InputError):
    title = "Not text"
    status = 415

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place} is not readable text: {reason}.", "Save it as plain text in UTF-8.")


class UnknownSetting(InputError):
    title = "Unknown setting"

    def __init__(self, setting: str) -> None:
        super().__init__(
            f"Setting {setting!r} is unknown.", "Use 'physician' (office) or 'facility' (hospital outpatient)."
        )


class BadDate(InputError):
    title = "Bad date"

    def __init__(self, place: str, value: str) -> None:
        super().__init__(f"{place}: {value!r} is not a date.", "Write it as YYYY-MM-DD.")


class BadRecord(InputError):
    title = "Bad record"

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}.", "See `oncode code --help` for the record's shape.")


class UnknownProfile(InputError):
    title = "Unknown payer profile"

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"No payer profile is called {name!r}.", f"Known profiles: {', '.join(known)}.")


class KeyReused(InputError):
    title = "Idempotency key reused"
    status = 409

    def __init__(self) -> None:
        super().__init__("This idempotency key was used for another request.", "Send a new key with a new request.")


class TerminologyError(OncodeError):
    title = "Terminology cannot answer"
    status = 422


class UnknownCode(TerminologyError):
    """The code is in no edition of the code system valid on that date."""

    title = "Unknown code"
    status = 404

    def __init__(self, system: str, code: str, on: date | None) -> None:
        when = f" on {on:%Y-%m-%d}" if on else ""
        super().__init__(f"{system} has no code {code!r}{when}.", "Check the code and the date of service.")


class BeforeFirstEdition(TerminologyError):
    title = "Date before the oldest edition"

    def __init__(self, table: str, on: date, oldest: date) -> None:
        super().__init__(
            f"{table} on hand begins {oldest:%Y-%m-%d}; the date of service is {on:%Y-%m-%d}.",
            "Load an older edition, or check the date of service.",
        )


class BadTable(TerminologyError):
    title = "Table cannot be loaded"
    status = 500

    def __init__(self, table: str, place: str, reason: str) -> None:
        super().__init__(f"Table {table}, {place}: {reason}.", "Restore the file or correct the row.")


class TerminologyUnavailable(TerminologyError):
    title = "Terminology unavailable"
    status = 503

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(
            f"The built terminology at {place}: {reason}.", "Set ONCODE_HOME to a writable folder, or delete the file."
        )


class StoreError(OncodeError):
    title = "Case store"


class CaseNotFound(StoreError):
    title = "No such case"
    status = 404

    def __init__(self, case_id: str) -> None:
        super().__init__(f"No case has the id {case_id!r}.", "Take the id from the work list.")


class StoreUnavailable(StoreError):
    title = "Case store unavailable"
    status = 503

    def __init__(self, reason: str) -> None:
        super().__init__(f"The case store cannot be reached: {reason}.", "Check ONCODE_DATABASE and try again.")
