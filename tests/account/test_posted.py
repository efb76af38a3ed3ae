"""What the service posts is read by its shape."""

from __future__ import annotations

import json
import urllib.request

import pytest

from flowvigil.deploy.probe.alarms import LABEL
from flowvigil.deploy.probe.listening import Listener
from flowvigil.deploy.probe.posted import callback_fields, robot_message

pytestmark = pytest.mark.engine  # starts servers: seconds, not milliseconds


@pytest.fixture
def listener():
    with Listener() as found:
        yield found


def post(address, body):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(address, body), timeout=60) as answer:
        return json.load(answer)


def test_a_callback_is_told_by_the_names_of_its_fields(site, listener):
    post(listener.callback, b"ruleId=r&alertState=ALERT&dimensions=%7Ba%3Db%7D&signature=null")
    fact = callback_fields(site.bench(listener), LABEL)
    assert fact.answer == "alertState,dimensions,ruleId,signature"
    assert fact.seen.endswith("without the rule's label; dimensions={a=b}; signature=null")


def test_a_message_to_a_robot_is_told_by_its_kind_and_whether_it_shows_labels(site, listener):
    message = {"msgtype": "markdown", "markdown": {"title": "t", "text": f"runbook: {LABEL['Value']}"}}
    post(listener.robot + "&timestamp=1&sign=x", json.dumps(message).encode())
    fact = robot_message(site.bench(listener), LABEL)
    assert (fact.answer, fact.seen) == (
        "markdown",
        "a body of markdown, msgtype; it shows the rule's label and is signed",
    )


def test_a_body_that_is_no_json_is_no_answer(site, listener):
    post(listener.robot, b"hello")
    assert robot_message(site.bench(listener), LABEL).answer is None


def test_without_a_door_nothing_is_known(site):
    assert callback_fields(site.bench(), LABEL).answer is None
    assert robot_message(site.bench(), LABEL).answer is None
