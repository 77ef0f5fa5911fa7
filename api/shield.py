"""What stands around every request: a size limit, security headers, a request id, a journal line, and no leaks.

One plain ASGI layer, outermost, so that not even the framework's own error path can put a note into a log.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from api.problem import MEDIA_TYPE, Problem, describe_fault

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_LIMIT = 8_000_000  # bytes: a note of the largest size in UTF-8 or escaped JSON, and room for a form around it
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITE = frozenset({b"same-origin", b"none"})  # as browsers say; programs say nothing
_FOREIGN = Problem(
    type="urn:oncode:problem:foreign-site",
    title="Request refused",
    status=403,
    detail="A page of another site sent this request.",
    remedy="Use the pages of this server, or a program.",
)

journal = logging.getLogger("oncode.journal")


class BodyTooLarge(Exception):
    """The body went over the limit while it was read (its length was not declared)."""


class Shield:
    """Wraps an ASGI app. Journal lines hold method, route pattern, status, time, place of a fault; never a value."""

    def __init__(self, app: App, body_limit: int = BODY_LIMIT) -> None:
        self._app = app
        self._limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id = self._request_id(headers)
        began = time.perf_counter()
        status = 0
        seen = 0
        fault: BaseException | None = None

        async def receive_counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise BodyTooLarge
            return message

        async def send_counted(message: Message) -> None:
            # The framework turns any error while it reads a body into a 400 of its own: that one is not sent.
            if seen <= self._limit:
                await send_shielded(message)

        async def send_shielded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = [*HEADERS, (b"x-request-id", request_id.encode())]
                given = [*message.get("headers", ())]
                names = {name for name, _ in given}
                if scope["path"].startswith("/v1/") and b"cache-control" not in names:
                    own.append((b"cache-control", b"no-store"))
                message = {**message, "headers": given + [pair for pair in own if pair[0] not in names]}
            await send(message)

        try:
            if self._declared_length(headers) > self._limit:
                seen = self._limit + 1
            elif scope["method"] not in _SAFE and headers.get(b"sec-fetch-site", b"none") not in _OWN_SITE:
                await _answer(send_shielded, _FOREIGN)
            else:
                await self._app(scope, receive_counted, send_counted)
        except Exception as error:
            if seen <= self._limit:
                fault = error
                if status == 0:
                    await _answer(send_shielded, describe_fault())
        if seen > self._limit and status == 0:
            await _answer(send_shielded, self._too_large())
        self._write(scope, request_id, status, time.perf_counter() - began, fault)

    def _request_id(self, headers: dict[bytes, bytes]) -> str:
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)

    @staticmethod
    def _declared_length(headers: dict[bytes, bytes]) -> int:
        declared = headers.get(b"content-length", b"0")
        return int(declared) if declared.isdigit() else 0

    def _too_large(self) -> Problem:
        return Problem(
            type="urn:oncode:problem:body-too-large",
            title="Body too large",
            status=413,
            detail=f"The body is larger than {self._limit:,} bytes.",
            remedy="Send one note a request; use `oncode batch` for exports.",
        )

    @staticmethod
    def _write(scope: Scope, request_id: str, status: int, seconds: float, fault: BaseException | None) -> None:
        entry: dict[str, object] = {
            "request_id": request_id,
            "method": scope["method"],
            "route": _name_route(scope),  # the pattern: a path or query may hold anything
            "status": status,
            "ms": round(seconds * 1000, 1),
        }
        if fault is not None:
            frame = traceback.extract_tb(fault.__traceback__)[-1]
            entry["fault"] = f"{type(fault).__name__} at {Path(frame.filename).name}:{frame.lineno}"
        journal.log(logging.ERROR if fault else logging.INFO, json.dumps(entry))


def _name_route(scope: Scope) -> str:
    pattern = getattr(scope.get("route"), "path", None)
    return str(pattern or ("/static" if scope["path"].startswith("/static/") else "unmatched"))


async def _answer(send: Send, problem: Problem) -> None:
    body = json.dumps(problem.model_dump(exclude_none=True)).encode()
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
