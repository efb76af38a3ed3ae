"""What every platform's door has in common: requests with a token, errors that say what to do, one comment kept.

A token is sent in a header and appears in no error.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Protocol

PAGES = 50
"""Pages of a hundred comments that are searched for ours."""

TIMEOUT_S = 20
AGAIN_S = 1.0
"""Seconds until what broke is asked for once more."""
_BUSY = (502, 503, 504)
LONGEST_WAIT_S = 60
"""Seconds that a rate limit is waited for; beyond, the job fails and can be run again."""


class PostingError(Exception):
    """The comment is not on the pull request; the text says why and what to do."""


class GoneError(Exception):
    """What was to be changed is not there any more."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment on the pull request."""

    id: str
    body: str


class Door(Protocol):
    """One pull request on one platform."""

    def comments(self) -> Iterator[Comment]:
        """All comments, oldest first."""

    def create(self, body: str) -> None:
        """Add a comment."""

    def update(self, comment: str, body: str) -> None:
        """Change a comment. Raises GoneError if it is not there."""

    def delete(self, comment: str) -> None:
        """Remove a comment."""


@dataclass(frozen=True, slots=True)
class Line:
    """Requests to one platform. `header` carries the token; `needs` is the permission to name when it lacks one."""

    root: str
    header: tuple[str, str]
    needs: str
    name: str
    wait: Callable[[float], None] = time.sleep

    def ask(self, method: str, path: str, body: object = None, *, adds: bool = False) -> tuple[Any, Mapping[str, str]]:
        """The answer's JSON and headers. Raises PostingError or GoneError.

        A short rate limit is waited for once, and what breaks is asked for once more; not so where it `adds` something,
        which may be there although its answer is lost.
        """
        for attempt in range(2):
            try:
                return self._answer(self._request(method, path, body))
            except urllib.error.HTTPError as error:
                error.close()
                busy = error.code in _BUSY and not adds
                pause = AGAIN_S if busy else _pause(error)
                if pause is None or attempt or pause > LONGEST_WAIT_S:
                    raise self._said(error, None if busy else pause) from None
            except (OSError, ValueError, HTTPException) as error:
                if attempt or adds or isinstance(error, ValueError):
                    raise PostingError(f"{self.name} does not answer at {self.root}: {error}") from None
                pause = AGAIN_S
            self.wait(pause)
        raise AssertionError

    def _answer(self, request: urllib.request.Request) -> tuple[Any, Mapping[str, str]]:
        with _OPENER.open(request, timeout=TIMEOUT_S) as answer:
            text = answer.read()
            return (json.loads(text) if text else None), answer.headers

    def _request(self, method: str, path: str, body: object) -> urllib.request.Request:
        data = None if body is None else json.dumps(body).encode()
        key, token = self.header
        headers = {key: token, "Accept": "application/json", "User-Agent": "flowvigil"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        return urllib.request.Request(f"{self.root}{path}", data, headers, method=method)  # noqa: S310 - http for tests

    def _said(self, error: urllib.error.HTTPError, pause: float | None) -> Exception:
        if pause is not None:
            return PostingError(f"{self.name} limits the rate; run the job again in {pause:.0f} s")
        if error.code == 401:
            return PostingError(f"{self.name} refuses the token: it is wrong or has ended (401)")
        if error.code == 403:
            return PostingError(f"{self.name}: the token may not comment here; it needs {self.needs} (403)")
        if error.code == 404:
            return GoneError(
                f"{self.name} knows no such pull request, or hides it from this token, which needs {self.needs} (404)"
            )
        return PostingError(f"{self.name} answers {error.code} {error.reason}")


def _pause(error: urllib.error.HTTPError) -> float | None:
    """Seconds to wait if the answer is a rate limit, None if it is anything else.

    GitHub says 403 or 429 with Retry-After or X-RateLimit-Remaining 0; GitLab and Codeup say 429.
    """
    headers = error.headers
    if error.code == 403 and headers.get("Retry-After") is None and headers.get("X-RateLimit-Remaining") != "0":
        return None
    if error.code not in (403, 429):
        return None
    if (headers.get("Retry-After") or "").isdigit():
        return float(headers["Retry-After"])
    reset = headers.get("X-RateLimit-Reset") or ""
    return max(1.0, float(reset) - time.time()) if reset.isdigit() else 5.0


def keep_one(door: Door, body: str) -> str:
    """Bring the pull request to exactly one comment with this body's marker; says what was done.

    Two runs at once may both add one: each looks again afterwards and leaves the oldest.
    """
    marker = body.split("\n", 1)[0]
    try:
        done = _write(door, body, marker)
        ours = [one for one in door.comments() if _is_ours(one, marker)]
        for one in ours[1:]:
            _forget(door, one)
    except GoneError as error:
        raise PostingError(str(error)) from error
    return done


def _write(door: Door, body: str, marker: str) -> str:
    ours = next((one for one in door.comments() if _is_ours(one, marker)), None)
    if ours is None:
        door.create(body)
        return "created"
    if ours.body.replace("\r\n", "\n").rstrip() == body.rstrip():
        return "unchanged"
    try:
        door.update(ours.id, body)
    except GoneError:
        door.create(body)
        return "created"
    return "updated"


def _is_ours(one: Comment, marker: str) -> bool:
    return one.body.startswith(marker)


def _forget(door: Door, one: Comment) -> None:
    try:
        door.delete(one.id)
    except GoneError:
        return


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token is never carried to another address."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)
