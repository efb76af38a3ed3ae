"""How a run of the engine ended, from its exit code and its event log."""

import json
import signal

import pytest

from flowvigil.deploy.running import End, InterruptedRun, run
from flowvigil.deploy.session import Session


class Engine:
    """An engine that writes these events and ends with this code."""

    def __init__(self, path, code, events):
        lines = "\n".join(json.dumps(event, separators=(",", ":")) for event in events)
        (path / "events").write_text(lines)
        log = 'while [ $# -gt 1 ]; do [ "$1" = --event-log ] && out="$2"; shift; done'
        self.pulumi = path / "pulumi"
        self.pulumi.write_text(f'#!/bin/sh\n{log}\ncat {path}/events > "$out"\necho progress\nexit {code}\n')
        self.pulumi.chmod(0o755)


class Folder:
    name = "acme"

    def __init__(self, root):
        self.root = root


@pytest.fixture
def ended(tmp_path):
    def end(code, *events, aside=False):
        environment = {"PATH": "/usr/bin:/bin"}
        return run(Session(Engine(tmp_path, code, events), Folder(tmp_path), "test", environment, aside), "up")

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


URN = "urn:pulumi:test::acme::alicloud:log/project:Project::"


def act(op, key="log.project", *, kind="alicloud:log/project:Project", logical=True, planning=False, retained=False):
    old = {"retainOnDelete": retained}
    metadata = {"op": op, "urn": f"{URN}{key}", "type": kind, "logical": logical, "old": old}
    return {"resOutputsEvent": {"metadata": metadata, "planning": planning}}


def told(ended, *events, code=0):
    return [(one.op, one.key, one.failed) for one in ended(code, *events, aside=True).steps]


def test_a_session_that_is_aside_tells_what_was_done_to_each_object(ended):
    assert told(ended, act("create"), act("same", "a"), act("update", "b")) == [
        ("create", "log.project", False),
        ("same", "a", False),
        ("update", "b", False),
    ]


def test_any_other_session_is_spared_the_reading(ended):
    assert ended(0, act("create")).steps == ()


def test_the_parts_of_a_replacement_are_one_step(ended):
    parts = [act("create-replacement", logical=False), act("replace"), act("delete-replaced", logical=False)]
    assert told(ended, *parts) == [("replace", "log.project", False)]


def test_what_was_only_planned_was_not_done(ended):
    assert told(ended, act("create", planning=True)) == []


def test_a_provider_that_the_engine_made_by_itself_is_no_step(ended):
    kind = "pulumi:providers:alicloud"
    acts = [act("create", "default_3_105_0", kind=kind), act("create", "records", kind=kind)]
    assert told(ended, *acts) == [("create", "records", False)]


def test_a_step_that_failed_says_so(ended):
    metadata = {"op": "create-replacement", "urn": f"{URN}a", "type": "t", "old": None}
    assert told(ended, {"resOpFailedEvent": {"metadata": metadata}}, code=1) == [("create-replacement", "a", True)]


def test_what_was_retained_on_its_removal_is_kept(ended):
    acts = [act("delete", "a", retained=True), act("delete", "b"), act("update", "c", retained=True)]
    assert ended(0, *acts, aside=True).kept == ("a",)


class Interrupted(Session):
    """A run that a person ends with Ctrl-C, which is said when the engine has ended."""

    def run(self, *arguments):
        super().run(*arguments)
        raise KeyboardInterrupt


def test_a_run_that_a_person_ended_tells_what_it_did_until_then(tmp_path):
    engine = Engine(tmp_path, 1, [act("create", "a"), failure("cancelled")])
    with pytest.raises(InterruptedRun) as raised:
        run(Interrupted(engine, Folder(tmp_path), "test", {"PATH": "/usr/bin:/bin"}, aside=True), "up")
    ended = raised.value.ended
    assert (ended.end, [one.key for one in ended.steps]) == (End.INTERRUPTED, ["a"])
    assert ended.errors == (("contact.a", "cancelled"),)


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def ending(request):
    """A signal that interrupts this process, as it does the command's."""
    before = signal.signal(request.param, signal.default_int_handler)
    yield request.param
    signal.signal(request.param, before)


def test_a_signal_waits_for_the_engine_which_has_it_too_and_saves_what_it_did(tmp_path, ending):
    engine = Engine(tmp_path, 1, [act("create", "a")])
    told = engine.pulumi.read_text().replace("#!/bin/sh\n", f"#!/bin/sh\nkill -{ending.name[3:]} $PPID; sleep 0.2\n")
    engine.pulumi.write_text(told)
    with pytest.raises(InterruptedRun) as raised:
        run(Session(engine, Folder(tmp_path), "test", {"PATH": "/usr/bin:/bin"}, aside=True), "up")
    assert [one.key for one in raised.value.ended.steps] == ["a"]
    assert signal.getsignal(ending) is signal.default_int_handler


def test_an_engine_that_a_sigterm_did_not_reach_is_told_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr("flowvigil.deploy.session._PATIENCE_S", 0.1)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    engine = Engine(tmp_path, 0, [])
    engine.pulumi.write_text("#!/bin/sh\nkill -TERM $PPID\nexec sleep 60\n")
    with pytest.raises(InterruptedRun):
        run(Session(engine, Folder(tmp_path), "test", {"PATH": "/usr/bin:/bin"}), "up")
    signal.signal(signal.SIGTERM, before)


def test_a_log_that_breaks_off_is_read_as_far_as_it_goes(tmp_path):
    engine = Engine(tmp_path, 1, [act("create", "a"), act("create", "b")])
    log = tmp_path / "events"
    log.write_text(log.read_text()[:-9])
    session = Session(engine, Folder(tmp_path), "test", {"PATH": "/usr/bin:/bin"}, aside=True)
    assert [one.key for one in run(session, "up").steps] == ["a"]


def test_a_mandatory_policy_is_among_the_errors(ended):
    broken = {"enforcementLevel": "mandatory", "policyName": "no-a", "resourceUrn": f"{URN}a", "message": "<{%b%}>no"}
    assert ended(1, {"policyEvent": broken}).errors == (("a", "no-a: no"),)


def test_a_session_that_is_aside_leaves_standard_output_alone(ended, capsys):
    ended(0, aside=True)
    assert capsys.readouterr() == ("", "progress\n")


def test_any_other_session_prints_where_a_person_looks(ended, capsys):
    ended(0)
    assert capsys.readouterr() == ("progress\n", "")
