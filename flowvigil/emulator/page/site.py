"""The addresses of the page. A GET that no service would take is answered with HTML, in the reader's language.

Every answer carries a tag of all it was made from, so that asking again costs nothing while nothing happened: that is
how the page stays live. The paths of logs and dashboards are the console's own; of its links only the host differs.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flowvigil.emulator.page.doors import VIEWS, Absent, Views
from flowvigil.emulator.page.rendering import environment, page_context, preferred, words
from flowvigil.emulator.page.wording import LANGUAGES
from flowvigil.emulator.wire import Incoming
from flowvigil.emulator.world import World

LOOPBACK = frozenset(("127.0.0.1", "localhost", "[::1]"))
ROOTS = ("/flows/", "/lognext/", "/page/")
PATHS = ("/", "/dashboards", "/logs", "/messages", "/requests", "/favicon.ico")
FILES = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
KEPT = 32
"""Answers that are given again while nothing happened, to several tabs or readers."""
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def is_page(request: Incoming) -> bool:
    """Whether a request is for the page: a GET of one of its paths that calls no action of a service."""
    if request.method not in ("GET", "HEAD") or request.host not in LOOPBACK:
        return False
    called = "Action" in request.query or "x-acs-action" in request.headers
    return not called and (request.path in PATHS or request.path.startswith(ROOTS))


def site(world: World) -> Starlette:
    """The page's application."""
    page = _Page(world)
    routes = [
        Route("/page/{name}", page.file),
        Route("/favicon.ico", page.icon),
        *(Route(path, page.view(name), name=name) for name, path in VIEWS.items()),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: page.absent})


class _Page:
    def __init__(self, world: World) -> None:
        self.world, self.views, self.templates = world, Views(world), environment()
        self.boot = secrets.token_hex(4)
        self.kept: dict[tuple[str, str], tuple[str, Response]] = {}

    def view(self, name: str) -> Callable[[Request], Any]:
        """The endpoint of a view."""

        async def endpoint(request: Request) -> Response:
            language = _language(request)
            tag = f'"{self.boot}-{self.world.state.db.total_changes}-{self._time()}-{language}"'
            if request.headers.get("if-none-match") == tag:
                return Response(status_code=304, headers={**HEADERS, "ETag": tag})
            where = (str(request.url), request.cookies.get("flowvigil_account", ""))
            known, answer = self.kept.get(where, ("", None))
            if answer is not None and known == tag:
                return answer
            self.world.alarms.look()
            try:
                shown = getattr(self.views, name)(request, language)
            except Absent as error:
                return self._html("absent.html", request, language, 404, view="", what=str(error))
            answer = self._html(f"{name}.html", request, language, 200, tag, view=name, **shown)
            if len(self.kept) >= KEPT:
                self.kept.clear()
            self.kept[where] = (tag, answer)
            return answer

        return endpoint

    def _time(self) -> int:
        """A virtual clock as it stands, a real one by the minute: nothing is judged more often."""
        return self.world.now() // 60_000 if self.views.clock == "real" else self.world.now()

    def _html(
        self, template: str, request: Request, language: str, status: int, tag: str = "", **shown: Any
    ) -> Response:
        context = page_context(language, **self.views.frame(request), **shown, tag=tag,
                               switch=_switch(request, language))  # fmt: skip
        text = self.templates.get_template(template).render(context)
        headers = {**HEADERS, "Vary": "Accept-Language, Cookie", **({"ETag": tag} if tag else {})}
        answer = Response(text, status, headers, "text/html")
        for name, value in (("lang", language), ("account", str(context["account"]))):
            if request.query_params.get(name) == value:
                answer.set_cookie(f"flowvigil_{name}", value, max_age=31_536_000, samesite="strict", httponly=True)
        return answer

    async def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in FILES:
            raise HTTPException(404)
        data = files("flowvigil.emulator.page").joinpath("static").joinpath(name).read_bytes()
        return Response(data, headers={**HEADERS, "Cache-Control": "max-age=60"}, media_type=FILES[name])

    async def icon(self, request: Request) -> Response:
        request.path_params["name"] = "icon.svg"
        return await self.file(request)

    async def absent(self, request: Request, _error: Exception) -> Response:
        language = _language(request)
        return self._html("absent.html", request, language, 404, view="", what=request.url.path)


def _language(request: Request) -> str:
    """The switch, else what was chosen before, else what the browser prefers."""
    chosen = request.query_params.get("lang") or request.cookies.get("flowvigil_lang")
    return chosen if chosen in LANGUAGES else preferred(request.headers.get("accept-language", ""))


def _switch(request: Request, language: str) -> dict[str, str]:
    """The same address in the other language."""
    other = LANGUAGES[1 - LANGUAGES.index(language)]
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return {
        "language": other,
        "word": words(language)("other_language"),
        "href": "?" + urlencode([*kept, ("lang", other)]),
    }
