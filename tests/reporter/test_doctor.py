"""What the doctor finds in a service's environment."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flowvigil import doctor
from flowvigil.doctor import Finding
from flowvigil.reporter.contract import FlowSettings, Series, Settings, settings_to_json

from .builders import Service, environment, settings_for


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


def examined(settings: Settings | None, folder: Path, *, send: bool = True, **environ: str) -> dict[str, Finding]:
    path = folder / "settings.json"
    if settings is not None:
        path.write_text(json.dumps(settings_to_json(settings)))
    keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI-id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "the-secret"}
    found = doctor.examine({"FLOWVIGIL_SETTINGS": str(path), **keys, **environ}, send=send)
    return {finding.check: finding for finding in found}


def test_a_healthy_service_has_no_findings(service: Service, tmp_path: Path) -> None:
    found = examined(settings_for(service.url, log=True), tmp_path)
    assert {check: finding.state for check, finding in found.items()} == dict.fromkeys(
        ("switch", "settings", "credentials", "metrics", "logs", "clock"), "ok"
    )
    assert "environment" in found["credentials"].text
    assert "the-secret" not in str(found)


def test_without_send_nothing_is_sent(service: Service, tmp_path: Path) -> None:
    assert examined(settings_for(service.url), tmp_path, send=False)["metrics"].state == "skipped"
    assert service.requests == []


@pytest.mark.parametrize(("check", "action"), [("metrics", "cms:PutCustomMetric"), ("logs", "log:PostLogStoreLogs")])
def test_a_missing_permission_is_named_by_its_ram_action(
    service: Service, tmp_path: Path, check: str, action: str
) -> None:
    service.answer = lambda _path, _body: (403, b'{"Code":"NoPermission","Message":"no"}')
    assert action in examined(settings_for(service.url, log=True), tmp_path)[check].text


def test_an_endpoint_that_does_not_answer_is_unreachable(tmp_path: Path) -> None:
    found = examined(settings_for("http://127.0.0.1:9"), tmp_path)
    assert found["metrics"].state == "unreachable"


def test_without_an_answer_nothing_is_known_of_the_clock(tmp_path: Path) -> None:
    assert examined(settings_for("http://127.0.0.1:9"), tmp_path)["clock"].state == "skipped"


@pytest.mark.parametrize("address", ["http://[", "nonsense"])
def test_an_endpoint_that_is_no_address_is_a_finding_and_no_traceback(tmp_path: Path, address: str) -> None:
    found = examined(settings_for(address, log=True), tmp_path)
    for check in ("metrics", "logs"):
        assert (found[check].state, "is no address; it should be" in found[check].text) == ("bad", True)


def test_a_clock_that_is_off_is_a_finding(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BaseHTTPRequestHandler, "date_time_string", lambda _: "Fri, 15 Jan 2027 09:00:00 GMT")
    monkeypatch.setattr(doctor, "time", SimpleNamespace(time=lambda: 1_800_000_000.0))  # an hour earlier
    clock = examined(settings_for(service.url), tmp_path)["clock"]
    assert (clock.state, clock.text) == ("bad", "3600 s off the service's; points would carry wrong times")


def test_ctrl_c_ends_it_without_a_traceback(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hung:
        environ = environment(settings_for(f"http://127.0.0.1:{hung.getsockname()[1]}"), tmp_path)
        command = [sys.executable, "-m", "flowvigil.doctor", "--send"]
        with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE) as asking:
            hung.accept()[0].detach()
            asking.send_signal(signal.SIGINT)
            said = asking.communicate(timeout=60)[1]
    assert (asking.returncode, said) == (130, b"")


def test_a_service_that_is_switched_off_is_told_the_variable(tmp_path: Path) -> None:
    found = examined(settings_for("http://127.0.0.1:9"), tmp_path, send=False, FLOWVIGIL_SETTINGS="")
    assert (found["switch"].state, "FLOWVIGIL_SETTINGS" in found["switch"].text) == ("bad", True)


@pytest.mark.parametrize("content", ["", "{", '{"settings": 2}', '{"settings": 1, "flow": {}}', "[]", "\xff"])
def test_a_file_that_is_no_settings_is_a_finding_and_no_traceback(tmp_path: Path, content: str) -> None:
    (tmp_path / "settings.json").write_text(content, "latin-1")
    assert examined(None, tmp_path, send=False)["settings"].state == "bad"


def test_a_service_that_no_rule_asks_for_is_a_finding(tmp_path: Path) -> None:
    found = examined(settings_for("http://127.0.0.1:9"), tmp_path, send=False, FLOWVIGIL_SERVICE="other")["settings"]
    assert (found.state, "ask for 'svc'; unset FLOWVIGIL_SERVICE" in found.text) == ("bad", True)


def test_without_credentials_nothing_is_tried(tmp_path: Path) -> None:
    nothing = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "", "HOME": "/nonexistent", "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}
    found = examined(settings_for("http://127.0.0.1:9"), tmp_path, **nothing)
    assert (found["credentials"].state, "metrics" in found) == ("unreachable", False)


@pytest.mark.parametrize(
    ("series", "text"),
    [
        ((Series("1st", "p95", "p95"),), "not a metric name"),
        ((Series("m", "p95", "a"), Series("m", "p50", "b")), "a and b share m"),
        ((Series("m", "p42", "p42"),), "'p42' is unknown"),
    ],
)
def test_series_that_no_rule_could_read_are_named(tmp_path: Path, series: Any, text: str) -> None:
    settings = Settings("svc", "cn", flows=(FlowSettings("poem", series=series),))
    assert text in examined(settings, tmp_path, send=False)["series"].text


def test_the_exit_code_says_how_bad_it_is(service: Service, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "settings.json"
    keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "i", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s", "FLOWVIGIL_SETTINGS": str(path)}
    codes = []
    for url in (service.url, "http://127.0.0.1:9"):
        path.write_text(json.dumps(settings_to_json(settings_for(url))))
        codes.append(doctor.main(["--send", "--json"], keys))
    path.write_text("{")
    codes.append(doctor.main([], keys | {"FLOWVIGIL_REGION": "cn-test"}))
    assert codes == [0, 3, 1]
    assert json.loads(capsys.readouterr().out.split("\n]\n")[0] + "]")[0]["check"] == "switch"
