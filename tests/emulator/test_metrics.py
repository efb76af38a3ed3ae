import json

import pytest

from flowvigil.emulator.cms.series import metric_name
from flowvigil.emulator.cms.statistics import merged, summarised

MINUTE = 60_000


def entry(**change):
    base = {"GroupId": "0", "MetricName": "m", "Dimensions": '{"flow": "a"}', "Type": "1", "Period": "60"}
    return {**base, "Values": '{"P95": 4200, "SampleCount": 3}', **change}


def put(cloud, *entries):
    return cloud.rpc("PutCustomMetric", MetricList=list(entries) or [entry()])


def points(cloud, action="DescribeMetricList", **query):
    base = {"Namespace": "acs_customMetric_1000000000000001", "MetricName": "m", "Period": 60}
    return json.loads(cloud.rpc(action, **{**base, **query}).body["Datapoints"])


def test_an_aggregated_point_is_given_back_as_reported(cloud):
    answer = put(cloud)
    (point,) = points(cloud)
    assert (answer.code, answer.body["Message"]) == ("200", "success")
    assert (point["P95"], point["SampleCount"]) == (4200, 3)
    assert (point["groupId"], point["dimension"], point["userId"]) == ("0", "flow=a", "1000000000000001")
    assert point["timestamp"] == cloud.world.now()


def test_its_answer_has_a_code_a_message_and_an_id_and_no_more(cloud):
    assert set(put(cloud).body) == {"Code", "Message", "RequestId"}
    assert set(put(cloud, entry(Type="2")).body) == {"Code", "Message", "RequestId"}


def test_a_query_asks_for_one_series_by_its_dimension_text(cloud):
    put(cloud, entry(), entry(Dimensions='{"flow": "b"}'))
    asked = points(cloud, Dimensions='[{"groupId": "0", "dimension": "flow=b"}]')
    assert [point["dimension"] for point in asked] == ["flow=b"]


def test_a_span_leaves_out_its_start_and_includes_its_end(cloud):
    now = cloud.world.now()
    put(cloud, *(entry(Time=now - back * MINUTE) for back in (2, 1, 0)))
    found = points(cloud, StartTime=now - 2 * MINUTE, EndTime=now)
    assert [now - point["timestamp"] for point in found] == [MINUTE, 0]


def test_the_newest_point_of_each_series(cloud):
    now = cloud.world.now()
    put(cloud, entry(Time=now - MINUTE), entry(Values='{"P95": 1}'), entry(Dimensions="{}", Time=now - 2 * MINUTE))
    found = {point["dimension"]: point["timestamp"] for point in points(cloud, "DescribeMetricLast")}
    assert found == {"flow=a": now, "": now - 2 * MINUTE}


def test_a_long_answer_is_read_page_by_page(cloud):
    now = cloud.world.now()
    put(cloud, *(entry(Time=now - back * MINUTE) for back in range(3)))
    body = cloud.rpc(
        "DescribeMetricList", Namespace="acs_customMetric_1000000000000001", MetricName="m", Period=60, Length=2
    ).body
    assert len(json.loads(body["Datapoints"])) == 2
    assert len(points(cloud, NextToken=body["NextToken"])) == 1


def test_another_namespace_is_empty(cloud):
    put(cloud)
    assert points(cloud, Namespace="acs_ecs_dashboard") == []


def test_raw_values_are_summarised_in_both_windows(cloud):
    put(cloud, *(entry(Type=0, Values=json.dumps({"value": value})) for value in (1, 2, 3, 10)))
    (minute,), (five,) = points(cloud), points(cloud, Period=300)
    assert (minute["Average"], minute["Sum"], minute["Maximum"], minute["P50"]) == (4, 16, 10, 2)
    assert five["SampleCount"] == 4


def test_statistics_of_a_hundred_values_by_hand():
    found = summarised([float(value) for value in range(1, 101)], 60)
    assert (found["P95"], found["P99"], found["P10"]) == (95, 99, 10)
    assert (found["Average"], found["LastValue"], found["CountPerSecond"]) == (50.5, 100, 100 / 60)
    assert len(found) == 21


def test_two_aggregates_as_one():
    one = {"Average": 10, "SampleCount": 1, "Maximum": 10, "Minimum": 10, "Sum": 10, "P95": 10, "LastValue": 10}
    two = {"Average": 40, "SampleCount": 2, "Maximum": 50, "Minimum": 30, "Sum": 80, "P95": 50, "LastValue": 30}
    assert merged(one, two) == {
        "Average": 30, "SampleCount": 3, "Maximum": 50, "Minimum": 10, "Sum": 90, "P95": 50, "LastValue": 30,
    }  # fmt: skip


def test_averages_without_counts_weigh_the_same():
    assert merged({"Average": 10}, {"Average": 20, "LastValue": 5}) == {"Average": 15, "LastValue": 5}


@pytest.mark.parametrize(
    ("given", "kept"),
    [("ok_1", "ok_1"), ("1bad", "Abad"), ("_x", "Ax"), ("a-b.c", "a_b_c"), ("中文", "A_"), ("m" * 70, "m" * 64)],
)
def test_names_are_rewritten_as_documented(given, kept):
    assert metric_name(given) == kept


def test_dimensions_are_sorted_cut_and_their_separators_replaced(cloud):
    put(cloud, entry(Dimensions=json.dumps({"b": "x=1&y,2", "a": "v" * 70})))
    (point,) = points(cloud)
    assert point["dimension"] == "a=" + "v" * 64 + "&b=x_1_y_2"


@pytest.mark.parametrize(
    "change",
    [
        {"GroupId": "x"},
        {"MetricName": ""},
        {"Dimensions": "flow=a"},
        {"Dimensions": '{"a": {"b": 1}}'},
        {"Dimensions": json.dumps({str(n): n for n in range(11)})},
        {"Values": "[1]"},
        {"Values": "{}"},
        {"Values": '{"p95": 1}'},
        {"Values": '{"P85": 1}'},
        {"Values": '{"P95": "1"}'},
        {"Values": '{"P95": true}'},
        {"Values": '{"P95": NaN}'},
        {"Values": '{"P95": -Infinity}'},
        {"Values": '{"P95": 1e999}'},
        {"Values": '{"P95": ' + "9" * 400 + "}"},
        {"Dimensions": '{"flow": "\\ud800"}'},
        {"Period": "15"},
        {"Time": "yesterday"},
        {"Type": "0", "Values": '{"P95": 1}'},
    ],
)
def test_a_malformed_entry_refuses_the_whole_call(cloud, change):
    answer = put(cloud, entry(), entry(**change))
    assert (answer.status, answer.code) == (400, "400")
    assert cloud.door("datapoints") == []


@pytest.mark.parametrize(("seconds", "code"), [(-3600, "200"), (-3601, "206"), (300, "200"), (301, "206")])
def test_a_point_may_be_an_hour_old_and_five_minutes_ahead(cloud, seconds, code):
    assert put(cloud, entry(Time=cloud.world.now() + seconds * 1000)).code == code


def test_a_time_may_be_written_in_the_compact_form(cloud):
    put(cloud, entry(Time="20270115T160000.000+0800"))
    assert [point["timestamp"] for point in points(cloud)] == [1_800_000_000_000]


def test_a_body_over_256_kilobytes_is_refused(cloud):
    fat = entry(Dimensions=json.dumps({"a": "x" * 300_000}))
    body = "&".join(f"MetricList.1.{name}={value}" for name, value in fat.items()).encode()
    target = "/?Action=PutCustomMetric&Version=2019-01-01&AccessKeyId=k"
    answer = cloud.send("POST", target, body, **{"Content-Type": "application/x-www-form-urlencoded"})
    assert (answer.status, answer.code) == (400, "400")


def test_series_are_listed_and_deleted_by_their_md5(cloud):
    put(cloud, entry(), entry(Dimensions='{"flow": "b"}'))
    listed = json.loads(cloud.rpc("DescribeCustomMetricList", MetricName="m").body["Result"])
    assert [one["dimension"] for one in listed] == ["flow=a", "flow=b"]
    assert listed[0]["project"] == "acs_customMetric_1000000000000001"
    cloud.rpc("DeleteCustomMetric", GroupId="0", MetricName="m", Md5=listed[0]["md5"])
    assert [point["dimension"] for point in points(cloud)] == ["flow=b"]


def test_two_accounts_have_series_of_their_own(cloud):
    cloud.world.accounts.keys = {"one": "1", "two": "2"}
    cloud.rpc("PutCustomMetric", AccessKeyId="one", MetricList=[entry()])
    asked = {"MetricName": "m", "Period": 60, "Namespace": "acs_customMetric_2", "AccessKeyId": "two"}
    assert json.loads(cloud.rpc("DescribeMetricList", **asked).body["Datapoints"]) == []


def test_what_another_service_might_refuse_is_warned_of_in_the_journal(cloud):
    put(cloud, *[entry(Time=cloud.world.now() - back * MINUTE) for back in range(22)])
    put(cloud)
    many, double = (one["warnings"] for one in cloud.door("journal"))
    assert many == ["22 entries: the API page allows 21"]
    assert double == ["a second aggregate of m flow=a for the same window"]


def test_of_many_points_the_journal_shows_a_few_and_counts_the_rest(cloud):
    put(cloud, *[entry(Time=cloud.world.now() - back * MINUTE) for back in range(5)])
    shown = cloud.door("journal")[0]["request"]
    assert (len(shown["MetricList"]), shown["MetricList.more"]) == (3, 2)
    assert len(cloud.door("datapoints")) == 5


def test_a_call_without_a_doubt_has_no_warnings(cloud):
    put(cloud, entry(Type=0, Values='{"value": 1}'), entry(Type=0, Values='{"value": 1}'))
    assert "warnings" not in cloud.door("journal")[0]
