"""From nothing to verified and back to nothing: all examples, every carrier, both profiles of the pretend cloud."""

import json
import time

import pytest

from flowvigil.deploy.exported import state_ids
from flowvigil.deploy.pretend import furnish
from flowvigil.provisioner.objects import Ref, Rule, Text

pytestmark = pytest.mark.engine

KEY = "flowvigil:templatesTakeCustomMetrics"
TEMPLATES_REFUSED = "takes no custom metrics in rule templates. Say so once, and rules stand alone:\n"
NEVER_REPORTED = "takes no rule for a metric that was never reported. Run these flows once with their reporter on"


@pytest.fixture(scope="module")
def examples(pytestconfig):
    return pytestconfig.rootpath / "monitors"


@pytest.fixture(scope="module", params=["auto", "direct", "template"])
def brought_up(request, make_site, examples):
    """A stack of the lenient cloud by each carrier; templates cannot say all that the examples say."""
    monitors = None if request.param == "template" else examples
    site = make_site(monitors=monitors, flowvigil__rules=request.param)
    furnish(site.target, site.address, "emulator")
    before = site.objects()
    code, printed = site.up()
    assert code == 0, printed
    return site, before, printed


def test_up_ends_with_every_rule_read_back(brought_up):
    assert "verified: every planned rule is in the cloud as planned" in brought_up[2]


def test_a_second_preview_is_empty(brought_up):
    code, printed = brought_up[0].preview("--expect-no-changes")
    assert code == 0, printed


def test_a_refresh_is_empty(brought_up):
    code, printed = brought_up[0].refresh()
    assert code == 0, printed


def test_destroy_leaves_only_what_was_there_before(brought_up):
    site, before, _ = brought_up
    code, printed = site.destroy()
    assert code == 0, printed
    assert site.objects() == before


def test_forced_templates_name_every_alarm_that_no_template_can_carry(make_site, examples):
    site = make_site(monitors=examples)
    site.configure(flowvigil__rules="template")
    code, printed = site.up()
    assert code == 2
    assert "document-search: slow_night: rules: template cannot carry it: a template has no weekdays" in printed
    assert "support-answer: p95: rules: template cannot carry it: runs of several reporters" in printed
    assert site.writes() == []


@pytest.fixture(scope="module")
def pessimistic(make_site, examples):
    """The examples where little is granted, by doing what the messages say, one after the other."""
    site = make_site(profile="pessimistic", monitors=examples)
    said = []
    for _ in range(4):
        said.append(site.up())
        if said[-1][0] == 0:
            break
        if TEMPLATES_REFUSED in said[-1][1]:
            site.engine("config", "set", KEY, "false", "--stack", site.stack)
        if NEVER_REPORTED in said[-1][1]:
            _report_every_series_once(site)
    return site, said


def test_refused_templates_name_the_setting(pessimistic):
    (code, printed) = next(one for one in pessimistic[1] if TEMPLATES_REFUSED in one[1])
    assert code == 3
    assert f"  flowvigil engine exec -- config set {KEY} false --stack test\n" in printed


def test_metrics_that_were_never_reported_name_their_flows(pessimistic):
    code, printed = next(one for one in pessimistic[1] if NEVER_REPORTED in one[1])
    assert code == 3
    assert "then run up again: document-index, document-search, poem-generator, poem-translator, verse" in printed


def test_the_pessimistic_cloud_is_content_in_the_end(pessimistic):
    code, printed = pessimistic[1][-1]
    assert code == 0, printed
    assert "verified: every planned rule is in the cloud as planned" in printed


def test_nothing_is_left_to_do_on_the_pessimistic_cloud(pessimistic):
    code, printed = pessimistic[0].preview("--refresh", "--expect-no-changes")
    assert code == 0, printed


def test_destroy_empties_the_pessimistic_cloud_but_for_what_was_there(pessimistic):
    site, _ = pessimistic
    code, printed = site.destroy()
    assert code == 0, printed
    left = site.objects()
    assert left.keys() <= {"contact", "contact_group", "project", "logstore", "index"}, left.keys()


def test_forced_templates_that_the_service_refuses_are_an_error_of_the_spec(make_site):
    site = make_site()
    site.configure(flowvigil__rules="template", flowvigil__templatesTakeCustomMetrics="false")
    code, printed = site.up()
    assert code == 2
    assert "the service takes no custom metrics in templates; say rules: auto or direct" in printed


def _report_every_series_once(site):
    """What reporters would send; the account has bought room for more series than the free ten."""
    site.door("switches", {"name": "series_quota", "value": "1000"}, "POST")
    ids = state_ids(site.session.state())
    for one in site.target.plan.objects:
        if isinstance(one, Rule):
            (series,) = json.loads(_written(one.resources, ids))
            dimensions = dict(pair.split("=") for pair in series["dimension"].split("&"))
            point = {"GroupId": series["groupId"], "MetricName": one.metric, "Dimensions": json.dumps(dimensions)}
            told = {"Type": "1", "Period": "60", "Time": str(int(time.time() * 1000)), "Values": '{"Maximum": 0}'}
            assert site.rpc("PutCustomMetric", MetricList=[{**point, **told}])["Code"] == "200"


def _written(text, ids):
    """The series of a rule with its group's real number."""
    parts = text.parts if isinstance(text, Text) else (text,)
    return "".join(ids[part.object] if isinstance(part, Ref) else part for part in parts)
