"""A relay's settings and secrets: read whole or refused with everything that is wrong; taken anew when they change."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from flowvigil.relay.__main__ import main
from flowvigil.relay.robots import Fate, Verdict
from flowvigil.relay.secrets import secrets, variable
from flowvigil.relay.server import Options, relay_of
from flowvigil.relay.settings import Robot, SettingsError, Store, from_json, hashed, read, to_json
from flowvigil.relay.store import Store as Memory
from tests.emulator.conftest import NOW

from .conftest import ENVIRON, P95, SECRET, flow, form, level, settings

FULL = settings(flow("poem", P95, context=Store("app", "errors"), known_as=("poem", "verse")), flow("second"))


def test_settings_are_read_as_they_were_written():
    assert from_json(json.loads(json.dumps(to_json(FULL)))) == FULL


def test_a_threshold_of_zero_survives():
    one = settings(flow("poem", replace(P95, levels=(level("critical", 0.0, "> 0%"),))))
    assert from_json(to_json(one)) == one


def test_equal_settings_have_equal_hashes():
    assert hashed(FULL).hash == hashed(FULL).hash != hashed(replace(FULL, language="en")).hash


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no JSON"),
        ("[]", "no relay settings of version 1"),
        ('{"relay": 2}', "no relay settings of version 1"),
        ('{"relay": 1}', "missing 5 required positional arguments"),
        ('{"relay": 1, "robots": [{"secret": "a", "colour": "red"}]}', "robot has no colour"),
        ('{"relay": 1, "flows": [{"flow": "a"}]}', "'logs'"),
        ("[" * 100_000, "is no JSON"),
    ],
)
def test_settings_that_are_none_are_refused(tmp_path, text, why):
    file = tmp_path / "relay.json"
    file.write_text(text)
    with pytest.raises(SettingsError, match=why):
        read(file)


def test_a_file_that_is_not_there_names_the_command_that_writes_it(tmp_path):
    with pytest.raises(SettingsError, match="write it with: flowvigil export relay"):
        read(tmp_path / "relay.json")


def test_a_secret_has_a_variable_and_two_of_one_variable_are_refused():
    assert variable("assistant-robot_2") == "FLOWVIGIL_SECRET_ASSISTANT_ROBOT_2"
    both = settings(flow(), robots=(Robot("a-b"), Robot("a_b")))
    with pytest.raises(SettingsError, match="secrets a-b and a_b would both be FLOWVIGIL_SECRET_A_B"):
        secrets(both, ENVIRON)


def test_a_robot_whose_secret_is_no_address_is_refused_without_showing_it():
    with pytest.raises(SettingsError) as raised:
        secrets(settings(flow()), {**ENVIRON, "FLOWVIGIL_SECRET_ROBOT": "SECsomething"})
    assert str(raised.value) == "secret robot (FLOWVIGIL_SECRET_ROBOT) is no http or https address"


def test_secrets_are_not_in_their_own_picture():
    assert repr(secrets(settings(flow()), ENVIRON)) == "Secrets(relay-url, robot)"


def test_settings_that_changed_are_taken_and_broken_ones_are_not(desk):
    one = desk()
    file = one.relay._path
    file.write_text(json.dumps(to_json(hashed(replace(one.relay.settings, language="en")))))
    one.relay.reload()
    assert one.relay.settings.language == "en"
    file.write_text("{")
    one.relay.reload()
    assert one.relay.settings.language == "en"
    assert (one.count("settings_taken"), one.count("settings_refused")) == (1, 1)


def test_nothing_waits_for_a_robot_that_the_settings_no_longer_have(desk):
    both, alone = [level("warning", 5000, "> 5s", *names) for names in (("robot", "oncall"), ("robot",))]
    one = desk(flow("poem", replace(P95, levels=(both,))), robots=(Robot("robot"), Robot("oncall")))
    one.posts["oncall"].verdicts = [Verdict(Fate.REFUSED, "400101", "access_token is not exist")]
    one.says("p95", "WARN", 0)
    one.work()
    fewer = replace(settings(flow("poem", replace(P95, levels=(alone,)))), robots=(Robot("robot"),))
    one.relay._path.write_text(json.dumps(to_json(fewer)))
    one.relay.reload()
    one.relay.posts = {"robot": one.posts["robot"]}
    one.says("p95", "OK", 5)
    one.work(60)
    assert one.heads() == ["警告 报警 客服问答 p95", "恢复 客服问答 p95"]
    assert (one.relay.health()["waiting"], one.relay.health()["delivering"]) == (0, True)
    (noted,) = [line for line in one.relay.store.audit(0) if line["what"] == "robot gone"]
    assert (noted["robot"], noted["notices"]) == ("oncall", 1)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Starts a relay that cannot start; its exit code and what it says."""
    file = tmp_path / "relay.json"
    file.write_text(json.dumps(to_json(settings(flow()))))

    def begin(*arguments, **environ):
        for name, value in {**ENVIRON, **environ}.items():
            monkeypatch.setenv(name, value)
        return main(["--settings", str(file), "--port", "0", *arguments]), capsys.readouterr().err.strip()

    return begin


def test_a_port_that_is_taken_is_one_sentence(run, virtual_cloud):
    host, port = virtual_cloud().address.split(":")
    said = f"127.0.0.1:{port} cannot be listened on: Address already in use; choose another --port"
    assert run("--host", host, "--port", port) == (3, said)


def test_a_state_that_another_relay_uses_is_one_sentence(run, tmp_path):
    folder = tmp_path / "state"
    other = Memory(folder)
    said = f"another relay works on {folder}; end it, or give this one a folder of its own"
    assert run("--state", str(folder)) == (3, said)
    other.close()


def test_beside_a_pretend_cloud_whose_clock_was_ahead_nothing_new_looks_old(desk, tmp_path, virtual_cloud, monkeypatch):
    cloud, folder = virtual_cloud(), tmp_path / "state"
    one = desk(state=folder)
    now = cloud.world.now()
    one.says("p95", "WARN", (now - NOW) / 60_000 + 120)
    one.work()
    one.relay.close()
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    again = relay_of(Options(one.relay._path, folder, clock=f"http://{cloud.address}/-/clock"))
    again.accept(form(ruleId="poem-p95", timestamp=str(now)))
    assert again.judge(0)
    assert (again.sender.waiting()[0], "late_callbacks" in again.store.counters()) == (1, False)
    again.close()


def test_a_source_that_is_no_range_is_bad_input(run):
    code, said = run("--source", "everywhere")
    assert (code, said) == (2, "'everywhere' is no range such as 10.0.0.0/8, nor the word documented")


def test_missing_secrets_are_bad_input_and_all_named(run):
    code, said = run(FLOWVIGIL_SECRET_ROBOT="", FLOWVIGIL_SECRET_RELAY_URL="")
    assert code == 2
    assert said.splitlines() == [
        "secret relay-url is missing: set FLOWVIGIL_SECRET_RELAY_URL",
        "secret robot is missing: set FLOWVIGIL_SECRET_ROBOT",
    ]


def test_a_file_of_secrets_is_read_beside_the_environment(tmp_path):
    from flowvigil.relay.server import environment

    file = tmp_path / "relay.env"
    file.write_text(f"# the team's\nFLOWVIGIL_SECRET_RELAY_URL=https://h/{SECRET}?x=1\n\nother\n")
    assert environment(file)["FLOWVIGIL_SECRET_RELAY_URL"] == f"https://h/{SECRET}?x=1"
    assert environment(file)["PATH"] == os.environ["PATH"]
