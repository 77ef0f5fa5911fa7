"""The pages: work list with a form, the coded case, the API reference."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from api.clock import make_id
from api.desk import Desk, TheDesk
from api.problem import describe_error
from api.request import make_note
from api.shield import BODY_LIMIT
from api.timeline import FOOT_HEIGHT, HEAD_HEIGHT, LANE_HEIGHT, WIDTH
from api.workbench.page import render
from api.workbench.view import SETTINGS, describe_fact, view_case
from assistant.intake.text import decode
from models.errors import InputError, TerminologyError

router = APIRouter(include_in_schema=False)

_PAGE = 50
_SIZE = {"width": WIDTH, "head": HEAD_HEIGHT, "lane": LANE_HEIGHT, "foot": FOOT_HEIGHT}


@dataclass(frozen=True)
class PasteForm:
    text: str = ""
    name: str = ""
    setting: str = ""
    date_of_service: str = ""
    payer: str = ""


@router.get("/")
def show_worklist(desk: TheDesk, before: Annotated[int | None, Query(ge=1)] = None) -> Response:
    return _render_worklist(desk, PasteForm(), before=before)


@router.post("/cases")
def code_pasted(
    desk: TheDesk,
    text: Annotated[str, Form()] = "",
    name: Annotated[str, Form(max_length=80)] = "",
    setting: Annotated[str, Form(max_length=40)] = "",
    date_of_service: Annotated[str, Form(max_length=40)] = "",
    payer: Annotated[str, Form(max_length=200)] = "",
    file: UploadFile | None = None,
) -> Response:
    """Code what was pasted, or the chosen file when nothing was, and show the case."""
    form = PasteForm(text, name.strip(), setting, date_of_service, payer)
    try:
        note_id, place = form.name, "The note"
        # A browser sends every line break of a form as CR LF, whatever was pasted.
        words = text.replace("\r\n", "\n")
        if not text.strip() and file is not None and file.filename:
            place = "The chosen file"
            words = decode(file.file.read(BODY_LIMIT), place)
            note_id = note_id or PurePath(file.filename).stem[:80]
        note = make_note(note_id or f"note-{make_id()[:6]}", words, place, setting, date_of_service, payer)
        summary = desk.keep(note)
    except (InputError, TerminologyError) as error:
        problem = describe_error(error)
        return _render_worklist(desk, form, problem.status, problem)
    return RedirectResponse(f"/cases/{summary.id}", status_code=303)


@router.get("/cases/{case_id}")
def show_case(
    case_id: Annotated[str, Path(max_length=64)],
    desk: TheDesk,
    focus: Annotated[str, Query(pattern=r"^[a-z]+-\d{1,5}$|^$")] = "",
) -> Response:
    view = view_case(desk.store.get(case_id), case_id, desk.coder)
    return render("case.html", view=view, focus=focus, size=_SIZE, describe_fact=describe_fact)


@router.get("/reference")
def show_reference(request: Request) -> Response:
    document = request.app.openapi()
    return render("reference.html", description=document["info"]["description"], operations=list(_operations(document)))


def _render_worklist(
    desk: Desk, form: PasteForm, status: int = 200, problem: object = None, before: int | None = None
) -> Response:
    cases = desk.store.recent(_PAGE + 1, before)
    return render(
        "worklist.html",
        status,
        cases=cases[:_PAGE],
        more=len(cases) > _PAGE,
        form=form,
        problem=problem,
        settings=SETTINGS,
        payers=desk.coder.payers(),
    )


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": operation["operationId"],
            "verb": verb,
            "path": path,
            "summary": operation.get("summary", ""),
            "description": operation.get("description", ""),
            "parameters": [
                {"name": item["name"], "in": item["in"], "description": item.get("description", "")}
                for item in operation.get("parameters", ())
            ],
            "answers": [(status, reply["description"]) for status, reply in operation["responses"].items()],
        }
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
    ]
