"""From a spec to the relayed message: rules that the real engine made call a relay that the stack's export set up."""

import contextlib
import http.client
import json
import re
import subprocess
import sys
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from flowvigil import emulator
from flowvigil.relay import background
from flowvigil.reporter.contract import settings_from_json
from flowvigil.simulation import Drive
from flowvigil.simulation.cloud import PretendCloud
from flowvigil.simulation.shapes import Run, Shape
from tests.emulator.scenery import see
from tests.ports import free_port
from tests.proofs.conftest import POEM, WEBHOOK, until
from tests.proofs.test_alarms import Flow

pytestmark = pytest.mark.engine

CONTACTS = """\
teams:
  assistant-team: {critical: [oncall], warning: [oncall]}
groups:
  oncall:
    - {dingtalk: assistant-robot}
    - {dingtalk: assistant-robot-signed, sign: assistant-sign, via: relay, at: [zhangsan]}
"""
SIGN = "SECof-the-team"
SIGNED = "https://oapi.dingtalk.com/robot/send?access_token=signed0123456789"


def want_relay(site, url):
    """Give a site contacts that the relay at an address posts to, and their secrets."""
    site.write("monitors/contacts.yaml", CONTACTS)
    site.keep({"assistant-robot-signed": SIGNED, "assistant-sign": SIGN, "relay-url": url})


@pytest.fixture(scope="module")
def site(make_site):
    site = make_site()
    site.write(
        "monitors/poem-generator.yaml",
        POEM + "  stuck: {warning: 3m}\n  no_reports: none\nrunbook: https://wiki.example.com/poem\n",
    )
    site.port = free_port()
    site.url = f"http://127.0.0.1:{site.port}/callback/a-secret-of-the-relay"
    want_relay(site, site.url)
    code, printed = site.up()
    assert code == 0, printed
    state = site.root / ".flowvigil" / "emulator"
    emulator.stop(state)
    emulator.start(int(site.address.split(":")[1]), state, clock="virtual")
    site.door("robots", {"token": "signed0123456789", "secret": SIGN}, "POST")
    return site


@pytest.fixture(scope="module")
def relay(site):
    code, printed = site.flowvigil(
        "export",
        "relay",
        "-s",
        site.stack,
        "-o",
        str(site.root / "relay.json"),
        "--secrets",
        str(site.root / "relay.env"),
    )
    assert code == 0, printed
    arguments = ["--settings", "relay.json", "--secrets", "relay.env", "--state", ".flowvigil/relay"]
    arguments += ["--port", str(site.port), "--clock", f"http://{site.address}/-/clock"]
    command = [sys.executable, "-m", "flowvigil", "run", "relay", *arguments]
    process = subprocess.Popen(command, cwd=site.root, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == f"relay: http://127.0.0.1:{site.port}\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def relayed(site):
    return [one for one in site.door("outbox?channel=dingtalk") if one["status"] == "sent" and "message" in one]


def test_the_settings_hold_no_secret_and_the_secrets_are_the_owners_alone(site, relay):
    text = (site.root / "relay.json").read_text()
    assert not [secret for secret in (SIGN, "signed0123456789", "a-secret-of-the-relay") if secret in text]
    assert (site.root / "relay.env").stat().st_mode & 0o777 == 0o600


def test_slow_runs_are_one_signed_message_beside_the_services_own_and_one_recovery(site, relay):
    flow = Flow(site, "slow_streak")
    flow.reports(0, 1, 2, 3, 3, 4, 0)
    until(lambda: len(relayed(site)) == 2)
    first, second = [one["message"]["markdown"]["text"] for one in relayed(site)]
    assert first.startswith("### 监控报警 警告 报警 poem-generator slow_streak")
    assert second.startswith("### 监控报警 恢复 poem-generator slow_streak")
    assert f"slice {site.target.plan.slices['poem-generator']}" in first
    assert relayed(site)[0]["message"]["at"]["atUserIds"] == ["zhangsan"]
    rule = "poem-generator slow_streak [acme-test]"
    own = [one for one in flow.messages()[flow.seen :] if one.get("ruleName") == rule]
    assert [one["after"] for one in own] == ["Warn", "OK"]


def three_slow_runs(now):
    """A quick run a minute, but in the second, third and fourth a slow one."""
    return [Run(30, 6000.0 + now.minute if 1 <= now.minute <= 3 else 100.0)]


def test_the_link_of_the_one_message_opens_the_log_page_on_exactly_the_slow_runs(site, relay):
    code, printed = site.flowvigil("export", "reporter", "-s", site.stack)
    assert code == 0, printed
    settings = settings_from_json(json.loads(printed))
    seen = len(relayed(site))
    Drive(PretendCloud(site.address), settings, {"poem-generator": Shape("", three_slow_runs)}).run(9)
    until(lambda: len(relayed(site)) == seen + 2)
    first, second = [one["message"]["markdown"]["text"] for one in relayed(site)[seen:]]
    assert second.startswith("### 监控报警 恢复 poem-generator slow_streak")
    assert sorted(re.findall(r"duration_ms (\d{3,})", opened(site, first).words)) == ["6001", "6002", "6003"]


def opened(site, text):
    """The page that the message's link to the runs opens."""
    wrapped = text.split("[执行日志](")[1].split(")", maxsplit=1)[0]
    address = urlsplit(parse_qs(urlsplit(wrapped).query)["url"][0])
    assert address.netloc == site.address
    return see(SimpleNamespace(address=site.address), f"{address.path}?{address.query}")


def one_that_hangs(now):
    """From the third minute up to the tenth."""
    return 2 <= now.minute < 9


def test_a_run_that_hangs_is_one_message_whose_link_opens_the_log_and_one_recovery_when_it_ends(site, relay):
    code, printed = site.flowvigil("export", "reporter", "-s", site.stack)
    assert code == 0, printed
    settings = settings_from_json(json.loads(printed))
    seen = len(relayed(site))
    quick = Shape("", lambda now: [Run(30, 200.0 + now.minute)], one_that_hangs)
    Drive(PretendCloud(site.address), settings, {"poem-generator": quick}).run(13)
    until(lambda: len(relayed(site)) == seen + 2)
    first, second = [one["message"]["markdown"]["text"] for one in relayed(site)[seen:]]
    assert first.startswith("### 监控报警 警告 报警 poem-generator stuck")
    assert second.startswith("### 监控报警 恢复 poem-generator stuck")
    # the hanging run began with the third minute; four minutes of age are told at the end of the sixth, a minute later
    shown = [int(one) for one in re.findall(r"duration_ms (2\d\d)\b", opened(site, first).words)]
    assert {202, 203, 204, 205} <= set(shown)


def test_a_relay_that_dies_is_told_by_a_rule_of_its_own(site, relay):
    def alive():
        points = site.door("datapoints?metric=custom_flowvigil_relay_alive")
        return len(points)

    for _ in range(3):
        known = alive()
        site.door("clock", {"advance": 60}, "POST")
        until(lambda seen=known: alive() > seen)
    before = len(site.door("outbox?channel=dingtalk"))
    relay.kill()
    relay.wait()
    site.door("clock", {"advance": 600}, "POST")
    told = [
        one for one in site.door("outbox?channel=dingtalk")[before:] if one["ruleName"] == "relay alive [acme-test]"
    ]
    assert told
    assert WEBHOOK not in json.dumps(told)


def answers(port):
    with contextlib.suppress(OSError), contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as door:
        door.request("GET", "/")
        return door.getresponse().status > 0
    return False


def with_relay(make_site):
    """A site whose contacts want a relay, with no pretend cloud running."""
    site = make_site()
    want_relay(site, "http://127.0.0.1:9/callback/a-secret-of-the-relay")
    emulator.stop(site.root / ".flowvigil" / "emulator")
    return site


def test_one_command_runs_cloud_page_and_relay_and_takes_what_it_started_along(make_site):
    site = with_relay(make_site)
    command = [sys.executable, "-m", "flowvigil", "run", "all", "--port", "0"]
    process = subprocess.Popen(command, cwd=site.root, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == f"page: http://{site.address}/\n"
    line = process.stdout.readline()
    assert line.startswith("relay: http://127.0.0.1:")
    port = int(line.rpartition(":")[2])
    until(lambda: answers(port))
    assert emulator.health(site.address)
    assert (site.root / ".flowvigil" / "relay.env").stat().st_mode & 0o077 == 0
    process.terminate()
    assert process.wait(60) == 0
    process.stdout.close()
    assert emulator.health(site.address) is None


def test_in_the_background_both_stay_a_second_time_keeps_them_and_down_ends_them(make_site):
    site = with_relay(make_site)
    arguments = ["run", "all", "--background", "--port", "0", "--clock", "virtual"]
    code, printed = site.flowvigil(*arguments)
    assert code == 0, printed
    state = site.root / ".flowvigil" / "relay"
    address = background.running(state)
    assert f"relay: http://{address}" in printed
    record = (state / background.PID_FILE).read_text()
    code, printed = site.flowvigil(*arguments)
    assert (code, (state / background.PID_FILE).read_text()) == (0, record), printed
    assert f"relay: http://{address}" in printed
    code, printed = site.flowvigil("down", "--yes")
    assert code == 0, printed
    assert background.health(address) is None
    assert emulator.health(site.address) is None
