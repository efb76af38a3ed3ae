"""What the page says, as a reader without a script gets it."""

import re

import pytest

from flowvigil.emulator.page.wording import WORDS
from tests.emulator.lines import PROJECT, STORE, group, put, runs
from tests.emulator.scenery import BOARD, board, furnished, log_address, see

BOARD_PATH = f"/lognext/project/{PROJECT}/dashboard/{BOARD}"
LOG_PATH = f"/lognext/project/{PROJECT}/logsearch/{STORE}"
VIEWS = ("/", "/flows/a", "/dashboards", BOARD_PATH, "/logs", LOG_PATH, "/messages", "/requests")


@pytest.fixture
def stage(virtual_cloud):
    return furnished(virtual_cloud)


def test_the_overview_shows_p95_failure_rate_and_runs_of_the_last_hour(stage):
    words = see(stage.cloud, "/").words
    assert "Poems a 10 s 20% 10" in words


def test_a_flow_in_alarm_comes_first_and_shows_its_last_message(stage):
    stage.cloud.put_rule(RuleId="b", RuleName="calm", Resources='[{"groupId": "0", "dimension": "flow=0-calm"}]')
    stage.reports(7)
    words = see(stage.cloud, "/").words
    assert words.index("Critical since") < words.index("Poems") < words.index("0-calm")
    assert re.search(r"Poems .* \d\d:\d\d slow", words)


def test_a_flow_that_fell_silent_is_worse_than_a_good_one_and_one_that_never_reported_is_not(stage):
    for flow in ("0-never", "b-silent", "c-good"):
        named = f'[{{"groupId": "0", "dimension": "flow={flow}"}}]'
        stage.cloud.put_rule(RuleId=flow, RuleName=flow, Resources=named, NoDataPolicy="INSUFFICIENT_DATA")
    stage.reports(0, flow="b-silent")
    stage.reports(*[0] * 6, flow="c-good")
    words = see(stage.cloud, "/").words
    assert words.index("b-silent") < words.index("c-good") < words.index("0-never")


def test_a_flow_without_points_is_known_from_its_log_lines(stage):
    put(stage.cloud, group(*runs({"flow": "only-logged", "duration_ms": 50}, at=stage.cloud.world.now() // 1000)))
    assert "Not watched only-logged 50 ms 0% 1" in see(stage.cloud, "/").words


def test_a_flow_shows_its_rule_with_origin_and_who_is_told(stage):
    words = see(stage.cloud, "/flows/a").words
    assert "Critical: LastValue >= 6" in words
    assert "repeats every 60 min" in words
    assert re.search(r"direct rule g\b", words)


@pytest.mark.parametrize(
    ("effective", "pause", "told"),
    [
        ("00:00-23:59", "", "repeats every 10 min "),
        ("00:00-23:59 +0800 dayofweek 1,2,3,4,5,6,7", "", "repeats every 10 min "),
        ("09:00-18:00 +0800 dayofweek 1,2,3,4,5,6,7", "", "repeats every 10 min · in force 09:00-18:00 +0800 "),
        ("00:00-23:59 +0800 dayofweek 1,2,3", "", "· in force 00:00-23:59 +0800 dayofweek 1,2,3 "),
        ("00:00-23:59", "12:00-13:00", "repeats every 10 min · not in force 12:00-13:00 "),
    ],
)
def test_a_flow_shows_when_its_rule_is_in_force(stage, effective, pause, told):
    stage.cloud.put_rule(SilenceTime="600", EffectiveInterval=effective, NoEffectiveInterval=pause or None)
    assert told in see(stage.cloud, "/flows/a").words.replace(" direct rule", " ")


def test_a_rule_that_a_template_made_says_which(stage):
    level = {"Statistics": "Average", "ComparisonOperator": "GreaterThanThreshold", "Threshold": "5", "Times": "3"}
    rule = {"RuleName": "made", "MetricName": "m", "Namespace": "acs_customMetric_1000000000000001",
            "Category": "customMetric", "Escalations": {"Critical": level}}  # fmt: skip
    cloud = stage.cloud
    number = cloud.rpc("CreateMonitorGroup", GroupName="stack-a", ContactGroups="g").body["GroupId"]
    template = cloud.rpc("CreateMetricRuleTemplate", Name="the-template", AlertTemplates=[rule]).body["Id"]
    cloud.rpc("ApplyMetricRuleTemplate", TemplateIds=template, GroupId=number, ApplyMode="ALARM_TEMPLATE_FIRST")
    assert "template the-template" in see(cloud, "/flows/a").words


def test_an_alarm_is_shaded_where_it_held(stage):
    stage.reports(0, 7, 7, 0)
    shades = [attrs for tag, attrs in see(stage.cloud, "/flows/a").elements if tag == "rect"
              and attrs.get("class") == "critical"]  # fmt: skip
    assert [round(float(one["width"])) for one in shades] == [pytest.approx(33, abs=1)]


def test_thresholds_are_drawn_with_their_names(stage):
    stage.reports(1, 2)
    words = see(stage.cloud, "/flows/a").words
    assert "Critical 6" in words
    assert "Warning 3" in words


def test_a_dashboard_draws_every_chart_from_its_own_query(stage):
    seen = see(stage.cloud, BOARD_PATH)
    drawn = [attrs["aria-label"] for tag, attrs in seen.elements if attrs.get("role") == "img"]
    assert drawn == ["Latency", "Runs", "Status"]
    assert "succeeded 8 80.0% failed 2 20.0%" in seen.words
    assert "r9 10,000 r8 9,000 r7 8,000" in seen.words


def test_a_query_that_the_service_would_refuse_says_so_in_its_place(stage):
    words = see(stage.cloud, BOARD_PATH).words
    assert "Broken Open the query The service would refuse this query." in words


def test_a_filter_in_the_link_narrows_every_chart(stage):
    assert "r2 3,000" in see(stage.cloud, f"{BOARD_PATH}?filters=status%3Afailed").words
    assert "r9" not in see(stage.cloud, f"{BOARD_PATH}?filters=status%3Afailed").words


def test_a_log_link_opens_on_exactly_the_runs_it_names(stage):
    now = stage.cloud.world.now() // 1000
    words = see(stage.cloud, log_address('flow: "a" and duration_ms > 7500', now - 150, now + 1)).words
    assert "3 lines" in words
    assert re.findall(r"run_id (r\d)", words) == ["r9", "r8", "r7"]


def test_a_log_search_with_sql_shows_the_table_it_makes(stage):
    now = stage.cloud.world.now() // 1000
    words = see(stage.cloud, log_address("* | SELECT count(*) AS n", now - 3600, now + 1)).words
    assert "n 10" in words


def test_a_search_that_cannot_be_read_is_told_and_the_query_stays(stage):
    words = see(stage.cloud, f"{LOG_PATH}?queryString=flow%3A").words
    assert "The service would refuse this query." in words
    assert "flow:" in words


def test_a_bar_of_the_histogram_narrows_the_time(stage):
    now = stage.cloud.world.now() // 1000
    links = [attrs["href"] for tag, attrs in see(stage.cloud, log_address("*", now - 3600, now)).elements
             if tag == "a" and "1 line" in (attrs.get("aria-label") or "")]  # fmt: skip
    assert "1 line" in see(stage.cloud, links[0]).words


def test_a_message_shows_text_status_and_a_link_to_its_logs_on_this_page(virtual_cloud):
    address = "https://sls.console.aliyun.com" + log_address("*", 1, 2)
    stage = furnished(virtual_cloud, Labels=[{"Key": "logs", "Value": address}])
    stage.reports(7)
    seen = see(stage.cloud, "/messages?channel=dingtalk")
    assert "DingTalk Critical" in seen.words
    assert "to alice · a CloudMonitor alarm: slow" in seen.words
    assert log_address("*", 1, 2) in [attrs.get("href") for tag, attrs in seen.elements if tag == "a"]


def test_a_message_that_a_robot_refused_says_why(stage):
    stage.cloud.door("robots", {"token": "strict", "keywords": ["other"]})
    posted = b'{"msgtype": "text", "text": {"content": "hello"}, "at": {"atMobiles": ["13800000000"], "isAtAll": true}}'
    stage.cloud.send("POST", "/robot/send?access_token=strict", posted, **{"Content-Type": "application/json"})
    words = see(stage.cloud, "/messages").words
    assert "refused: 310000 keywords not in content" in words
    assert "@13800000000 @everybody" in words


def test_requests_are_listed_newest_first_and_can_be_narrowed_to_changes(stage):
    stage.cloud.rpc("DescribeMetricRuleList")
    assert "DescribeMetricRuleList" in see(stage.cloud, "/requests").words
    words = see(stage.cloud, "/requests?changes=1").words
    assert "DescribeMetricRuleList" not in words
    assert words.index("CreateDashboard") < words.index("PutResourceMetricRule")


@pytest.mark.parametrize("path", VIEWS)
def test_no_view_shows_the_token_of_a_robot(stage, path):
    stage.reports(7)
    assert "token-of-the-team" not in see(stage.cloud, path).text


@pytest.mark.parametrize("path", VIEWS)
def test_every_view_is_in_chinese_for_whoever_prefers_it(stage, path):
    seen = see(stage.cloud, path, **{"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
    assert seen.status == 200
    assert 'lang="zh-CN"' in seen.text
    assert "仪表盘" in seen.words
    assert "Dashboards" not in seen.words


def test_the_switch_of_language_is_remembered(stage):
    seen = see(stage.cloud, "/?lang=zh")
    cookie = seen.headers["set-cookie"].partition(";")[0]
    assert "流程" in see(stage.cloud, "/messages", Cookie=cookie).words


def test_asking_again_costs_nothing_until_something_happens(stage):
    tag = see(stage.cloud, "/").headers["etag"]
    assert see(stage.cloud, "/", **{"If-None-Match": tag}).status == 304
    stage.reports(7)
    assert see(stage.cloud, "/", **{"If-None-Match": tag}).status == 200


def test_nothing_from_elsewhere_may_be_loaded_and_no_script_but_ours(stage):
    seen = see(stage.cloud, "/")
    policy = seen.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'")
    sources = [attrs.get("src") or attrs.get("href") for tag, attrs in seen.elements if tag in ("script", "link")]
    assert sources == ["/page/icon.svg", "/page/page.css", "/page/page.js"]


@pytest.mark.parametrize("path", ["/flows/nobody", "/lognext/project/p/logsearch/s", "/lognext/project/p/dashboard/d",
                                  "/lognext/else", "/page/secret"])  # fmt: skip
def test_what_is_not_there_is_a_page_that_says_so(stage, path):
    seen = see(stage.cloud, path)
    assert seen.status == 404
    assert "There is no such page" in seen.words


def test_a_call_of_a_service_by_get_is_still_one(stage):
    assert stage.cloud.send("GET", "/?Action=DescribeMetricRuleList&Version=2019-01-01").code == "200"


@pytest.mark.parametrize("query", ["queryTimeType=99&startTime=9&endTime=1", "queryTimeType=99&startTime=a",
                                   "queryTimeType=999", "queryString=%FF&encode=base64", "offset=x", "from=y&to=z",
                                   "queryTimeType=99&startTime=99999999999999999999&endTime=1"])  # fmt: skip
def test_a_link_that_makes_no_sense_falls_back_to_the_last_minutes(stage, query):
    assert see(stage.cloud, f"{LOG_PATH}?{query}").status == 200


def test_a_cloud_without_anything_says_what_to_do(virtual_cloud):
    assert "Nothing is watched yet." in see(virtual_cloud(), "/").words


def test_the_accounts_are_told_apart(start_cloud):
    cloud = start_cloud(keys={"test": "11", "other": "22"})
    for key, name in (("test", "of-eleven"), ("other", "of-twenty-two")):
        cloud.key = key
        namespace = f"acs_customMetric_{'11' if key == 'test' else '22'}"
        cloud.rpc("PutContactGroup", ContactGroupName="g", ContactNames=[])
        cloud.put_rule(Namespace=namespace, Resources=f'[{{"groupId": "0", "dimension": "flow={name}"}}]')
    assert "of-twenty-two" in see(cloud, "/?account=22").words
    assert "of-twenty-two" not in see(cloud, "/?account=11").words


def test_both_languages_have_every_word():
    assert [key for key, texts in WORDS.items() if len(texts) != 2 or not all(texts)] == []


def test_a_dashboard_changes_with_its_definition(stage):
    changed = {**board(title="Verses"), "charts": board()["charts"][2:3]}
    assert stage.cloud.sls("PUT", PROJECT, f"/dashboards/{BOARD}", changed).status == 200
    seen = see(stage.cloud, BOARD_PATH)
    assert "Verses" in seen.words
    assert [attrs["aria-label"] for _, attrs in seen.elements if attrs.get("role") == "img"] == ["Status"]
