"""Facts given as data instead of text: the records of ``oncode code --facts`` (gold-schema.md, "Structured input").

What cannot be read is refused with the place in the record; nothing is guessed from a key that does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, cast, get_args

from pydantic import ValidationError

from models.errors import BadRecord
from models.fact import (
    Administration,
    AdministrationStatus,
    Biomarker,
    Category,
    Container,
    Diagnosis,
    Facts,
    GenomicTest,
    Pathology,
    Procedure,
    Segment,
    Staging,
    StatedCode,
    Technique,
    Visit,
)
from models.note import Setting
from terminology.drug import DrugDictionary

# Stands for the day in clock times of a record without a date of service.
UNDATED = date(1900, 1, 1)

_ROUTES = {
    "iv": "IV", "intravenous": "IV", "ivp": "IV", "ivpb": "IV", "pump": "IV",
    "sc": "SC", "sq": "SC", "subq": "SC", "subcut": "SC", "subcutaneous": "SC",
    "im": "IM", "intramuscular": "IM", "po": "PO", "oral": "PO", "it": "intrathecal", "ip": "intraperitoneal",
}  # fmt: skip
_TECHNIQUES = {
    "instillation": "other", "port flush": "other", "flush": "other", "transfusion": "other", "on-body": "other",
    "on-body injector": "other", "bolus": "push", "ivp": "push", "iv push": "push", "ivpb": "infusion",
    "piggyback": "infusion", "pump": "prolonged-infusion", "pump start": "prolonged-infusion",
    "pump refill": "pump-refill",
}  # fmt: skip
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?")
_UNIT = re.compile(r"(?:up to )?([\d.]+)\s*(.+)")


class Structured(NamedTuple):
    """One record as read; ``setting`` and ``payer`` are None where the record does not say."""

    id: str
    facts: Facts
    setting: Setting | None
    date_of_service: date | None
    payer: str | None


def read_facts(record: Mapping[str, Any]) -> Structured:
    """Facts of one structured record.

    Administrations stand under ``facts.administrations`` or at the top. ``setting`` "either" is the physician's.

    Raises:
        BadRecord: a value of the wrong kind, with its place (``administrations[2].dose``).
    """
    if not isinstance(record, Mapping):
        raise BadRecord("record", "not an object")
    body = _mapping(record.get("facts"), "facts")
    day = _read_date(record.get("date_of_service", record.get("date")), "date_of_service")
    rows = _list(record.get("administrations", body.get("administrations")), "administrations")
    payer = _text(record.get("payer", body.get("payer")), "payer")
    return Structured(
        id=str(record.get("id", "")),
        facts=Facts(
            visit=Visit(
                date_of_service=day,
                payer=payer,
                purpose=_text(body.get("purpose"), "facts.purpose"),
                em=_text(body.get("em"), "facts.em"),
            ),
            administrations=_Administrations(body, day).read(rows),
            procedures=_read_procedures(body),
            diagnoses=_read_all(Diagnosis, body, "diagnoses"),
            staging=_read_all(Staging, body, "staging"),
            pathology=_read_all(Pathology, body, "pathology"),
            biomarkers=_read_all(Biomarker, body, "biomarkers"),
            genomic_tests=_read_all(GenomicTest, body, "genomic_tests"),
        ),
        setting=_read_setting(record.get("setting")),
        date_of_service=day,
        payer=payer,
    )


class _Administrations:
    """Reads the rows of one record: a row that names the drugs of one bag becomes one administration a drug."""

    def __init__(self, body: Mapping[str, Any], day: date | None) -> None:
        self.body = body
        self.day = day or UNDATED
        self.names: list[str] = []

    def read(self, rows: list[Any]) -> tuple[Administration, ...]:
        found: list[Administration] = []
        first_of: dict[int, int] = {}  # row -> its first administration
        for number, item in enumerate(rows):
            place = f"administrations[{number}]"
            row = _mapping(item, place)
            first_of[number] = len(found)
            found.extend(self._read_row(row, place, number))
        return tuple(self._point(item, first_of) for item in found)

    def _point(self, item: Administration, first_of: dict[int, int]) -> Administration:
        """``concurrent_with`` as an index into the administrations that were read."""
        other = item.concurrent_with
        if other is None or not other.isdigit():
            return item
        return item.model_copy(update={"concurrent_with": str(first_of.get(int(other), other))})

    def _read_row(self, row: Mapping[str, Any], place: str, number: int) -> list[Administration]:
        written = _text(row.get("drug"), f"{place}.drug")
        if not written:
            raise BadRecord(f"{place}.drug", "missing")
        shared = row.get("same_bag")
        parts = [part.strip() for part in re.sub(r"\(.*?bag.*?\)", "", written).split("+")] if shared else [written]
        bag = _text(row.get("bag"), f"{place}.bag")
        if bag is None and shared:
            bag = f"row {number}" if len(parts) > 1 else shared if isinstance(shared, str) else "shared"
        return [self._read_one(row, place, part, bag, alone=len(parts) == 1) for part in parts]

    def _read_one(
        self, row: Mapping[str, Any], place: str, written: str, bag: str | None, *, alone: bool
    ) -> Administration:
        category = _choice(row.get("category"), Category, f"{place}.category")
        technique = _read_technique(row.get("technique"), f"{place}.technique")
        hydration = category == "hydration" or technique == "hydration"
        purpose = _text(row.get("purpose"), f"{place}.purpose")
        if hydration and "purpose" not in row:
            # A record that calls a fluid hydration states the service; an explicit null says that no reason is given.
            purpose = _text(self.body.get("reason_for_fluid"), "facts.reason_for_fluid") or "hydration"
        day = row.get("day")
        if day is not None and (isinstance(day, bool) or not isinstance(day, int) or day < 1):
            raise BadRecord(f"{place}.day", "not a day number from 1")
        base = self.day + timedelta(days=(day or 1) - 1)
        volume = _number(row.get("volume_ml"), f"{place}.volume_ml")
        rate = _number(row.get("rate_ml_h"), f"{place}.rate_ml_h")
        name = self._name(written)
        self.names.append(name)
        return Administration(
            drug=name,
            written=written,
            dose=_number(row.get("dose"), f"{place}.dose") if alone else None,
            unit=_text(row.get("unit"), f"{place}.unit"),
            route=_read_route(row.get("route"), f"{place}.route"),
            technique=technique,
            start=_read_time(row.get("start"), base, f"{place}.start"),
            stop=_read_time(row.get("stop"), base, f"{place}.stop"),
            site=_read_site(row, place),
            discarded=_number(row.get("discarded"), f"{place}.discarded"),
            discarded_unit=_text(row.get("discarded_unit"), f"{place}.discarded_unit"),
            ndc=_text(row.get("ndc"), f"{place}.ndc"),
            status=_choice(row.get("status") or "given", AdministrationStatus, f"{place}.status"),
            container=_choice(row.get("container"), Container, f"{place}.container"),
            containers=_read_containers(row.get("containers"), f"{place}.containers"),
            container_unit=_text(row.get("container_unit"), f"{place}.container_unit"),
            volume_ml=volume,
            rate_ml_h=rate,
            # The record's volume is the volume given: with a rate it stands for a bag that ran in full.
            fully_infused=_flag(
                row.get("fully_infused", volume is not None and rate is not None), f"{place}.fully_infused"
            ),
            purpose=purpose,
            ordered=_flag(row["ordered"], f"{place}.ordered") if row.get("ordered") is not None else None,
            owner=_choice(row.get("owner"), ("clinic", "patient"), f"{place}.owner"),
            pump_hours=_number(row.get("pump_hours"), f"{place}.pump_hours"),
            stop_reason=_text(row.get("discontinued_reason"), f"{place}.discontinued_reason"),
            minutes=_number(row.get("minutes"), f"{place}.minutes"),
            ordered_minutes=_number(row.get("ordered_minutes"), f"{place}.ordered_minutes"),
            segments=_read_segments(row.get("segments"), base, f"{place}.segments"),
            interruptions=_read_segments(row.get("interruptions"), base, f"{place}.interruptions"),
            category=category,
            hormonal=_flag(row.get("hormonal", False), f"{place}.hormonal"),
            concurrent_with=self._read_other(row.get("concurrent_with"), f"{place}.concurrent_with"),
            bag=bag,
            encounter=_label(row.get("encounter"), f"{place}.encounter"),
            day=day,
            discontinued=_flag(row.get("discontinued", False), f"{place}.discontinued"),
            stated_code=_read_stated_code(row, place),
        )

    def _name(self, written: str) -> str:
        """Canonical name; "same X" is the X named before; an unknown agent keeps its own words."""
        text = " ".join(written.lower().split())
        if text.startswith("same ") and text.removeprefix("same ") in self.names:
            return text.removeprefix("same ")
        return canonical_drug(text)

    def _read_other(self, value: Any, place: str) -> str | None:
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        text = _text(value, place)
        return canonical_drug(text.lower()) if text else None


def canonical_drug(text: str) -> str:
    """The dictionary's name for a drug as written; the text itself where the dictionary does not know it."""
    drugs = DrugDictionary.load()
    bare = re.sub(r"\s*\([^()]*\)", "", text).strip()
    inside = [str(item) for item in re.findall(r"\(([^()]*)\)", text)]
    words = bare.split()
    tries = [
        text,
        bare,
        bare.replace(" and ", "-"),
        *inside,
        *(" ".join(words[:n]) for n in range(len(words) - 1, 0, -1)),
    ]
    for item in tries:
        if drugs.get(item):
            return item
        alias = drugs.alias(item)
        if alias:
            return alias.drug
    return text


def _read_procedures(body: Mapping[str, Any]) -> tuple[Procedure, ...]:
    """Stated procedures, and the two that the published records name by a flag."""
    flags = (("lumbar_puncture", "lumbar-puncture"), ("thoracentesis", "thoracentesis"))
    named = tuple(Procedure(kind=kind) for key, kind in flags if body.get(key) is True)
    return named + _read_all(Procedure, body, "procedures")


def _read_all(model: type[Any], body: Mapping[str, Any], key: str) -> tuple[Any, ...]:
    found = []
    for number, row in enumerate(_list(body.get(key), f"facts.{key}")):
        place = f"facts.{key}[{number}]"
        known = {name: value for name, value in _mapping(row, place).items() if name in model.model_fields}
        try:
            found.append(model.model_validate(known))
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise BadRecord(f"{place}.{where}", error.errors()[0]["msg"]) from None
    return tuple(found)


def _read_setting(value: Any) -> Setting | None:
    if value in (None, ""):
        return None
    if value == "either":
        return "physician"
    if value not in get_args(Setting):
        raise BadRecord("setting", "neither physician, facility nor either")
    return cast(Setting, value)


def _read_date(value: Any, place: str) -> date | None:
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise BadRecord(place, "not a date as YYYY-MM-DD") from None


def _read_time(value: Any, base: date, place: str) -> datetime | None:
    if value in (None, ""):
        return None
    text = str(value)
    clock = _CLOCK.fullmatch(text)
    try:
        if clock:
            return datetime(base.year, base.month, base.day, int(clock[1]), int(clock[2]))
        return datetime.fromisoformat(text).replace(second=0, microsecond=0)
    except ValueError:
        raise BadRecord(place, "not a time as HH:MM or ISO 8601") from None


def _read_segments(value: Any, base: date, place: str) -> tuple[Segment, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise BadRecord(place, "not a list of start and stop pairs")
    found = []
    for number, item in enumerate(value):
        pair = (
            (item.get("start"), item.get("stop"))
            if isinstance(item, Mapping)
            else tuple(item)
            if isinstance(item, list)
            else ()
        )
        if len(pair) != 2:
            raise BadRecord(f"{place}[{number}]", "not a start and a stop")
        start, stop = (_read_time(moment, base, f"{place}[{number}]") for moment in pair)
        if start is None or stop is None or stop < start:
            raise BadRecord(f"{place}[{number}]", "not a start and a later stop")
        found.append(Segment(start=start, stop=stop))
    return tuple(found)


def _read_route(value: Any, place: str) -> str | None:
    text = _text(value, place)
    return _ROUTES.get(text.lower(), text) if text else None


def _read_technique(value: Any, place: str) -> Technique | None:
    text = _text(value, place)
    return _choice(_TECHNIQUES.get(text.lower(), text.lower()), Technique, place) if text else None


def _read_site(row: Mapping[str, Any], place: str) -> str | None:
    if row.get("pump") == "implantable":
        return "implanted pump"
    site = _text(row.get("site"), f"{place}.site")
    return None if site in (None, "single") else site


def _read_containers(value: Any, place: str) -> tuple[tuple[Decimal, int], ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, list) and len(item) == 2 for item in value):
        raise BadRecord(place, "not a list of [amount, number]")
    found = []
    for number, (amount, count) in enumerate(value):
        size = _number(amount, f"{place}[{number}]")
        if size is None or isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise BadRecord(f"{place}[{number}]", "not [amount, number]")
        found.append((size, count))
    return tuple(found)


def _read_stated_code(row: Mapping[str, Any], place: str) -> StatedCode | None:
    """``code`` with ``code_unit`` ("10 mg"): for a product that no table knows."""
    code = _text(row.get("code"), f"{place}.code")
    if not code:
        return None
    match = _UNIT.fullmatch(_text(row.get("code_unit"), f"{place}.code_unit") or "")
    if not match:
        raise BadRecord(f"{place}.code_unit", "a stated code needs its unit, as in '10 mg'")
    return StatedCode(code=code, amount=Decimal(match[1]), unit=match[2])


def _mapping(value: Any, place: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadRecord(place, "not an object")
    return value


def _list(value: Any, place: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadRecord(place, "not a list")
    return value


def _text(value: Any, place: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadRecord(place, "not text")
    return value.strip() or None


def _label(value: Any, place: str) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value, place)


def _flag(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise BadRecord(place, "neither true nor false")
    return value


def _number(value: Any, place: str) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise BadRecord(place, "not a number")
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise BadRecord(place, "not a number") from None
    if not amount.is_finite() or amount < 0:
        raise BadRecord(place, "not a number from 0")
    return amount


def _choice(value: Any, choices: Any, place: str) -> Any:
    """One of the choices (a tuple, or a Literal type); None stays None."""
    allowed = choices if isinstance(choices, tuple) else get_args(choices)
    if value is None or value in allowed:
        return value
    raise BadRecord(place, f"none of {', '.join(str(item) for item in allowed)}")
