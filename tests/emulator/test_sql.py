"""The SQL half of a query: what it answers on lines written by hand, and what it refuses by name."""

import json

import pytest

from flowvigil.emulator.querying.dialect import translated
from flowvigil.emulator.querying.fields import index_of

from ..emulator.lines import get, group, index, make_store, put, runs

NOW_S = 1_800_000_000  # 2027-01-15 16:00:00 in China


@pytest.fixture
def store(cloud):
    make_store(cloud)
    return cloud


def rows(cloud, query, start=NOW_S - 3600, end=NOW_S + 60):
    answer = get(cloud, query, start, end)
    assert "data" in answer, answer
    return [tuple(row.values()) for row in answer["data"]]


def refusal(cloud, query):
    answer = get(cloud, query, NOW_S - 3600, NOW_S + 60)
    assert answer.get("errorCode") == "ParameterInvalid", answer
    return answer["errorMessage"]


def found(cloud, query):
    return [line["flow"] for line in get(cloud, query, NOW_S, NOW_S + 1)["data"]]


def test_counts_and_sums_over_the_lines_that_the_search_finds(store):
    put(store, group(*runs({}, {"status": "failed", "weight": 3}, {"flow": "b"}, at=NOW_S)))
    assert rows(store, "flow: a | SELECT count(*) AS lines, sum(weight) AS runs") == [("2", "4")]


def test_a_weighted_percentile_counts_each_value_as_often_as_its_weight(store):
    put(
        store,
        group(*runs(*({"duration_ms": ms, "weight": w} for ms, w in ((1, 90), (2, 4), (3, 1), (4, 5))), at=NOW_S)),
    )
    wanted = ", ".join(f"approx_percentile(duration_ms, weight, {p})" for p in (0.9, 0.91, 0.95, 0.951, 1.0))
    assert rows(store, f"* | SELECT {wanted}") == [("1.0", "2.0", "3.0", "4.0", "4.0")]


def test_a_percentile_without_weights_is_that_of_the_lines(store):
    put(store, group(*runs(*({"duration_ms": ms, "weight": 9} for ms in range(1, 11)), {"duration_ms": "x"}, at=NOW_S)))
    assert rows(store, "* | SELECT approx_percentile(duration_ms, 0.5), approx_percentile(duration_ms, 0.95)") == [
        ("5.0", "10.0")
    ]


def test_times_are_chinas_and_now_is_the_emulators_clock(store):
    put(store, group((NOW_S, {"flow": "a"})))
    query = (
        "* | SELECT from_unixtime(__time__), date_format(from_unixtime(__time__ - 60), '%m-%d %H:%i'), "
        "to_unixtime(now()), date_trunc('hour', now()), cast(now() as varchar), to_unixtime(from_unixtime(__time__))"
    )
    assert rows(store, query) == [
        ("2027-01-15 16:00:00.000", "01-15 15:59", "1800000000.0", "2027-01-15 16:00:00.000", "2027-01-15 16:00:00",
         "1800000000.0")
    ]  # fmt: skip


def test_whole_numbers_divide_without_fraction_and_others_with(store):
    put(store, group((NOW_S, {"n": "7", "duration_ms": "7"})))
    columns = "n / 2, n / 2.0, duration_ms / 2, __time__ / 60 * 60, count(*) / 2, sum(n) * 100.0 / sum(n)"
    assert rows(store, f"* | SELECT {columns} GROUP BY 1, 2, 3, 4") == [("3", "3.5", "3.5", str(NOW_S), "0", "100.0")]


def test_a_group_may_be_named_by_its_alias(store):
    put(store, group(*runs({}, {}, {"flow": "b"}, at=NOW_S)))
    assert rows(store, "* | SELECT upper(flow) AS t, count(*) AS c GROUP BY t ORDER BY c DESC") == [
        ("A", "2"),
        ("B", "1"),
    ]


def test_a_flow_list_is_joined_to_its_events(store):
    put(store, group(*runs({}, at=NOW_S)))
    query = (
        "* | SELECT f.flow AS flow, coalesce(r.c, 0) AS c FROM (VALUES ('a'), ('z')) AS f (flow) "
        "LEFT JOIN (SELECT flow, count(*) AS c FROM log GROUP BY flow) AS r ON f.flow = r.flow ORDER BY flow"
    )
    assert rows(store, query) == [("a", "1"), ("z", "0")]


def test_rows_before_the_present_one_are_seen_by_windows(store):
    put(store, group(*runs({"n": 1}, {"n": 2}, {"n": 3}, at=NOW_S)))
    upto = "sum(n) OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    assert rows(store, f"* | SELECT n, {upto}, lag(n) OVER (ORDER BY n)") == [
        ("1", "1", "null"),
        ("2", "3", "1"),
        ("3", "6", "2"),
    ]


def test_a_common_table_stands_beside_log(store):
    put(store, group(*runs({}, {"flow": "b"}, at=NOW_S)))
    assert rows(store, "flow: b | WITH t AS (SELECT flow FROM log) SELECT * FROM t") == [("b",)]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("if(n > 1, 'many', 'one')", "many"),
        ("case when n = 7 then 'seven' end", "seven"),
        ("nullif(n, 7)", "null"),
        ("count_if(n > 1)", "1"),
        ("approx_distinct(flow)", "1"),
        ("arbitrary(flow)", "a"),
        ("max_by(flow, n)", "a"),
        ("regexp_like(flow, '^a')", "true"),
        ("substr(text, 1, 2)", "ab"),
        ("concat(flow, '-', text)", "a-abc"),
        ("length(text)", "3"),
        ("replace(text, 'b', 'x')", "axc"),
        ("split(text, 'b')[1]", "a"),
        ("json_extract_scalar('{\"k\": 5}', '$.k')", "5"),
        ("cast(n as double)", "7.0"),
        ("cast('5' as bigint) + n", "12"),
        ("round(n / 2.0)", "4.0"),
        ("greatest(n, 9)", "9"),
        ("date_diff('minute', from_unixtime(__time__ - 120), now())", "2"),
        ("date_add('day', 1, from_unixtime(__time__))", "2027-01-16 16:00:00.000"),
        ("hour(now())", "16"),
        ("text like 'a%'", "true"),
        ("flow in ('a', 'b') and n between 1 and 9", "true"),
        ("version is null", "true"),
        ("array_agg(n)", "[7]"),
        ("approx_percentile(n, array[0.5, 0.9])", "[7, 7]"),
        ("current_date", "2027-01-15"),
        ("stddev_pop(n)", "0.0"),
        ("__source__", "host"),
        ("'it''s'", "it's"),
    ],
)
def test_an_expression(store, expression, value):
    put(store, group((NOW_S, {"n": "7", "flow": "a", "text": "abc"})))
    aggregates = ("count", "approx", "arbitrary", "max_by", "array_agg", "stddev")
    query = f"* | SELECT {expression}" + ("" if expression.startswith(aggregates) else " FROM log LIMIT 1")
    assert rows(store, query) == [(value,)]


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT nosuch(flow)", "the function nosuch"),
        ("SELECT time_series(__time__, '1m', '%H', '0')", "the function time_series"),
        ("SELECT flow FROM log CROSS JOIN UNNEST(array[1]) AS t (x)", "unnest"),
        ("SELECT * FROM other", "other"),
        ("SELECT * FROM information_schema.tables", "information_schema"),
        ("SELECT * FROM read_csv('/etc/passwd')", "read_csv"),
        ("SELECT * FROM '/etc/passwd'", "passwd"),
        ("SELECT getenv('HOME')", "getenv"),
        ("DROP TABLE log", "DROP"),
        ("INSERT INTO log VALUES (1)", "INSERT"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("COPY log TO 'x'", "COPY"),
        ("SELECT (flow", "ParseError"),
        ("SELECT 'open", "ParseError"),
        ("SELECT nosuch", "Column 'nosuch' cannot be resolved"),
        ("SELECT flow, count(*)", "GROUP BY"),
        ("SELECT cast(flow as bigint)", "Conversion"),
        ("SELECT flow LIMIT 1000001", "1000000"),
        ("SELECT flow LIMIT n", "whole number"),
        ("SELECT from_unixtime(__time__, 'UTC')", "from_unixtime with a zone"),
        ("WITH RECURSIVE t AS (SELECT 1 AS a) SELECT a FROM t", "RECURSIVE"),
        ("SELECT approx_percentile(n, 0.5) OVER (PARTITION BY flow)", "over a window"),
        ("SELECT map_keys(map(array[1], array[2]))", "map_keys"),
        ("SELECT " + "(" * 3000 + "1" + ")" * 3000, "nested too deeply"),
    ],
)
def test_what_is_not_supported_is_named(store, sql, named):
    put(store, group((NOW_S, {"flow": "a"})))
    assert named in refusal(store, f"* | {sql}")


def test_a_field_without_analytics_is_no_column(cloud):
    make_store(cloud, index(pod={"type": "text", "doc_value": False}))
    put(cloud, group((NOW_S, {"pod": "p", "flow": "a"})))
    assert found(cloud, "pod: p") == ["a"]
    assert "Column 'pod' cannot be resolved" in refusal(cloud, "* | SELECT pod")


def test_what_is_no_number_is_null_in_a_numeric_field(store):
    put(store, group((NOW_S, {"n": "x"}), (NOW_S, {"n": "1.5"}), (NOW_S, {"duration_ms": ""})))
    assert rows(store, "* | SELECT n, duration_ms FROM log")[0] == ("null", "null")


def test_a_result_has_100_rows_unless_it_asks_for_more(store):
    put(store, group(*((NOW_S, {"n": str(n)}) for n in range(150))))
    assert len(rows(store, "* | SELECT n")) == 100
    assert len(rows(store, "* | SELECT n LIMIT 120")) == 120


def test_the_answer_tells_its_columns_and_how_many_lines_it_read(store):
    put(store, group(*runs({}, {}, at=NOW_S)))
    meta = get(store, "flow: a | SELECT flow, count(*) AS c, now() AS t GROUP BY flow", NOW_S - 10, NOW_S + 1)["meta"]
    assert (meta["hasSQL"], meta["keys"], meta["processedRows"], meta["count"]) == (True, ["flow", "c", "t"], 2, 1)
    assert meta["columnTypes"] == ["varchar", "bigint", "timestamp"]
    assert (meta["whereQuery"], meta["aggQuery"][:6]) == ("flow: a", "SELECT")


def test_the_older_form_answers_sql_too(store):
    put(store, group(*runs({}, at=NOW_S)))
    target = f"/logstores/runs?type=log&from={NOW_S}&to={NOW_S + 1}&query=*%7Cselect%20count(1)%20as%20c"
    answer = store.sls("GET", "my-logs", target)
    assert (answer.body, answer.headers["x-log-has-sql"]) == ([{"c": "1"}], "true")


def test_a_histogram_counts_what_the_search_half_finds(store):
    put(store, group(*runs({}, {"flow": "b"}, at=NOW_S)))
    target = f"/logstores/runs?type=histogram&from={NOW_S - 1}&to={NOW_S + 1}&query=flow%3A%20a%7Cselect%201"
    assert [span["count"] for span in store.sls("GET", "my-logs", target).body] == [1, 0]


def test_lines_outlive_the_process_and_are_read_again(start_cloud, tmp_path):
    first = start_cloud(folder=tmp_path, now=lambda: NOW_S * 1000)
    make_store(first)
    put(first, group(*runs({}, {}, at=NOW_S)))
    second = start_cloud(folder=tmp_path, now=lambda: NOW_S * 1000)
    assert rows(second, "* | SELECT count(*)") == [("2",)]


def test_a_put_that_fails_leaves_no_line(store):
    put(store, group(*runs({}, at=NOW_S)))
    store.door("faults", {"kind": "fail", "action": "PutLogs", "nth": 1, "times": 1, "when": "before"})
    put(store, group(*runs({}, at=NOW_S)))
    store.door("faults", method="DELETE")
    assert rows(store, "* | SELECT count(*)") == [("1",)]


def test_a_reset_forgets_the_columns_too(store):
    put(store, group(*runs({}, at=NOW_S)))
    assert rows(store, "* | SELECT count(*)") == [("1",)]
    store.door("reset", {})
    make_store(store)
    assert rows(store, "* | SELECT count(*)") == [("0",)]


def test_a_text_in_a_query_stays_a_text():
    sql = translated("SELECT 'x'' OR 1=1 --' AS a", index_of({"keys": {}}), 0)
    assert sql == """SELECT 'x'' OR 1=1 --' AS "a" FROM "log" LIMIT 100"""


def test_a_word_is_no_sql(store):
    put(store, group((NOW_S, {"flow": "a"})))
    assert json.dumps(get(store, 'flow: "\' OR 1=1 --"', NOW_S, NOW_S + 1)["data"]) == "[]"


def test_without_a_full_text_index_words_are_looked_for_in_text_fields(cloud):
    make_store(cloud, index(line=False))
    put(cloud, group((NOW_S, {"flow": "a", "text": "boom"}), (NOW_S, {"flow": "b", "hidden": "boom"})))
    assert found(cloud, "boom") == ["a"]


def test_an_index_that_is_changed_counts_for_older_lines(cloud):
    make_store(cloud)
    put(cloud, group((NOW_S, {"flow": "a", "pod": "p1"})))
    assert found(cloud, "flow: a") == ["a"]
    changed = index(pod={"type": "text"})
    cloud.sls("PUT", "my-logs", "/logstores/runs/index", changed)
    assert found(cloud, "pod: p1") == ["a"]
