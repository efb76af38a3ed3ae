"""What is asked of the LangFlow server of every release, and the one record of each run that must come of it."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .langflow_serving import HERE, LangFlow

POEM, POEM_FAILED = ("poem-generator", "succeeded", None), ("poem-generator", "failed", "ConnectionError")
CANCELLED = ("poem-generator", "cancelled", None)
POSTED, POSTED_FAILED = ("posted-poem", "succeeded", None), ("posted-poem", "failed", "ConnectionError")


@dataclass(frozen=True)
class Served:
    """A server and the ids of its two flows: one is asked, the other waits for a webhook."""

    langflow: LangFlow
    poem: str
    posted: str


@dataclass(frozen=True)
class Case:
    """`ask` answers the statuses of HTTP; cases of one `way` share a cell of the table."""

    way: str
    ask: Callable[[Served], list[int]]
    statuses: list[int]
    runs: list[tuple[str, str, str | None]]

    def __str__(self) -> str:
        return f"{self.way}: {self.runs[0][1]}"


def serve(langflow: LangFlow) -> Served:
    posted = langflow.upload("Posted Poem", "posted", HERE / "webhook_flow.py")
    return Served(langflow, langflow.upload("Poem Generator", "poem"), posted)


def run(topic: str, stream: str = "false", timeout_s: float = 60) -> Callable[[Served], list[int]]:
    return lambda at: [at.langflow.run(at.poem, topic, stream, timeout_s)]


def play(topic: str) -> Callable[[Served], list[int]]:
    body = {"inputs": {"input_value": topic}}
    path = "/api/v1/build/{}/flow?event_delivery=direct"
    return lambda at: [at.langflow.ask("POST", path.format(at.poem), body, authorization=at.langflow.bearer)[0]]


def post(topic: str) -> Callable[[Served], list[int]]:
    return lambda at: [at.langflow.ask("POST", f"/api/v1/webhook/{at.posted}", {"topic": topic})[0]]


def respond(topic: str) -> Callable[[Served], list[int]]:
    return lambda at: [at.langflow.ask("POST", "/api/v1/responses", {"model": at.poem, "input": topic})[0]]


def three_at_once(at: Served) -> list[int]:
    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(lambda _: at.langflow.run(at.poem, "spring"), range(3)))


def stop_in_the_playground(at: Served) -> list[int]:
    path = f"/api/v1/build/{at.poem}/flow?event_delivery=polling"
    body, known = {"inputs": {"input_value": "slow"}}, {"authorization": at.langflow.bearer}
    job = at.langflow.call("POST", path, body, **known)["job_id"]
    time.sleep(2)
    return [at.langflow.ask("POST", f"/api/v1/build/{job}/cancel", **known)[0]]


def terminate_in_the_middle(at: Served) -> list[int]:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(at.langflow.run, at.poem, "slow")
        time.sleep(2)
        at.langflow.terminate()
    return []


CASES = (
    Case("`run`", run("spring"), [200], [POEM]),
    Case("`run`", run("fail"), [500], [POEM_FAILED]),
    Case("stream", run("spring", "true"), [200], [POEM]),
    Case("stream", run("fail", "true"), [200], [POEM_FAILED]),
    Case("playground", play("spring"), [200], [POEM]),
    Case("playground", play("fail"), [200], [POEM_FAILED]),
    Case("webhook", post("spring"), [202], [POSTED]),
    Case("webhook", post("fail"), [202], [POSTED_FAILED]),
    Case("responses", respond("spring"), [200], [POEM]),
    Case("responses", respond("fail"), [200], [POEM_FAILED]),
    Case("three at once", three_at_once, [200, 200, 200], [POEM, POEM, POEM]),
    Case("client goes away", run("slow", "true", 2), [0], [CANCELLED]),
    Case("stopped in the playground", stop_in_the_playground, [200], [CANCELLED]),
)
LAST = Case("SIGTERM", terminate_in_the_middle, [], [CANCELLED])
"""Ends the server."""
