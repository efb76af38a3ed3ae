"""`flowvigil lint --live`: what the account lacks, as findings; what could not be asked, apart."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from flowvigil.cli import run
from flowvigil.deploy.live import runbook
from flowvigil.deploy.patience import within
from tests.emulator.lines import group

from .conftest import ACCOUNT, NOW

pytestmark = pytest.mark.engine  # starts servers: seconds, not milliseconds

CONTACTS = """\
teams:
  assistant-team: {critical: [oncall], warning: [oncall]}
groups:
  oncall: {existing: true}
"""
SERVICE = "shop-local"
METRIC = "custom_flow_generation_response_time_p95"


@pytest.fixture
def wiki():
    """A server that answers 200, but 404 at /gone, 403 at /private, and HEAD never with 200 at /no-head."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self):
            status = {"/gone": 404, "/private": 403}.get(self.path, 200)
            self.send_response(405 if self.command == "HEAD" and self.path == "/no-head" else status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815 - the name that the server looks for

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def spec(project, monkeypatch):
    """Writes the project's only flow with further lines."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    (project / "monitors/contacts.yaml").write_text(CONTACTS)

    def write(*lines):
        text = "flow: my-flow\nowner: assistant-team\nalarms:\n  p95: {warning: 5s, critical: 8s}\n"
        (project / "monitors/my-flow.yaml").write_text(text + "".join(f"{line}\n" for line in lines))

    write()
    return write


@pytest.fixture
def account(site):
    """An account in which nothing is missing: a contact group and points of every metric of the flow."""
    site.bench().must("PutContactGroup", ContactGroupName="oncall", Describe="theirs")
    report(site)
    return site


def report(site, time=NOW):
    dimensions = json.dumps({"flow": "my-flow", "service": SERVICE})
    entry = {"GroupId": "0", "Type": "1", "Period": "60", "Values": '{"Maximum": 1}', "Dimensions": dimensions}
    site.bench().put([{**entry, "MetricName": METRIC, "Time": str(time)}])


def live(capsys, *more):
    """The exit code, (check, file and line) of each finding of the account, and what stands on standard error."""
    code = run(["lint", "--live", "--json", *more])
    told = capsys.readouterr()
    found = json.loads(told.out)
    return code, [one for one in found["problems"] if one["id"].startswith("live/")], told.err


def ids(found):
    return [one["id"] for one in found]


def test_an_account_that_has_all_gives_no_finding(spec, account, capsys):
    assert live(capsys, "--fail-on", "error")[:2] == (0, [])


def test_a_flow_of_which_nothing_came_for_an_hour_is_told(spec, account, capsys):
    account.world.now.time = NOW + 3_700_000
    code, found, _ = live(capsys)
    assert (code, ids(found), found[0]["line"]) == (1, ["live/metric"], 1)


def test_the_points_of_another_stack_are_not_this_flows(spec, account, capsys, monkeypatch):
    monkeypatch.setattr(f"{__name__}.SERVICE", "other-stack")
    account.world.now.time = NOW + 3_700_000
    report(account, account.world.now.time)
    assert ids(live(capsys)[1]) == ["live/metric"]


def test_a_contact_group_that_is_not_there_is_told_at_its_line(spec, account, capsys):
    account.bench().must("DeleteContactGroup", ContactGroupName="oncall")
    code, found, _ = live(capsys)
    assert (code, ids(found)) == (1, ["live/group"])
    assert (found[0]["file"], found[0]["line"]) == ("monitors/contacts.yaml", 4)


def test_a_contact_that_never_confirmed_is_told_by_name(spec, account, capsys):
    account.world.switches.change("contact_activation", "on")
    bench = account.bench()
    bench.must("PutContact", ContactName="alice", Describe="d", Channels={"Mail": "alice@example.com"})
    bench.must("PutContactGroup", ContactGroupName="oncall", Describe="theirs", ContactNames=["alice"])
    _, found, _ = live(capsys)
    assert ids(found) == ["live/activated"]
    assert found[0]["message"].startswith("alice in oncall never confirmed")


def test_a_store_that_is_not_there_and_one_without_index_are_told(spec, account, capsys):
    spec("logs: {project: llm-prod, logstore: runs}")
    assert ids(live(capsys)[1]) == ["live/store"]
    account.sls("POST", "", "/", {"projectName": "llm-prod", "description": "d"})
    account.sls("POST", "llm-prod", "/logstores", {"logstoreName": "runs", "ttl": 30})
    assert ids(live(capsys)[1]) == ["live/index"]
    account.sls("POST", "llm-prod", "/logstores/runs/index", {"line": {"token": [" "]}})
    assert ids(live(capsys)[1]) == []


@pytest.mark.parametrize(("page", "why"), [("/", ""), ("/gone", "HTTP 404"), ("/private", ""), ("/no-head", "")])
def test_a_runbook_opens_or_says_why_not(wiki, page, why, spec):
    assert runbook(wiki + page) == why


def test_a_runbook_that_nobody_serves_says_so(spec):
    assert "refused" in runbook("http://127.0.0.1:9/").lower()


def test_what_is_no_web_address_does_not_open():
    assert runbook("file:///etc/passwd") == "is no web address"


def test_a_dead_runbook_is_told_at_its_line(spec, account, wiki, capsys):
    spec(f"runbook: {wiki}/gone")
    _, found, _ = live(capsys)
    assert [(one["id"], one["line"]) for one in found] == [("live/runbook", 5)]


def test_what_the_caller_may_not_ask_is_told_apart_and_ends_with_3(spec, account, capsys):
    account.world.accounts.restrict(ACCOUNT, "", ["cms:DescribeContactGroupList", "cms:QueryMetricLast"], [])
    code, found, err = live(capsys, "--fail-on", "error")
    assert (code, found) == (3, [])
    assert "could not be asked: contact groups: DescribeContactGroupList: " in err


def test_errors_of_the_specs_come_first(spec, account, capsys):
    spec("colour: red")
    code, found, err = live(capsys)
    assert (code, found) == (1, [])
    assert "the account is not asked before these errors are gone" in err


@pytest.mark.parametrize("more", [["--env", "prod"], ["monitors/my-flow.yaml"], ["-s", "nowhere"]])
def test_a_wish_that_cannot_be_met_is_bad_usage(spec, account, more):
    assert run(["lint", "--live", *more]) == 2


def test_a_stack_without_live_is_bad_usage(spec):
    assert run(["lint", "-s", "local"]) == 2


def test_whoever_does_not_answer_in_time_is_not_waited_for():
    never = threading.Event()
    found = within(0.05, {"quick": lambda: 1, "slow": never.wait, "broken": lambda: 1 / 0})
    never.set()
    assert found["quick"] == 1
    assert found["slow"] is None
    assert isinstance(found["broken"], ZeroDivisionError)


INDEX = {"keys": {name: {"type": "text", "doc_value": True, "token": []} for name in ("event", "service", "flow")}}
INDEX["keys"] |= {name: {"type": "long", "doc_value": True} for name in ("input_tokens", "output_tokens")}
INDEX["keys"] |= {"first_token_ms": {"type": "double", "doc_value": True}}


@pytest.fixture
def judged(spec, account):
    """A flow with alarms on the inside of its runs, and the store that its run events go to."""
    inside = ("  ttft: {critical: 2s, min_runs: 20}", "  cost: {signal: tokens_per_run, critical: 4000}")
    spec(*inside, "logs: {project: llm-prod, logstore: runs}")
    account.sls("POST", "", "/", {"projectName": "llm-prod", "description": "d"})
    account.sls("POST", "llm-prod", "/logstores", {"logstoreName": "runs", "ttl": 30})
    account.sls("POST", "llm-prod", "/logstores/runs/index", INDEX)
    return account


def told(account, **measures):
    """One run event of the flow a minute ago, with these measures."""
    event = {"event": "run", "service": SERVICE, "flow": "my-flow", **measures}
    account.put_lines("llm-prod", "runs", group((NOW // 1000 - 60, event)))


def test_runs_that_tell_nothing_of_their_inside_leave_the_alarms_on_it_blind(judged, capsys):
    told(judged)
    _, found, asked = live(capsys)
    assert [(one["id"], one["line"]) for one in found] == [("live/inside", 5), ("live/inside", 6)]
    assert asked == ""


def test_one_run_that_tells_is_enough(judged, capsys):
    told(judged)
    told(judged, first_token_ms="12.5", output_tokens="3")
    assert live(capsys)[1] == []


def test_an_alarm_is_told_by_what_it_judges(judged, capsys):
    told(judged, input_tokens="3")
    assert [one["line"] for one in live(capsys)[1]] == [5]


def test_a_flow_without_runs_is_not_called_blind(judged, capsys):
    assert live(capsys)[1] == []


def test_before_the_first_up_there_is_nothing_to_ask_of_its_inside(spec, account, capsys):
    spec("  ttft: {critical: 2s, min_runs: 20}")
    assert live(capsys)[1:] == ([], "")
