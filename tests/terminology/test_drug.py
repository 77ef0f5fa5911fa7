"""The drug dictionary against a coder's table, against HCPCS, and against ordinary words."""

from __future__ import annotations

import csv
import gzip
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from models.errors import BadTable
from terminology import drug_table
from terminology.drug import Alias, DrugDictionary, Product
from terminology.unit import read_billing_unit

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "terminology"
HCPCS = max((ROOT / "terminology" / "data" / "hcpcs").iterdir())
DRUGS = DrugDictionary.load()

# Descriptors without a quantity, or with several, and how a dose of that drug is charted (labels, naming conventions).
REVIEWED_UNITS = {
    "J9015": "22000000 unit",  # "per single use vial": 22 million units
    "J9266": "3750 unit",  # "per single dose vial": 3,750 units
    "C9113": "40 mg",  # "per vial": 40 mg
    "J0850": "1 vial",
    "J1454": "235 mg or 1 vial",
    "J8655": "1 capsule",
    "J9298": "3 mg or 4 mg",  # 3 mg nivolumab with 1 mg relatlimab, charted by nivolumab or as the sum
    "J2865": "1 mg",  # dosed by its trimethoprim
    "J3471": "1 unit",
    "P9047": "12.5 g or 50 mL",
    "P9045": "12.5 g or 250 mL",
    "Q9991": "1 dose",  # one injection of 100 mg or less
    "Q9992": "1 dose",  # one injection of more than 100 mg
    "J0577": "1 dose",
    "A9543": "1 dose",
    "A9604": "150 mCi",
}


def rows_of(name: str) -> list[Any]:
    sections = yaml.safe_load((CASES / name).read_text(encoding="utf-8"))["sections"]
    return [row for rows in sections.values() for row in rows]


def alias_in(written: str) -> Alias:
    """The longest alias standing in the wording, as the reader finds it."""
    text = written.lower()
    found = [a for a in DRUGS.aliases() if re.search(rf"(?<!\w){re.escape(a.text)}(?!\w)", text)]
    return max(found, key=lambda alias: (len(alias.text), DRUGS.get(alias.drug) is not None))


@pytest.mark.parametrize("row", rows_of("drug_product.yaml"))
def test_product_of_a_mention(row: str) -> None:
    wording, route, day, drug, code, unit, *rest = (cell.strip() for cell in row.split(" | "))
    written, _, charted = wording.partition(" [")
    dose, _, dose_unit = charted.rstrip("]").partition(" ")
    found = DRUGS.resolve(
        alias_in(written).drug,
        written=written,
        route=None if route == "null" else route,
        on=date.fromisoformat(day),
        dose=Decimal(dose) if dose else None,
        unit=dose_unit or None,
    )
    product = found.candidate
    assert found.drug == drug
    assert (product.code if product else "none") == code
    assert (f"{product.unit_amount} {product.unit}" if product else "-") == unit
    if rest:
        assert found.decided_by == rest[0]
    if code != "none":
        assert found.ambiguous == ("ambiguous" in rest)


def test_enough_cases() -> None:
    assert len(rows_of("drug_product.yaml")) >= 150


def test_unnamed_biosimilar_lists_what_it_may_be() -> None:
    found = DRUGS.resolve("bevacizumab", "bevacizumab biosimilar", "IV", date(2026, 3, 1))
    assert {row.code for row in found.candidates} >= {"Q5107", "Q5118", "Q5126", "Q5129"}
    assert "J9035" not in {row.code for row in found.candidates}


def test_ndc_beats_the_brand() -> None:
    on = date(2026, 3, 1)
    assert (
        DRUGS.resolve("trastuzumab", "Herceptin", "IV", on, "x", "Q5117").candidate
        == DRUGS.products("trastuzumab-anns", on)[0]
    )
    assert DRUGS.resolve("pemetrexed", "pemetrexed (Teva)", "IV", on, "x", "J9305").decided_by == "ndc"


def test_ndc_of_another_drug_is_not_used() -> None:
    found = DRUGS.resolve("trastuzumab", "Herceptin", "IV", date(2026, 3, 1), "x", "J1100")
    assert found.ndc_conflict
    assert found.candidate is not None
    assert found.candidate.code == "J9355"


def test_unknown_drug_resolves_to_nothing() -> None:
    assert DRUGS.resolve("no such drug", on=date(2026, 3, 1)).candidate is None
    assert DRUGS.get("no such drug") is None


@pytest.mark.parametrize(
    ("drug", "route", "written", "name"),
    [
        ("daratumumab", "SC", "Darzalex", "daratumumab-hyaluronidase"),
        ("daratumumab", "IV", "Darzalex", "daratumumab"),
        ("daratumumab", None, None, "daratumumab"),
        ("doxorubicin", "IV", "doxorubicin liposomal", "liposomal doxorubicin"),
        ("doxorubicin", "IV", "doxorubicin", "doxorubicin"),
        ("aprepitant", "IV", "Emend", "fosaprepitant"),
        ("aprepitant", "PO", "Emend", "aprepitant"),
        ("trastuzumab", "IV", "trastuzumab (Kanjinti)", "trastuzumab-anns"),
    ],
)
def test_name_follows_route_and_wording(drug: str, route: str | None, written: str | None, name: str) -> None:
    assert DRUGS.name_for(drug, route, written) == name


@pytest.mark.parametrize("row", rows_of("drug_name.yaml"))
def test_name_of_a_wording(row: str) -> None:
    written, name, *marks = (cell.strip() for cell in row.split(" | "))
    alias = DRUGS.alias(written)
    assert alias is not None
    assert alias.drug == name
    assert alias.brand == ("brand" in marks)
    assert alias.ambiguous == ("short" in marks)


@pytest.mark.parametrize("row", rows_of("drug_class.yaml"))
def test_class_of_a_drug(row: str) -> None:
    name, category, encounter, *marks = (cell.strip() for cell in row.split(" | "))
    drug = DRUGS.get(name)
    assert drug is not None
    assert (drug.category, drug.encounter or "-") == (category, encounter)
    assert drug.hormonal == ("hormonal" in marks)
    assert drug.vesicant == ("vesicant" in marks)


# ---- the tables as a whole


def test_every_alias_names_a_drug_once() -> None:
    texts = [alias.text for alias in DRUGS.aliases()]
    assert len(texts) == len(set(texts))
    for alias in DRUGS.aliases():
        assert alias.text == alias.text.lower().strip()
        assert DRUGS.get(alias.drug) is not None, alias.text


def test_every_canonical_name_is_an_alias_of_itself() -> None:
    for drug in DRUGS.drugs():
        alias = DRUGS.alias(drug.name)
        assert alias is not None
        assert alias.drug == drug.name


def test_every_relation_names_a_drug() -> None:
    for drug in DRUGS.drugs():
        assert DRUGS.get(drug.ingredient) is not None, drug.name
        assert drug.sc_twin is None or DRUGS.get(drug.sc_twin) is not None, drug.name


def test_every_injected_antineoplastic_has_a_product() -> None:
    for drug in DRUGS.drugs():
        if drug.antineoplastic and drug.category != "oral":
            assert all_products(drug.name), drug.name


def test_one_default_at_a_time() -> None:
    for on in (date(2018, 6, 1), date(2022, 6, 1), date(2025, 6, 1), date(2026, 3, 1), date(2026, 12, 1)):
        for drug in DRUGS.drugs():
            defaults = [
                p.routes for p in DRUGS.products(drug.name, on) if p.is_default and not p.doses and not p.per_package_ml
            ]
            assert len(defaults) == len(set(defaults)), (drug.name, on)


def test_biosimilar_suffix_only_for_biosimilars() -> None:
    for drug in DRUGS.drugs():
        if re.search(r"-(?!alfa|beta)[a-z]{4}$", drug.name) and drug.name not in ("fam-trastuzumab", "interferon"):
            assert drug.ingredient != drug.name, drug.name


def all_products(name: str) -> list[Product]:
    return [row for row in drug_table.read_products() if row.drug == name]


def hcpcs() -> dict[str, dict[str, str]]:
    with gzip.open(HCPCS / "codes.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


def published_unit(row: dict[str, str]) -> str | None:
    """Billing unit as the HCPCS loader has it; None for a descriptor without text or quantity."""
    with (HCPCS / "units_reviewed.csv").open(encoding="utf-8", newline="") as file:
        reviewed = {line["code"]: f"{line['amount']} {line['unit']}" for line in csv.DictReader(file)}
    read = read_billing_unit(row["description"])
    return reviewed.get(row["code"]) or (f"{read.amount} {read.unit.replace('IU', 'unit')}" if read else None)


def test_every_code_and_unit_stands_in_hcpcs() -> None:
    known = hcpcs()
    without_quantity: set[str] = set()
    for product in drug_table.read_products():
        if product.noc or product.code.isdigit():  # CPT numbers of vaccines
            continue
        assert product.code in known, product.code
        unit = f"{product.unit_amount} {product.unit}"
        if product.code in REVIEWED_UNITS:
            assert unit in REVIEWED_UNITS[product.code].split(" or "), product.code
            continue
        published = published_unit(known[product.code])
        if published is None:
            without_quantity.add(product.code)
            continue
        assert unit == published, product.code
        read = read_billing_unit(known[product.code]["description"])
        assert read is None or product.up_to == read.up_to, product.code
    # blood components ("each unit"), cell therapies, and codes of 2026 whose long text is not published yet
    assert all(code[0] in "PQ" or not known[code]["description"] for code in without_quantity), without_quantity


def test_every_code_was_valid_when_the_table_says_so() -> None:
    known = hcpcs()
    for product in drug_table.read_products():
        row = known.get(product.code)
        if row is None or product.noc:
            continue
        began = product.valid_from or date.min
        assert began >= date.fromisoformat(row["valid_from"] or "0001-01-01"), product.code
        if row["valid_to"]:
            assert product.valid_to is not None, product.code
            assert product.valid_to <= date.fromisoformat(row["valid_to"]), product.code


def test_row_with_a_missing_cell_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "guard.csv").write_text("word,near,source\npolicy\n", encoding="utf-8")
    monkeypatch.setattr(drug_table, "FOLDER", tmp_path)
    with pytest.raises(BadTable, match="row 2"):
        drug_table.read_guard()
    with pytest.raises(BadTable, match="missing"):
        drug_table.read_drugs()


def test_loads_without_the_store() -> None:
    """A process that only needs drug names never opens the terminology database."""
    code = "import sys, terminology.drug as d; d.DrugDictionary.load(); sys.exit('terminology.store' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


# ---- spelling


@pytest.mark.parametrize("row", rows_of("drug_spelling.yaml"))
def test_misspelling_is_corrected(row: str) -> None:
    written, meant = (cell.strip() for cell in row.split(" | "))
    assert DRUGS.correct(written) == meant


def ordinary_words() -> list[str]:
    return (CASES / "drug_ordinary_word.txt").read_text(encoding="utf-8").split()


def test_ordinary_words_never_become_drugs() -> None:
    words = ordinary_words()
    assert len(words) >= 200
    assert [(word, DRUGS.correct(word)) for word in words if DRUGS.correct(word)] == []


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", max_size=5))
def test_short_words_are_never_corrected(word: str) -> None:
    found = DRUGS.correct(word)
    assert found is None or found == word


@given(st.sampled_from([alias.text for alias in DRUGS.aliases() if alias.kind == "brand" and not alias.ambiguous]))
def test_a_right_spelling_stays(text: str) -> None:
    assert DRUGS.correct(text) == text


@given(st.sampled_from(DRUGS.drugs()), st.dates(date(2010, 1, 1), date(2027, 1, 1)))
def test_every_candidate_was_valid_that_day(drug: Any, on: date) -> None:
    for product in DRUGS.resolve(drug.name, on=on).candidates:
        assert product.is_valid(on)
