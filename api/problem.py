"""Errors over HTTP: RFC 9457 problem documents that say what is wrong and what to do, never what the note said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api import failure
from api.workbench.page import render
from models.errors import OncodeError

MEDIA_TYPE = "application/problem+json"


class Fault(BaseModel):
    """One place in the request that does not fit."""

    pointer: str = Field(description="JSON pointer into the body, or the name of the parameter")
    detail: str


class Problem(BaseModel):
    """RFC 9457 problem document."""

    type: str = Field(description="Stable name of the kind of problem", examples=["urn:oncode:problem:empty-note"])
    title: str
    status: int
    detail: str = Field(description="What is wrong and where; never holds note text")
    remedy: str = Field(description="What the caller can do")
    errors: list[Fault] | None = None


def describe_error(error: OncodeError) -> Problem:
    return Problem.model_validate(failure.describe(error))


def describe_fault() -> Problem:
    """What a caller hears of a fault of ours: nothing about the inside."""
    return Problem.model_validate(failure.describe(None))


def describe_validation(faults: Sequence[Any]) -> Problem:
    """A request that does not fit its schema. The framework would repeat the input, a patient's note, in its answer."""
    return Problem(
        type="urn:oncode:problem:bad-request",
        title="Bad request",
        status=422,
        detail="The request does not fit its schema.",
        remedy="Correct the places named in errors; the contract is /openapi.json.",
        errors=[_describe_fault(fault) for fault in faults],
    )


def _describe_fault(fault: Any) -> Fault:
    place = [str(part) for part in fault["loc"]]
    kind = str(fault["type"])
    if kind == "extra_forbidden":
        return Fault(pointer=_point(place[:-1]), detail="holds a key that is not known")  # the key may be anything
    if kind == "json_invalid":
        return Fault(pointer="/", detail="is not JSON")
    if kind in ("value_error", "assertion_error"):
        return Fault(pointer=_point(place), detail="does not fit")
    return Fault(pointer=_point(place), detail=str(fault["msg"]))


def _point(place: list[str]) -> str:
    return "/" + "/".join(place[1:]) if place and place[0] == "body" else ".".join(place)


def answer(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    content = problem.model_dump(exclude_none=True)
    return JSONResponse(content, problem.status, headers=headers, media_type=MEDIA_TYPE)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """``responses=`` of a route that may end in these statuses."""
    return {
        status: {
            "description": _MEANINGS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


_MEANINGS = {
    400: "the body cannot be read as JSON",
    403: "a form sent from another site",
    404: "no such code or case",
    409: "the idempotency key was used for another request",
    413: "the body or the note is too large",
    415: "not text",
    422: "the input cannot be coded, or does not fit the schema",
    500: "a fault of oncode",
    503: "terminology or case store unavailable",
}


def install(app: FastAPI) -> None:
    """Every way a request can fail ends in a problem document, or in a page under the workbench's addresses."""

    def reply(request: Request, problem: Problem, headers: dict[str, str] | None = None) -> Response:
        wants_page = not request.url.path.startswith(("/v1/", "/livez", "/readyz", "/openapi.json", "/static/"))
        if wants_page and "text/html" in request.headers.get("accept", ""):
            return render("error.html", problem.status, problem=problem)
        return answer(problem, headers)

    @app.exception_handler(OncodeError)
    def _on_oncode(request: Request, error: OncodeError) -> Response:
        return reply(request, describe_error(error))

    @app.exception_handler(RequestValidationError)
    def _on_validation(request: Request, error: RequestValidationError) -> Response:
        return reply(request, describe_validation(error.errors()))

    @app.exception_handler(HTTPException)
    def _on_http(request: Request, error: HTTPException) -> Response:
        remedy = _REMEDIES.get(error.status_code, "See /openapi.json for what this server answers.")
        problem = Problem(
            type="about:blank",
            title=str(error.detail) if error.status_code in (404, 405) else "Request refused",
            status=error.status_code,
            detail=_DETAILS.get(error.status_code, "The request cannot be read."),
            remedy=remedy,
        )
        return reply(request, problem, dict(error.headers) if error.headers else None)


_DETAILS = {404: "Nothing stands at this address.", 405: "This address does not take that method."}
_REMEDIES = {400: "Send well-formed JSON or a well-formed form."}
