"""A run that is killed anywhere is settled by the next one, which ends where an undisturbed run would have ended."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
from dataclasses import dataclass

import pytest

from flowvigil import emulator
from tests.proofs.conftest import CONTACTS
from tests.proofs.essence import essence

pytestmark = pytest.mark.engine

UP = ("up", "--yes", "--skip-preview", "--parallel", "1", "--stack", "test")
DOWN = ("down", "--yes", "--stack", "test")
BEFORE = {
    "contacts.yaml": CONTACTS,
    "poem.yaml": "flow: poem\nowner: assistant-team\nalarms:\n  p95: {warning: 5s}\n",
    "story.yaml": "flow: story\nowner: assistant-team\nalarms:\n  p95: {warning: 5s}\n",
    "answer.yaml": "flow: answer\nowner: assistant-team\nrules: direct\nalarms:\n  p95: {warning: 5s}\n",
    "many.yaml": "flow: many\nowner: assistant-team\nreporters: many\nalarms:\n  p95: {warning: 5s}\n",
    "gone.yaml": "flow: gone\nowner: assistant-team\nalarms:\n  p95: {warning: 5s, period: 5m, for: 5m}\n",
}
AFTER = {
    "contacts.yaml": CONTACTS.replace("robot}", "robot}\n  second:\n    - {mail: ops@example.com}").replace(
        "warning: [oncall]", "warning: [oncall, second]"
    ),
    "poem.yaml": "flow: poem\nowner: assistant-team\nalarms:\n  p95: {warning: 6s}\n",
    "story.yaml": BEFORE["story.yaml"],
    "answer.yaml": "flow: answer\ntitle: 客服\nowner: assistant-team\nrules: direct\nalarms:\n  p95: {warning: 5s}\n",
    "many.yaml": "flow: many\nowner: assistant-team\nreporters: many\nalarms:\n  p95: {warning: 7s}\n",
}
CHANGED = (
    "CreateMetricRuleTemplate",
    "ApplyMetricRuleTemplate",
    "PutResourceMetricRule",
    "UpdateDashboard",
    "UpdateJob",
)
GONE = ("MetricRuleTemplate", "MetricRules", "MonitorGroup", "Dashboard", "Job", "ResourceRecord")
CHANGING = (*CHANGED, *(f"Delete{kind}" for kind in GONE))


@pytest.fixture(scope="module")
def crashed(make_site):
    """A site without policies, whose extra process would only cost time here."""
    site = make_site(flowvigil__reporterRole="ecs")
    shutil.rmtree(site.root / "policies")
    return site


@pytest.fixture(scope="module")
def whole(crashed):
    """What an undisturbed run makes of BEFORE: the cloud's essence and the mutating actions that it took."""
    start_over(crashed, BEFORE)
    run(crashed, UP)
    return essence(crashed), list(dict.fromkeys(entry["action"] for entry in crashed.writes()))


@pytest.fixture(scope="module")
def changed(crashed):
    """The cloud's essence after an undisturbed run on AFTER."""
    start_over(crashed, AFTER)
    run(crashed, UP)
    return essence(crashed)


def specs(site, files):
    shutil.rmtree(site.root / "monitors", ignore_errors=True)
    for name, text in files.items():
        site.write(f"monitors/{name}", text)


def start_over(site, files):
    """An empty cloud, an empty state."""
    site.door("reset", method="POST")
    shutil.rmtree(site.root / ".flowvigil" / "state")
    specs(site, files)


@dataclass(frozen=True)
class Made:
    """BEFORE in cloud and state, to begin from many times: copied back in a second, where making it takes many."""

    site: object
    copy: object

    def put(self, files):
        """Cloud and state as they were made, under the specs `files`."""
        ours = self.site.root / ".flowvigil"
        emulator.stop(ours / "emulator")
        shutil.rmtree(ours)
        shutil.copytree(self.copy, ours)
        emulator.start(int(self.site.address.rpartition(":")[2]), ours / "emulator")
        specs(self.site, files)


@pytest.fixture(scope="module")
def made(crashed, tmp_path_factory):
    start_over(crashed, BEFORE)
    run(crashed, UP)
    emulator.stop(crashed.root / ".flowvigil" / "emulator")
    begun = Made(crashed, shutil.copytree(crashed.root / ".flowvigil", tmp_path_factory.mktemp("made") / "copy"))
    begun.put(BEFORE)
    return begun


def run(site, command):
    code, printed = site.flowvigil(*command)
    assert code == 0, printed


def held(site, command, stop, ends):
    """Run until a planted fault newly holds a call, then `stop` the process group; False if the run ended by itself.

    The exit code is `ends` after a stop and 0 else.
    """
    old = {fault["id"] for fault in site.door("faults") if fault["struck"]}
    with (site.root / "run.log").open("w") as log:
        arguments = [sys.executable, "-m", "flowvigil", *command]
        process = subprocess.Popen(arguments, cwd=site.root, stdout=log, stderr=log, start_new_session=True)
    while process.poll() is None and not _holding(site) - old:
        time.sleep(0.02)
    stopped = process.poll() is None
    if stopped:
        stop(process)
    assert process.wait() == (ends if stopped else 0), (site.root / "run.log").read_text()
    return stopped


def _holding(site):
    try:
        return {fault["id"] for fault in site.door("faults") if fault["held"]}
    except urllib.error.URLError:  # the last thing that `down` does is to end the pretend cloud
        return set()


def killed(site, command=UP):
    return held(site, command, lambda process: os.killpg(process.pid, signal.SIGKILL), -signal.SIGKILL)


def plant(site, actions, nth=1):
    """Hold each action once before and once after its effect."""
    site.door("faults", method="DELETE")
    for action in actions:
        for when in ("before", "after"):
            site.door("faults", {"kind": "hold", "action": action, "when": when, "nth": nth, "mutating": True})


def kill_everywhere(site, command=UP):
    """Kill at each planted fault in turn, as the runs reach them, until a run ends by itself; the faults not reached.

    A killed engine leaves the provider alive, with the held call in flight: the next run has to end it first.
    """
    while killed(site, command):
        pass
    unreached = [(fault["action"], fault["when"]) for fault in site.door("faults") if not fault["struck"]]
    site.door("faults", method="DELETE")
    return unreached


def assert_settled(site, wanted):
    """The same end, nothing twice, nothing orphaned; nothing left to do; the rules verified."""
    assert essence(site) == wanted
    code, printed = site.preview("--expect-no-changes")
    assert code == 0, printed
    code, printed = site.verify()
    assert code == 0, printed


def test_killed_before_and_after_each_kind_of_creation_the_next_run_settles_it(crashed, whole):
    wanted, actions = whole
    start_over(crashed, BEFORE)
    plant(crashed, actions)
    assert kill_everywhere(crashed) == []
    assert_settled(crashed, wanted)


def test_killed_before_and_after_each_kind_of_change_the_next_run_settles_it(crashed, whole, changed):
    start_over(crashed, BEFORE)
    run(crashed, UP)
    specs(crashed, AFTER)
    plant(crashed, CHANGING)
    assert kill_everywhere(crashed) == []
    assert_settled(crashed, changed)


def test_specs_that_go_back_after_a_killed_change_get_their_old_rules_back(crashed, whole):
    wanted, _ = whole
    start_over(crashed, BEFORE)
    run(crashed, UP)
    specs(crashed, AFTER)
    plant(crashed, ["DeleteMetricRules"])
    assert killed(crashed)
    specs(crashed, BEFORE)
    crashed.door("faults", method="DELETE")
    run(crashed, UP)
    assert_settled(crashed, wanted)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_an_interrupt_ends_with_130_and_the_next_run_goes_on(crashed, whole, number):
    wanted, _ = whole
    start_over(crashed, BEFORE)
    fault = crashed.door("faults", {"kind": "hold", "action": "CreateMonitorGroup"})

    def interrupt(process):
        os.killpg(process.pid, number)
        crashed.door(f"faults/{fault['id']}/release", method="POST")

    assert held(crashed, UP, interrupt, 130)
    assert "pending_operations" not in crashed.session.state()
    run(crashed, UP)
    assert_settled(crashed, wanted)


def test_with_each_action_throttled_once_the_same_command_again_gets_there(crashed, whole):
    """The provider tries most calls again by itself; where it does not, the run fails and the next one goes on."""
    wanted, _ = whole
    start_over(crashed, BEFORE)
    run(crashed, UP)
    asked = {(entry["service"], entry["action"]) for entry in crashed.journal()}
    start_over(crashed, BEFORE)
    for service, action in asked:
        busy = {"code": "ServerBusy", "status": 503} if service == "sls" else {}
        crashed.door("faults", {"kind": "throttle", "action": f"{service}:{action}", **busy})
    codes = [crashed.up()[0]]
    while codes[-1] == 3 and len(codes) < len(asked):
        codes.append(crashed.up()[0])
    crashed.door("faults", method="DELETE")
    assert set(codes[:-1]) <= {3}
    assert codes[-1] == 0
    assert_settled(crashed, wanted)


def assert_removed(site):
    """Bring the pretend cloud back, which `down` has stopped: nothing of ours is left in it."""
    emulator.start(int(site.address.rpartition(":")[2]), site.root / ".flowvigil" / "emulator")
    assert site.objects() == {}


def test_down_settles_what_a_killed_up_and_a_killed_down_left(crashed):
    start_over(crashed, BEFORE)
    plant(crashed, ["CreateMonitorGroup", "DeleteMonitorGroup"])
    assert killed(crashed)
    assert killed(crashed)
    assert killed(crashed, DOWN)
    assert killed(crashed, DOWN)
    run(crashed, DOWN)
    assert_removed(crashed)


def calls(site, begin, command, when):
    """Kill at the first mutating call, then from the same beginning at the second, and so on until a run ends."""
    for number in range(1, 1000):
        begin()
        site.door("faults", {"kind": "hold", "nth": number, "when": when, "mutating": True})
        if not killed(site, command):
            return
        yield number


@pytest.mark.soak
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_call_of_a_creation_the_next_run_settles_it(crashed, whole, when):
    wanted, _ = whole
    for _ in calls(crashed, lambda: start_over(crashed, BEFORE), UP, when):
        run(crashed, UP)
        assert_settled(crashed, wanted)


@pytest.mark.soak
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_call_of_a_change_the_next_run_settles_it(crashed, made, changed, when):
    for _ in calls(crashed, lambda: made.put(AFTER), UP, when):
        run(crashed, UP)
        assert_settled(crashed, changed)


@pytest.mark.soak
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_call_of_a_removal_the_next_run_removes_the_rest(crashed, made, when):
    for _ in calls(crashed, lambda: made.put(BEFORE), DOWN, when):
        run(crashed, DOWN)
        assert_removed(crashed)
    assert_removed(crashed)
