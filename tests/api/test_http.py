"""The HTTP contract: documents, problem documents, limits, headers - and no note in any error or journal line."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.desk import Desk
from api.shield import BODY_LIMIT
from models.case import Case
from models.errors import BeforeFirstEdition
from models.note import Note
from models.store.case import CaseStore
from tests.api.example import TEXT, ExampleCoder

CANARY = "Zzyzx-Patient-4711"


def problem_of(response: Any) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "remedy"} <= set(problem)
    assert problem["status"] == response.status_code
    assert problem["detail"]
    assert problem["remedy"]
    return problem


def test_code_answers_with_the_document(client: TestClient) -> None:
    response = client.post("/v1/code", json={"text": TEXT, "id": "a"})
    assert response.status_code == 200
    assert response.json()["id"] == "a"
    assert [line["code"] for line in response.json()["lines"]] == ["96413", "J9263", "J9263"]
    assert response.headers["cache-control"] == "no-store"


def test_code_passes_what_the_caller_states(client: TestClient) -> None:
    response = client.post("/v1/code", json={"text": "x", "setting": "facility"})
    assert response.json()["setting"] == "facility"


def test_code_stores_nothing(client: TestClient) -> None:
    client.post("/v1/code", json={"text": TEXT})
    assert client.get("/v1/cases").json() == {"cases": [], "next": None}


def test_code_facts(client: TestClient) -> None:
    assert client.post("/v1/code/facts", json={"id": "f1", "facts": {}}).json()["id"] == "f1"


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"text": ""}, 422, "empty-note"),
        ({"text": f"{CANARY}\u0000"}, 415, "not-text"),
        ({"text": "x" * 1_000_001}, 413, "note-too-large"),
        ({"text": CANARY, "setting": "clinic"}, 422, "unknown-setting"),
        ({"text": CANARY, "date_of_service": "soon"}, 422, "bad-date"),
        ({"text": [CANARY]}, 422, "bad-request"),
        ({"text": CANARY, CANARY: 1}, 422, "bad-request"),
        ({"note": CANARY}, 422, "bad-request"),
        ([CANARY], 422, "bad-request"),
        (CANARY, 422, "bad-request"),
    ],
)
def test_bad_input_is_a_problem_without_the_note(client: TestClient, body: Any, status: int, kind: str) -> None:
    response = client.post("/v1/code", json=body)
    assert response.status_code == status
    assert problem_of(response)["type"] == f"urn:oncode:problem:{kind}"
    assert CANARY not in response.text


def test_broken_json_is_named_by_place(client: TestClient) -> None:
    response = client.post("/v1/code", content=f'{{"text": "{CANARY}', headers={"content-type": "application/json"})
    assert problem_of(response)["errors"] == [{"pointer": "/", "detail": "is not JSON"}]
    assert CANARY not in response.text


def test_a_fault_names_its_pointer(client: TestClient) -> None:
    response = client.post("/v1/code", json={"text": "x", "id": 3})
    assert problem_of(response)["errors"][0]["pointer"] == "/id"


def test_bytes_that_are_no_utf8(client: TestClient) -> None:
    response = client.post("/v1/code", content=b'{"text": "\xff\xfe"}', headers={"content-type": "application/json"})
    assert 400 <= problem_of(response)["status"] < 500


def test_a_declared_body_over_the_limit_is_refused_unread(client: TestClient) -> None:
    read = []

    def body() -> Iterator[bytes]:
        read.append(1)
        yield b"x"

    headers = {"content-length": str(BODY_LIMIT + 1), "content-type": "application/json"}
    response = client.post("/v1/code", content=body(), headers=headers)
    assert problem_of(response)["type"] == "urn:oncode:problem:body-too-large"
    assert response.status_code == 413


@pytest.mark.parametrize("path", ["/v1/code", "/v1/cases", "/cases"])
def test_an_undeclared_body_over_the_limit_is_refused(client: TestClient, path: str) -> None:
    def body() -> Iterator[bytes]:
        for _ in range(BODY_LIMIT // 1_000_000 + 2):
            yield b"x" * 1_000_000

    response = client.post(path, content=body(), headers={"content-type": "application/json"})
    assert response.status_code in (413, 415, 422)
    if response.status_code == 413:
        assert problem_of(response)["title"] == "Body too large"
    assert path == "/cases" or response.status_code == 413


def test_cases_are_kept_and_listed(client: TestClient) -> None:
    made = client.post("/v1/cases", json={"text": TEXT, "id": "a"})
    assert made.status_code == 201
    assert made.headers["location"] == "/v1/cases/case1"
    client.post("/v1/cases", json={"text": TEXT, "id": "b"})
    page = client.get("/v1/cases", params={"limit": 1}).json()
    assert [row["note_id"] for row in page["cases"]] == ["b"]
    rest = client.get("/v1/cases", params={"before": page["next"]}).json()
    assert [row["note_id"] for row in rest["cases"]] == ["a"]
    assert rest["next"] is None
    assert client.get("/v1/cases/case1").json()["id"] == "a"


def test_a_retry_makes_no_second_case(client: TestClient) -> None:
    headers = {"idempotency-key": "k1"}
    first = client.post("/v1/cases", json={"text": TEXT}, headers=headers)
    again = client.post("/v1/cases", json={"text": TEXT}, headers=headers)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert len(client.get("/v1/cases").json()["cases"]) == 1
    other = client.post("/v1/cases", json={"text": f"{TEXT} {CANARY}"}, headers=headers)
    assert other.status_code == 409
    assert problem_of(other)["type"] == "urn:oncode:problem:key-reused"
    assert CANARY not in other.text


def test_unknown_case_and_unknown_address(client: TestClient) -> None:
    assert problem_of(client.get("/v1/cases/nope"))["type"] == "urn:oncode:problem:case-not-found"
    assert problem_of(client.get("/v1/nothing"))["status"] == 404
    assert problem_of(client.delete("/v1/cases"))["status"] == 405


def test_terminology_editions(client: TestClient) -> None:
    assert client.get("/v1/terminology").json() == [{"table": "icd10cm", "edition": "FY2026", "checksum": "ab12"}]


def test_health(client: TestClient) -> None:
    assert client.get("/livez").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}


def test_not_ready_without_a_store(desk: Desk) -> None:
    class Gone:
        def recent(self, _limit: int) -> None:
            CaseStore.open("nosuch://x")

    client = TestClient(create_app(replace(desk, store=Gone())), base_url="http://127.0.0.1")  # type: ignore[arg-type]
    assert client.get("/livez").status_code == 200
    assert problem_of(client.get("/readyz"))["status"] == 503


def test_a_date_before_the_tables_is_told(desk: Desk) -> None:
    class Early(ExampleCoder):
        def code_note(self, note: Note) -> Case:
            assert note.date_of_service is not None
            raise BeforeFirstEdition("HCPCS", note.date_of_service, desk.today())

    client = TestClient(create_app(replace(desk, coder=Early())), base_url="http://127.0.0.1")
    problem = problem_of(client.post("/v1/code", json={"text": "x", "date_of_service": "1999-01-01"}))
    assert problem["title"] == "Date before the oldest edition"
    assert "1999-01-01" in problem["detail"]


class BrokenCoder(ExampleCoder):
    def code_note(self, note: Note) -> Case:
        raise ValueError(note.text)


def test_a_fault_of_ours_tells_nothing(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    client = TestClient(create_app(replace(desk, coder=BrokenCoder())), base_url="http://127.0.0.1")
    with caplog.at_level(logging.DEBUG):
        response = client.post("/v1/code", json={"text": CANARY})
    assert problem_of(response)["status"] == 500
    assert CANARY not in response.text + caplog.text
    entry = next(json.loads(r.message) for r in caplog.records if r.name == "oncode.journal")
    assert entry["fault"].startswith("ValueError at test_http.py:")
    assert entry["request_id"] == response.headers["x-request-id"]


def test_the_journal_holds_patterns_not_values(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.get(f"/v1/cases/{CANARY}")
        client.get("/v1/cases", params={"before": CANARY})
        client.get(f"/{CANARY}?q={CANARY}", headers={"x-request-id": f"{CANARY} \n"})
        client.post("/v1/code", json={"text": CANARY, "setting": CANARY})
        client.post("/cases", data={"text": CANARY, "setting": CANARY})
    lines = [json.loads(r.message) for r in caplog.records if r.name == "oncode.journal"]
    assert [line["route"] for line in lines][:2] == ["/v1/cases/{case_id}", "/v1/cases"]
    assert CANARY not in " ".join(r.getMessage() for r in caplog.records if r.name.startswith("oncode"))


@pytest.mark.parametrize("path", ["/", "/v1/cases", "/livez", "/static/page.css", "/nothing", "/openapi.json"])
def test_security_headers_everywhere(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_request_id_is_taken_over(client: TestClient) -> None:
    assert client.get("/livez", headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"


def test_another_host_name_gets_nothing(client: TestClient) -> None:
    assert client.get("/v1/cases", headers={"host": "evil.example"}).status_code == 400


def test_another_site_cannot_post(client: TestClient) -> None:
    response = client.post("/cases", data={"text": TEXT}, headers={"sec-fetch-site": "cross-site"})
    assert problem_of(response)["status"] == 403
    assert client.get("/v1/cases").json()["cases"] == []


def test_openapi_documents_every_route_and_problem(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert {
        "/v1/code",
        "/v1/code/facts",
        "/v1/codes",
        "/v1/codes/{code}",
        "/v1/terminology",
        "/v1/cases",
        "/v1/cases/{case_id}",
        "/livez",
        "/readyz",
    } == set(document["paths"])
    assert "HTTPValidationError" not in json.dumps(document)
    problem = document["components"]["schemas"]["Problem"]
    assert {"type", "title", "status", "detail", "remedy"} <= set(problem["properties"])
    for verbs in document["paths"].values():
        for operation in verbs.values():
            assert operation["description"]
            bad = [reply for status, reply in operation["responses"].items() if status >= "4"]
            assert all("application/problem+json" in reply["content"] for reply in bad)
