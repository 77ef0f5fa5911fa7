"""NDC layouts and the crosswalk by date."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminology.ndc import normalise_ndc
from terminology.store import Terminology
from tests.terminology.cases import read_cases

NDCS = read_cases("ndc")
PACKAGES = read_cases("package")


@pytest.mark.parametrize("case", NDCS, ids=[case["name"] for case in NDCS])
def test_normalise(case: dict[str, Any]) -> None:
    assert normalise_ndc(case["written"]) == case["ndc11"]


@given(st.sampled_from([(4, 4, 2), (5, 3, 2), (5, 4, 1), (5, 4, 2)]), st.integers(0, 10**11 - 1))
def test_no_digit_is_lost(layout: tuple[int, int, int], number: int) -> None:
    digits = str(number).zfill(sum(layout))[: sum(layout)]
    cuts = (digits[: layout[0]], digits[layout[0] : layout[0] + layout[1]], digits[layout[0] + layout[1] :])
    found = normalise_ndc("-".join(cuts))
    assert found is not None
    assert (int(found[:5]), int(found[5:9]), int(found[9:])) == tuple(int(cut) for cut in cuts)


@pytest.mark.parametrize("case", PACKAGES, ids=[case["name"] for case in PACKAGES])
def test_package(case: dict[str, Any], shipped: Terminology) -> None:
    package = shipped.ndc.get(case["ndc"], case["on"])
    if "hcpcs" not in case:
        assert package is None
        return
    assert package is not None
    assert (package.hcpcs, package.units_per_package, package.edition) == (
        case["hcpcs"],
        case["units"],
        case["edition"],
    )


def test_packages_that_left_the_crosswalk_name_their_edition(shipped: Terminology) -> None:
    """The October 2025 list has more packages than that of January 2026."""
    left = {package.ndc11 for package in shipped.ndc.packages("J9035", date(2025, 12, 1))}
    assert left
    for ndc in left:
        package = shipped.ndc.get(ndc, date(2026, 2, 11))
        assert package is not None
        assert package.hcpcs == "J9035"


def test_several_codes_of_one_package_are_all_told(shipped: Terminology) -> None:
    saline = next(iter(shipped.ndc.packages("J7030", date(2026, 2, 11))))
    package = shipped.ndc.get(saline.ndc11, date(2026, 2, 11))
    assert package is not None
    assert "J7030" in (package.hcpcs, *package.alternatives)
