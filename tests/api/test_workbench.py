"""The pages: the note is shown untouched with its evidence, everything is escaped, and bad input keeps the form."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.desk import Desk
from api.workbench.page import STATIC
from models.case import Case
from models.fact import Administration, Facts
from models.line import Line, Step
from models.note import Note
from models.span import Evidence, Span
from tests.api.example import CASE, SAMPLE, TEXT, ExampleCoder

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
def case_page(client: TestClient) -> str:
    client.post("/v1/cases", json={"text": TEXT, "id": "folfox-office"})
    response = client.get("/cases/case1")
    assert response.status_code == 200
    return response.text


class _Note(HTMLParser):
    """Text of the note's rows and the marks in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[str] = []
        self.marks: list[tuple[int, str, str]] = []  # start, owners, text
        self._row = 0
        self._mark: tuple[int, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "div" and given.get("class") == "row":
            self.rows.append("")
            self._row = 1
        elif self._row and tag == "mark":
            self._mark = (int(given["data-start"] or ""), f"{given['data-for']} {given['data-near']}".strip())

    def handle_endtag(self, tag: str) -> None:
        if tag == "mark":
            self._mark = None
        elif tag == "div":
            self._row = 0

    def handle_data(self, data: str) -> None:
        if self._row:
            self.rows[-1] += data
            if self._mark:
                self.marks.append((*self._mark, data))


def read_note(page: str) -> _Note:
    reader = _Note()
    reader.feed(page)
    return reader


def test_the_page_shows_the_note_to_the_letter(case_page: str) -> None:
    assert (
        "\n".join(row.rstrip() for row in read_note(case_page).rows).rstrip()
        == "\n".join(row.rstrip() for row in TEXT.split("\n")).rstrip()
    )


def test_every_mark_stands_where_its_words_do(case_page: str) -> None:
    marks = read_note(case_page).marks
    assert marks
    for start, owners, text in marks:
        assert TEXT[start : start + len(text)] == text
        assert owners


def test_every_span_of_every_line_is_marked(case_page: str) -> None:
    marks = read_note(case_page).marks
    for line in CASE.lines:
        for item in line.evidence:
            for span in item.spans:
                inside = [m for m in marks if span.start <= m[0] < span.end and line.id in m[1].split()]
                assert "".join(text for _, _, text in inside) == span.quote


def test_marks_count_code_points(desk: Desk) -> None:
    """Characters beyond the basic plane are two units in a browser: the server must not depend on that."""
    text = "😀😀 zoledronic acid 4 mg 😀\r\nnaïve ﬁ\n"
    at = text.index("zoledronic")
    span = Span.cut(text, at, at + 15)

    class Astral(ExampleCoder):
        def code_note(self, note: Note) -> Case:
            given = Administration(drug="zoledronic acid", evidence=(Evidence(attribute="drug", spans=(span,)),))
            return Case(
                note=note, setting="physician", setting_source="default", date_of_service=None, profile="medicare",
                facts=Facts(administrations=(given,)),
            )  # fmt: skip

    client = TestClient(create_app(replace(desk, coder=Astral())), base_url="http://127.0.0.1")
    client.post("/v1/cases", json={"text": text})
    assert [mark[2] for mark in read_note(client.get("/cases/case1").text).marks] == ["zoledronic acid"]


def test_lines_gaps_and_reasons_are_on_the_page(case_page: str) -> None:
    page = html.unescape(case_page)
    for words in ("96413", "J9263", ">308<", ">JW<", "When did it end?", "stop at or after 12:16", "200 mg opened"):
        assert words in page
    assert "Encounter for antineoplastic chemotherapy" in page
    assert "Read, not coded (1)" in page


def test_the_timeline_draws_owned_excluded_and_open_time(case_page: str) -> None:
    chart = case_page[case_page.index("<svg") : case_page.index("</svg>")]
    assert "oxaliplatin, 09:40-10:20, 40 min: 96413" in chart
    assert "not counted: paused" in chart
    assert 'class="bar open' in chart
    assert "no stop time charted" in chart
    assert chart.count('class="lane"') == 3


def test_focus_works_without_script(client: TestClient, case_page: str) -> None:
    assert 'class="line lit"' not in case_page
    page = client.get("/cases/case1", params={"focus": "line-3"}).text
    lit = re.findall(r'<mark class="\w+ lit"[^>]*>([^<]*)</mark>', page)
    assert lit == ["oxaliplatin", "46 mg discarded"]


@pytest.mark.parametrize("focus", ["<script>", "line-1 x", "line-", "LINE-1"])
def test_focus_takes_only_names(client: TestClient, case_page: str, focus: str) -> None:
    assert client.get("/cases/case1", params={"focus": focus}).status_code == 422


def test_pasting_codes_and_shows_the_case(client: TestClient) -> None:
    response = client.post("/cases", data={"text": TEXT, "name": "my note", "setting": "physician"})
    assert response.history[0].status_code == 303
    assert "my note" in response.text
    assert client.get("/").text.count("my note") == 1


def test_line_breaks_of_a_form_are_those_of_the_note(client: TestClient) -> None:
    response = client.post("/cases", data={"text": TEXT.replace("\n", "\r\n")})
    assert "96413" in response.text


def test_a_file_can_be_chosen(client: TestClient) -> None:
    response = client.post("/cases", data={"text": ""}, files={"file": (SAMPLE.name, SAMPLE.read_bytes())})
    assert "folfox-office" in response.text
    assert "96413" in response.text


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        ({"text": ""}, 422, "holds no text"),
        ({"text": "Keep me", "setting": "clinic"}, 422, "physician"),
        ({"text": "Keep me", "date_of_service": "soon"}, 422, "YYYY-MM-DD"),
        ({"text": "Keep me" + "x" * 1_000_000}, 413, "1,000,000"),
    ],
)
def test_bad_forms_come_back_with_the_reason(client: TestClient, data: dict[str, str], status: int, words: str) -> None:
    response = client.post("/cases", data=data)
    assert response.status_code == status
    assert 'role="alert"' in response.text
    assert words in html.unescape(response.text)
    assert data["text"][:7] in response.text
    assert client.get("/v1/cases").json()["cases"] == []


def test_a_binary_file_is_refused(client: TestClient) -> None:
    response = client.post("/cases", data={"text": ""}, files={"file": ("scan.pdf", b"%PDF-1.7")})
    assert response.status_code == 415
    assert "it is a PDF" in response.text


def test_everything_from_outside_is_escaped(desk: Desk) -> None:
    text = f"note {SCRIPT}"
    span = Span.cut(text, 5, len(text))
    proof = (Evidence(attribute=SCRIPT, spans=(span,)),)

    class Hostile(ExampleCoder):
        def code_note(self, note: Note) -> Case:
            line = Line(
                id="line-1", system="CPT", code="96413", label=SCRIPT, units=1, modifiers=(SCRIPT,), evidence=proof,
                steps=(Step(rule=SCRIPT, citation=SCRIPT, statement=SCRIPT),),
            )  # fmt: skip
            given = Administration(drug=SCRIPT, site=SCRIPT, evidence=proof)
            return CASE.model_copy(
                update={"note": note, "lines": (line,), "facts": Facts(administrations=(given,)), "profile": SCRIPT}
            )

    client = TestClient(create_app(replace(desk, coder=Hostile())), base_url="http://127.0.0.1")
    client.post("/v1/cases", json={"text": text, "id": SCRIPT})
    for page in (client.get("/cases/case1").text, client.get("/").text):
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_unknown_case_is_a_page_for_people(client: TestClient) -> None:
    response = client.get("/cases/nope", headers={"accept": "text/html"})
    assert response.status_code == 404
    assert "To the work list" in response.text


def test_pages_with_notes_are_not_kept(client: TestClient, case_page: str) -> None:
    assert client.get("/cases/case1").headers["cache-control"] == "no-store"
    assert client.get("/").headers["cache-control"] == "no-store"


def test_the_reference_lists_every_operation(client: TestClient) -> None:
    page = client.get("/reference").text
    for path in client.get("/openapi.json").json()["paths"]:
        assert html.escape(path) in page


def test_older_cases_are_on_further_pages(client: TestClient) -> None:
    for at in range(52):
        client.post("/v1/cases", json={"text": "x", "id": f"n{at}"})
    first = client.get("/").text
    older = re.search(r'href="/\?before=(\d+)"', first)
    assert older
    assert "n0<" not in first
    assert "n0<" in client.get(f"/?before={older[1]}").text


def test_nothing_is_loaded_from_elsewhere(client: TestClient, case_page: str) -> None:
    pages = [case_page, client.get("/").text, *(path.read_text() for path in STATIC.iterdir())]
    for page in pages:
        assert not re.search(r"(src|href|url\()\s*=?\s*[\"']?(https?:)?//", page)
        assert "style=" not in page


def test_ids_on_the_page_are_unique(case_page: str) -> None:
    ids = re.findall(r'\bid="([^"]+)"', case_page)
    assert len(ids) == len(set(ids))


def colours_of(scheme: str) -> dict[str, str]:
    """Variables of one colour scheme, the light ones underneath."""
    css = (STATIC / "theme.css").read_text()
    light, dark = css.split(':root[data-theme="dark"]', 1)
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    return found if scheme == "light" else found | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark.split("}")[0]))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


TEXT_ON_GROUND = [
    ("ink", "ground"), ("ink", "panel"), ("ink", "accent-soft"), ("quiet", "ground"), ("quiet", "panel"),
    ("quiet", "accent-soft"), ("line-ink", "line"), ("gap-ink", "gap"), ("dx-ink", "dx"), ("lit-ink", "lit"),
    ("bad", "bad-soft"), ("warn", "warn-soft"), ("plus", "panel"), ("minus", "panel"), ("panel", "accent"),
    *(("on-bar", f"k{number}") for number in range(8)),
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_stands_out_from_its_ground(scheme: str, text: str, ground: str) -> None:
    colours = colours_of(scheme)
    lighter, darker = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
