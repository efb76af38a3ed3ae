"""Measuring everything that LangChain runs, in a process of its own, because a hook has no way back."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.engine  # starts interpreters: seconds, not milliseconds

SCRIPT = """
import asyncio, threading, flowvigil
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.runnables import RunnableLambda
from flowvigil.integrations.langchain import CallbackHandler, instrument

instrument()
instrument()
chain = RunnableLambda(lambda text: FakeListChatModel(responses=["x"]).invoke(text))
chain.invoke("q", {"run_name": "here"})
thread = threading.Thread(target=chain.invoke, args=("q", {"run_name": "thread"}))
thread.start()
thread.join()
asyncio.run(chain.ainvoke("q", {"run_name": "loop"}))
chain.invoke("q", {"run_name": "named", "callbacks": [CallbackHandler("handler")]})
with flowvigil.flow("outer"):
    chain.invoke("q")
"""


def flows(**environment):
    whole = {**os.environ, "FLOWVIGIL_SINKS": "stdout", **environment}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, env=whole, capture_output=True, text=True, timeout=60, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [line["flow"] for line in lines if line.get("event") == "run"], done.stderr


def test_every_root_run_of_the_process_is_seen_once() -> None:
    assert sorted(flows(FLOWVIGIL_ENV="test")[0]) == ["handler", "here", "loop", "outer", "thread"]


def test_switched_off_nothing_is_measured_and_one_line_says_how_to_switch_on() -> None:
    found, said = flows(FLOWVIGIL_ENV="", FLOWVIGIL_SETTINGS="")
    assert (found, said.count("FLOWVIGIL_SETTINGS")) == ([], 1)
