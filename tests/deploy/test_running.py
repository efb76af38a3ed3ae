"""How a run of the engine ended, from its exit code and its event log."""

import json

import pytest

from flowvigil.deploy.running import End, run
from flowvigil.deploy.session import Session


class Engine:
    """An engine that writes these events and ends with this code."""

    def __init__(self, path, code, events):
        lines = "\n".join(json.dumps(event, separators=(",", ":")) for event in events)
        (path / "events").write_text(lines)
        log = 'while [ $# -gt 1 ]; do [ "$1" = --event-log ] && out="$2"; shift; done'
        self.pulumi = path / "pulumi"
        self.pulumi.write_text(f'#!/bin/sh\n{log}\ncat {path}/events > "$out"\nexit {code}\n')
        self.pulumi.chmod(0o755)


class Folder:
    name = "acme"

    def __init__(self, root):
        self.root = root


@pytest.fixture
def ended(tmp_path):
    def end(code, *events):
        environment = {"PATH": "/usr/bin:/bin"}
        return run(Session(Engine(tmp_path, code, events), Folder(tmp_path), "test", environment), "up")

    return end


def policy(level):
    return {"policyEvent": {"enforcementLevel": level, "message": "no"}}


def failure(message):
    return {"diagnosticEvent": {"urn": "urn:pulumi:test::acme::t::contact.a", "message": message, "severity": "error"}}


@pytest.mark.parametrize(
    ("code", "end"),
    [
        (0, End.DONE),
        (1, End.FAILED),
        (2, End.BAD_INPUT),
        (6, End.BAD_INPUT),
        (7, End.CHANGES_FOUND),
        (8, End.INTERRUPTED),
    ],
)
def test_the_exit_code_of_the_engine_says_how_it_ended(ended, code, end):
    assert ended(code).end is end


def test_a_mandatory_policy_is_a_refusal_although_the_engine_calls_it_an_error(ended):
    assert ended(1, policy("mandatory")).end is End.REFUSED


def test_advice_of_a_policy_is_none(ended):
    assert ended(1, policy("advisory")).end is End.FAILED


def test_errors_come_with_the_key_of_their_object_and_without_colours(ended):
    assert ended(1, failure("<{%fg 1%}>error: \x1b[31mno\x1b[0m<{%reset%}>")).errors == (("contact.a", "error: no"),)


def test_a_run_without_a_log_has_no_errors_to_tell(ended):
    assert ended(255).errors == ()
