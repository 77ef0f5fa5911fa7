"""The server: routes under one shield. ``create_app`` is all that a process or a test needs."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.middleware.trustedhost import TrustedHostMiddleware

from api.desk import Desk
from api.problem import Problem, answer, describe_fault, install
from api.route import case, code, health, terminology, workbench
from api.shield import Shield
from api.workbench.page import STATIC

LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")
DESCRIPTION = (
    "Reads oncology infusion notes into proposed claim lines, diagnoses and documentation gaps, each with its "
    "evidence. Errors are RFC 9457 problem documents and never repeat a note."
)


def create_app(desk: Desk, hosts: Sequence[str] = LOCAL_HOSTS) -> Shield:
    """The whole server as an ASGI app.

    ``hosts`` are the names it answers to: a page elsewhere that points its own name here gets nothing.
    """
    app = FastAPI(
        title="oncode", version=version("oncode"), description=DESCRIPTION, docs_url=None, redoc_url=None, debug=False
    )
    app.state.desk = desk
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    for module in (health, code, case, terminology, workbench):
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    install(app)
    app.add_exception_handler(Exception, _on_failure)
    app.openapi = lambda: _describe(app)  # type: ignore[method-assign]
    return Shield(app)


def _on_failure(_request: Request, _error: Exception) -> Response:
    return answer(describe_fault())


def _describe(app: FastAPI) -> dict[str, Any]:
    """The contract with our problem document in place of the framework's validation error."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs", {}) | {"Problem": problem}
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        app.openapi_schema = document
    return app.openapi_schema
