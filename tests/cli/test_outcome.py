"""The document of `up --json` and `down --json`, however the command ends."""

import json

import pytest

from flowvigil.cli.console import REFUSED, Console, Exit
from flowvigil.cli.outcome import recorded
from flowvigil.deploy.foreign import Foreign
from flowvigil.deploy.running import End, Ended, InterruptedRun, Step
from flowvigil.deploy.steps import RefusedError
from flowvigil.deploy.verify import Finding
from flowvigil.provisioner.objects import LogProject

URN = "urn:pulumi:test::acme::t::"


@pytest.fixture
def document(capsys):
    """The document of a command that does this to its outcome."""

    def end(act, raised=()):
        if raised:
            with pytest.raises(raised), recorded(Console(aside=True), "test") as outcome:
                act(outcome)
        else:
            with recorded(Console(aside=True), "test") as outcome:
                act(outcome)
        out, _ = capsys.readouterr()
        return json.loads(out)

    return end


def raising(error, cause=None):
    def act(_outcome):
        raise error from cause

    return act


def test_a_command_that_did_nothing_says_so_under_every_key(document):
    told = document(lambda _: None)
    assert isinstance(told.pop("duration"), int)
    assert told == {
        "stack": "test",
        "exitCode": 0,
        "message": "",
        "steps": [],
        "changeSummary": {},
        "kept": [],
        "errors": [],
        "foreign": [],
        "findings": None,
        "outputs": {},
    }


def test_steps_are_named_and_counted_those_that_failed_only_named(document):
    steps = (Step("create", f"{URN}a"), Step("same", f"{URN}b"), Step("create", f"{URN}c", failed=True))

    def act(outcome):
        outcome.finish(Ended(End.FAILED, (("c", "no"),), steps))

    told = document(act, Exit)
    assert told["steps"] == [
        {"op": "create", "urn": f"{URN}a", "name": "a"},
        {"op": "same", "urn": f"{URN}b", "name": "b"},
        {"op": "create", "urn": f"{URN}c", "name": "c", "failed": True},
    ]
    assert told["changeSummary"] == {"create": 1, "same": 1}
    assert told["errors"] == [{"name": "c", "message": "no"}]
    assert told["exitCode"] == 3


def test_a_refusal_names_what_is_not_ours(document):
    refusal = RefusedError("not ours", [Foreign("contact", "acme-test-robot")])
    told = document(raising(Exit(REFUSED, str(refusal)), refusal), Exit)
    assert told["foreign"] == [{"kind": "contact", "name": "acme-test-robot"}]
    assert told["message"] == "not ours"
    assert told["exitCode"] == 4


def test_what_the_service_refused_to_make_twice_is_not_ours_either(document):
    project = LogProject("log.project", None, "acme-test-1", "", protect=True)

    def act(outcome):
        outcome.finish(Ended(End.FAILED, (("log.project", "ProjectAlreadyExist"),)), [project])

    told = document(act, Exit)
    assert told["foreign"] == [{"kind": "log project", "name": "acme-test-1"}]
    assert told["exitCode"] == 4


def test_findings_are_those_of_verify(document):
    def act(outcome):
        outcome.findings = [Finding("poem", "p95", "is missing", "flow.poem.template")]

    assert document(act)["findings"] == [
        {"flow": "poem", "rule": "p95", "message": "is missing", "template": "flow.poem.template"}
    ]


def test_an_interrupt_has_a_document_too(document):
    assert document(raising(KeyboardInterrupt()), KeyboardInterrupt)["exitCode"] == 130


def test_an_interrupted_run_tells_what_it_did_until_then(document):
    ended = Ended(End.INTERRUPTED, steps=(Step("create", f"{URN}a"),))
    told = document(raising(InterruptedRun(ended)), KeyboardInterrupt)
    assert (told["exitCode"], told["changeSummary"]) == (130, {"create": 1})


def test_a_message_holds_no_secret(document):
    said = "https://oapi.dingtalk.com/robot/send?access_token=canary0123"
    assert "canary" not in document(raising(Exit(3, said)), Exit)["message"]


def test_without_json_there_is_no_document(capsys):
    with recorded(Console(), "test"):
        pass
    assert capsys.readouterr().out == ""
