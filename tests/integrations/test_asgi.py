"""What the ASGI middleware records of a request, and what it leaves alone."""

import asyncio
import os
import subprocess
import sys

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route

import flowvigil
from flowvigil.integrations.asgi import FlowMiddleware
from flowvigil.testing import Captured

START = {"type": "http.response.start", "status": 200, "headers": []}
LAST = {"type": "http.response.body", "body": b"x"}
MORE = {"type": "http.response.body", "body": b"x", "more_body": True}
GONE = {"type": "http.disconnect"}


def request(app, path="/chat", *, method="POST", incoming=(), root="", version="2.3", send=None):
    """Serve one request; afterwards the client only waits. Returns what the server was told to send."""
    sent, left = [], [{"type": "http.request"}, *incoming]

    async def receive():
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    async def collect(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "root_path": root, "headers": [], "query_string": b""}
    scope["asgi"] = {"version": "3.0", "spec_version": version}
    asyncio.run(app(scope, receive, send or collect))
    return sent


def answering(*messages, error=None):
    async def app(_scope, _receive, send):
        for message in messages:
            await send(message)
        if error:
            raise error

    return app


def measured(app, **options):
    return FlowMiddleware(app, {"/chat": "support-answer"}, **options)


def starlette(endpoint, **options):
    middleware = [Middleware(FlowMiddleware, flows={"/chat": "support-answer"})]
    return Starlette(routes=[Route("/chat", endpoint, methods=["POST"])], middleware=middleware, **options)


def ends(seen):
    return [(run["flow"], run["status"]) for run in seen.runs]


def test_a_request_of_a_named_route_is_one_run(seen: Captured) -> None:
    assert request(measured(answering(START, LAST))) == [START, LAST]
    assert ends(seen) == [("support-answer", "succeeded")]


def test_other_routes_are_not_measured(seen: Captured) -> None:
    assert request(measured(answering(START, LAST)), "/health") == [START, LAST]
    assert ends(seen) == []


@pytest.mark.parametrize(
    ("key", "path", "fits"),
    [
        ("/flows/{id}/run", "/flows/7/run", True),
        ("/flows/{id}/run", "/flows/7/8/run", False),
        ("/flows/{id}/run", "/flows//run", False),
        ("/files/{rest:path}", "/files/a/b", True),
        ("/v1.0/{id}", "/v1x0/7", False),
        ("POST /chat", "/chat", True),
        ("get /chat", "/chat", False),
    ],
)
def test_a_key_fits_paths_and_methods(seen: Captured, key: str, path: str, fits: bool) -> None:
    request(FlowMiddleware(answering(START, LAST), {key: "poem"}), path)
    assert ends(seen) == [("poem", "succeeded")] * fits


def test_the_first_key_that_fits_decides(seen: Captured) -> None:
    request(FlowMiddleware(answering(START, LAST), {"GET /chat": "a", "/{any}": "b", "/chat": "c"}))
    assert ends(seen) == [("b", "succeeded")]


def test_keys_are_read_below_the_root_path(seen: Captured) -> None:
    request(measured(answering(START, LAST)), "/api/chat", root="/api")
    assert ends(seen) == [("support-answer", "succeeded")]


def test_a_key_that_is_no_path_says_what_would_be_right() -> None:
    with pytest.raises(ValueError, match=r"'chat' is not a path; a key reads like '/chat' or 'POST /chat/\{id}'"):
        FlowMiddleware(answering(), {"chat": "support-answer"})


def test_a_run_lasts_until_the_last_chunk_and_no_longer(seen: Captured) -> None:
    async def app(_scope, _receive, send):
        await send(START)
        await send(MORE)
        await asyncio.sleep(0.02)
        assert ends(seen) == []
        await send(LAST)
        assert flowvigil.current_run() is None
        assert ends(seen) == [("support-answer", "succeeded")]

    request(measured(app))
    assert float(seen.runs[0]["duration_ms"]) >= 20


def test_an_exception_fails_the_run_and_passes_unchanged(seen: Captured) -> None:
    boom = ZeroDivisionError("secret")
    with pytest.raises(ZeroDivisionError) as caught:
        request(measured(answering(error=boom)))
    assert caught.value is boom
    assert [(run["status"], run["error_type"]) for run in seen.runs] == [("failed", "ZeroDivisionError")]
    assert "secret" not in str(seen.runs)


def test_a_stream_that_breaks_after_its_200_is_a_failure(seen: Captured) -> None:
    with pytest.raises(RuntimeError):
        request(measured(answering(START, MORE, error=RuntimeError())))
    assert ends(seen) == [("support-answer", "failed")]


def test_a_timeout_is_not_an_ordinary_failure(seen: Captured) -> None:
    with pytest.raises(TimeoutError):
        request(measured(answering(error=TimeoutError())))
    assert ends(seen) == [("support-answer", "timed_out")]


def test_a_server_error_is_a_failure_named_after_its_status(seen: Captured) -> None:
    request(measured(answering({**START, "status": 503}, LAST)))
    assert [(run["status"], run["error_type"]) for run in seen.runs] == [("failed", "http_503")]


@pytest.mark.parametrize(("failing", "status"), [(None, 503), (500, 499)])
def test_a_status_that_may_be_is_no_failure(seen: Captured, failing: int | None, status: int) -> None:
    request(measured(answering({**START, "status": status}, LAST), failing_status=failing))
    assert ends(seen) == [("support-answer", "succeeded")]


def test_a_response_that_is_never_finished_is_a_failure(seen: Captured) -> None:
    request(measured(answering(START, MORE)))
    assert [(run["status"], run["error_type"]) for run in seen.runs] == [("failed", "unfinished_response")]


def test_an_error_after_the_last_chunk_no_longer_counts(seen: Captured) -> None:
    with pytest.raises(RuntimeError):
        request(measured(answering(START, LAST, error=RuntimeError())))
    assert ends(seen) == [("support-answer", "succeeded")]


def test_a_file_sent_by_path_ends_the_run(seen: Captured) -> None:
    request(measured(answering(START, {"type": "http.response.pathsend", "path": "/x"})))
    assert ends(seen) == [("support-answer", "succeeded")]


def test_a_client_that_hangs_up_on_a_send_cancels_the_run(seen: Captured) -> None:
    async def broken(_message):
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011
        request(measured(answering(START, LAST)), send=broken)
    assert ends(seen) == [("support-answer", "cancelled")]


def test_a_server_that_says_goodbye_while_it_sends_the_last_chunk_cancels_nothing(seen: Captured) -> None:
    """As Hypercorn does: it tells whoever listens before the send is over."""
    done = asyncio.Event()

    async def receive():
        await done.wait()
        return GONE

    async def send(message):
        if message["type"] == "http.response.body" and not message["more_body"]:
            done.set()
            await asyncio.sleep(0.01)

    async def chat(_request):
        return StreamingResponse(iter(["a", "b"]))

    async def serve():
        scope = {"type": "http", "method": "POST", "path": "/chat", "headers": [], "query_string": b""}
        await starlette(chat)({**scope, "asgi": {"spec_version": "2.3"}}, receive, send)

    asyncio.run(serve())
    assert ends(seen) == [("support-answer", "succeeded")]


def test_an_application_that_gives_up_on_a_gone_client_is_cancelled(seen: Captured) -> None:
    async def app(_scope, receive, send):
        await send(START)
        await receive()
        assert await receive() == GONE
        await send(LAST)

    request(measured(app), incoming=[GONE])
    assert ends(seen) == [("support-answer", "cancelled")]


def test_a_client_that_leaves_during_a_server_error_does_not_hide_it(seen: Captured) -> None:
    async def app(_scope, receive, send):
        await send({**START, "status": 503})
        await receive()
        assert await receive() == GONE
        await send(LAST)

    request(measured(app), incoming=[GONE])
    assert [(run["status"], run["error_type"]) for run in seen.runs] == [("failed", "http_503")]


def test_a_client_that_leaves_does_not_hide_what_code_has_said_of_a_failure(seen: Captured) -> None:
    async def app(_scope, receive, send):
        await send(START)
        flowvigil.current_run().mark_failed("Refused")
        await receive()
        assert await receive() == GONE
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        request(measured(app), incoming=[GONE])
    assert [(run["status"], run["error_type"]) for run in seen.runs] == [("failed", "Refused")]


def test_a_cancelled_request_is_cancelled(seen: Captured) -> None:
    with pytest.raises(asyncio.CancelledError):
        request(measured(answering(START, error=asyncio.CancelledError())))
    assert ends(seen) == [("support-answer", "cancelled")]


def test_starlette_stops_streaming_to_a_gone_client_and_the_run_is_cancelled(seen: Captured) -> None:
    async def chunks():
        yield b"a"
        await asyncio.Event().wait()

    async def chat(_request):
        return StreamingResponse(chunks())

    request(starlette(chat), incoming=[GONE], version="2.0")
    assert ends(seen) == [("support-answer", "cancelled")]


def test_starlette_streams_every_chunk_as_it_was(seen: Captured) -> None:
    async def chat(_request):
        return StreamingResponse(iter(["a", "b"]))

    sent = request(starlette(chat), version="2.4")
    assert [message.get("body") for message in sent] == [None, b"a", b"b", b""]
    assert ends(seen) == [("support-answer", "succeeded")]


def test_what_starlette_turns_into_a_status_is_judged_by_the_status(seen: Captured) -> None:
    async def chat(_request):
        raise HTTPException(502)

    request(starlette(chat))
    assert [(run["status"], run["error_type"]) for run in seen.runs] == [("failed", "http_502")]


def test_an_exception_behind_starlettes_error_page_is_seen(seen: Captured) -> None:
    async def chat(_request):
        raise KeyError

    with pytest.raises(KeyError):
        request(starlette(chat))
    assert [(run["status"], run["error_type"]) for run in seen.runs] == [("failed", "KeyError")]


def test_a_background_task_is_not_waited_for(seen: Captured) -> None:
    recorded = []

    async def later():
        recorded.extend(ends(seen))

    async def chat(_request):
        return PlainTextResponse("x", background=BackgroundTask(later))

    request(starlette(chat))
    assert recorded == [("support-answer", "succeeded")]


def test_a_mounted_application_is_measured_below_its_mount(seen: Captured) -> None:
    request(Starlette(routes=[Mount("/api", app=measured(answering(START, LAST)))]), "/api/chat")
    assert ends(seen) == [("support-answer", "succeeded")]


def test_code_inside_a_request_may_say_that_it_failed(seen: Captured) -> None:
    def chat(_request):  # runs in a thread
        flowvigil.current_run().mark_failed(LookupError)
        return PlainTextResponse("sorry")

    request(starlette(chat))
    assert [(run["status"], run["error_type"]) for run in seen.runs] == [("failed", "LookupError")]


def test_a_flow_inside_a_request_belongs_to_it(seen: Captured) -> None:
    async def app(scope, receive, send):
        with flowvigil.flow("inner"):
            await answering(START, LAST)(scope, receive, send)

    request(measured(measured(app)))
    assert ends(seen) == [("support-answer", "succeeded")]


def test_parallel_requests_are_runs_of_their_own(seen: Captured) -> None:
    async def app(_scope, _receive, send):
        await asyncio.sleep(0)
        await send(LAST)

    async def ignore(_message): ...

    async def three():
        scope = {"type": "http", "method": "POST", "path": "/chat"}
        await asyncio.gather(*(measured(app)(scope, None, ignore) for _ in range(3)))

    asyncio.run(three())
    assert ends(seen) == [("support-answer", "succeeded")] * 3


LIFESPAN = """
import asyncio, os, flowvigil
from flowvigil.integrations.asgi import FlowMiddleware

async def app(scope, receive, send):
    flowvigil.record("poem", 7.0)
    await send({"type": "lifespan.shutdown.complete"})

async def send(message):
    os.write(1, message["type"].encode())
    os._exit(0)  # as uvicorn after SIGTERM: no atexit

asyncio.run(FlowMiddleware(app, {})({"type": "lifespan"}, None, send))
"""


@pytest.mark.engine
def test_the_end_of_the_lifespan_delivers_before_the_server_hears_of_it() -> None:
    environment = {**os.environ, "FLOWVIGIL_ENV": "test", "FLOWVIGIL_SINKS": "stdout"}
    command = [sys.executable, "-c", LIFESPAN]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True).stdout
    assert '"flow": "poem"' in said
    assert said.endswith("lifespan.shutdown.complete")


def test_a_websocket_passes_untouched(seen: Captured) -> None:
    calls = []

    async def app(*arguments):
        calls.append(arguments)

    receive, send = object(), object()
    asyncio.run(measured(app)({"type": "websocket", "path": "/chat"}, receive, send))
    assert calls == [({"type": "websocket", "path": "/chat"}, receive, send)]
    assert ends(seen) == []


def test_switched_off_nothing_stands_between_application_and_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWVIGIL_OFF", "1")
    calls = []

    async def app(*arguments):
        calls.append(arguments)

    receive, send, scope = object(), object(), {"type": "http", "path": "/chat", "method": "GET"}
    asyncio.run(measured(app)(scope, receive, send))
    assert calls == [(scope, receive, send)]


@pytest.mark.engine
def test_the_middleware_needs_nothing_but_the_standard_library() -> None:
    code = "import sys, flowvigil.integrations.asgi; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout
    assert not {"starlette", "fastapi", "anyio"} & set(loaded.split())
