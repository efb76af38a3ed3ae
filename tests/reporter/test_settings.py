"""What decides which sinks there are, and settings that cannot be used."""

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from flowvigil.reporter import notice
from flowvigil.reporter.assembly import Assembly
from flowvigil.reporter.contract import FlowSettings, Series, Settings, settings_from_json
from flowvigil.reporter.options import Options, cms_endpoint, combined, load, log_endpoint, options

JUDGED = (FlowSettings("poem", series=(Series("m", "p95", "p95"),)),)


@pytest.fixture(autouse=True)
def _afresh() -> None:
    notice.forget()


def names(settings: Settings, **chosen: Any) -> list[str]:
    return [route.channel.sink.name for route in Assembly(Options(**chosen)).routes(settings)]


def test_judged_series_go_to_cms_and_a_log_store_gets_events() -> None:
    whole = Settings("svc", "cn-test", log_project="p", logstore="s", flows=JUDGED)
    assert names(whole) == ["cms", "log"]


def test_without_judged_series_nothing_goes_to_cms() -> None:
    assert names(Settings("svc", "cn-test", log_project="p", logstore="s")) == ["log"]


def test_the_sinks_can_be_chosen() -> None:
    assert names(Settings("svc", "cn-test"), sinks=("stdout", "cms_raw")) == ["stdout", "cms_raw"]


def test_a_log_sink_without_a_store_is_left_out_and_said(caplog: pytest.LogCaptureFixture) -> None:
    assert names(Settings("svc", "cn-test"), sinks=("log",)) == []
    assert "no log project" in caplog.text


def test_without_region_or_endpoint_nothing_is_sent(caplog: pytest.LogCaptureFixture) -> None:
    assert names(Settings("svc", "", flows=JUDGED)) == []
    assert "no region" in caplog.text


@pytest.mark.parametrize(
    "address", ["http://[", "nonsense", "cms.test:80", "ftp://x", "http://", "http://a b", "http://x:1e5"]
)
def test_an_endpoint_that_is_none_leaves_its_sink_out_and_is_said(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Settings("svc", "cn", endpoints={"log": address}, log_project="p", logstore="s", flows=JUDGED)
    assert names(broken) == ["cms"]
    assert (
        f"the sink log is left out, its settings cannot be used: {address!r} is no address; it should be" in caplog.text
    )


def test_a_region_that_makes_no_address_leaves_its_sinks_out(caplog: pytest.LogCaptureFixture) -> None:
    assert names(Settings("svc", "cn test\n", log_project="p", logstore="s", flows=JUDGED)) == []
    assert "is no address" in caplog.text


@pytest.mark.parametrize(
    ("vpc", "cms", "log"),
    [
        (False, "https://metrics.cn-test.aliyuncs.com", "https://cn-test.log.aliyuncs.com"),
        (True, "https://metrics-vpc.cn-test.aliyuncs.com", "https://cn-test-intranet.log.aliyuncs.com"),
    ],
)
def test_endpoints_follow_from_the_region(vpc: bool, cms: str, log: str) -> None:
    settings = Settings("svc", "cn-test")
    assert (cms_endpoint(settings, vpc=vpc), log_endpoint(settings, vpc=vpc)) == (cms, log)


def test_arguments_overrule_the_environment_and_that_the_file() -> None:
    environ = {"FLOWVIGIL_SERVICE": "env", "FLOWVIGIL_REGION": "env", "FLOWVIGIL_SINKS": "stdout, cms"}
    chosen = options({"service": "code"}, environ)
    settings = combined(chosen, Settings("file", "file", log_project="file"))
    assert (settings.service, settings.region, settings.log_project) == ("code", "env", "file")
    assert chosen.sinks == ("stdout", "cms")


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"FLOWVIGIL_SINKS": "cms,kafka"}, "kafka"),
        ({"FLOWVIGIL_CMS_ENTRIES": "many"}, "FLOWVIGIL_CMS_ENTRIES is not a number"),
        ({"FLOWVIGIL_CMS_ENTRIES": "inf"}, "FLOWVIGIL_CMS_ENTRIES is not a number"),
        ({"FLOWVIGIL_CMS_ENTRIES": "nan"}, "FLOWVIGIL_CMS_ENTRIES is not a number"),
    ],
)
def test_senseless_variables_are_said_and_replaced(
    environ: dict[str, str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = options({}, environ)
    assert said in caplog.text
    assert chosen.entries == 20


def test_an_unknown_argument_is_said_and_ignored(caplog: pytest.LogCaptureFixture) -> None:
    options({"servise": "x", "deadline_s": 1}, {})
    assert "servise" in caplog.text
    assert "deadline_s" not in caplog.text


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("service", 5, "a text"),
        ("region", b"cn-test", "a text"),
        ("version", 1.4, "a text"),
        ("settings_path", 7, "a path"),
        ("sinks", 5, "names of sinks"),
        ("sinks", [None], "names of sinks"),
        ("endpoints", "http://cms.test", "texts by 'cms' and 'log'"),
        ("endpoints", {"cms": 5}, "texts by 'cms' and 'log'"),
        ("entries", "many", "a whole number"),
        ("entries", float("inf"), "a whole number"),
        ("credentials", ("id", "the-secret"), "a function"),
        ("extra_sinks", 5, "objects with name, entries, batch_bytes, queue and deliver"),
        ("extra_sinks", ["stdout"], "objects with name, entries, batch_bytes, queue and deliver"),
    ],
)
def test_a_senseless_argument_is_said_without_its_value_and_ignored(
    name: str, value: Any, right: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert options({name: value}, {}) == options({}, {})
    assert caplog.messages == [f"flowvigil: init takes {right} for {name}, not {type(value).__name__}; ignored"]


def test_sinks_may_be_given_as_text_or_by_name_and_unknown_ones_are_said(caplog: pytest.LogCaptureFixture) -> None:
    assert options({"sinks": "cms, log"}, {}).sinks == options({"sinks": ["cms", "log"]}, {}).sinks == ("cms", "log")
    assert options({"sinks": ["log", "kafka"]}, {}).sinks == ("log",)
    assert "no such sink: kafka" in caplog.text


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"settings": 7}', b'{"settings": 1}', b"[]", b"null"])
def test_a_damaged_file_is_one_log_line(tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert load(str(path)) is None
        assert load(str(path)) is None
    assert caplog.text.count("settings.json") == 1


def test_keys_of_a_later_version_are_said_once_and_ignored(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    series = {"metric": "m", "signal": "p95", "alarm": "p95", "colour": "red"}
    data = {"settings": 1, "service": "s", "region": "r", "new": 1, "flows": {"poem": {"mood": 2, "series": [series]}}}
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(data))
    with caplog.at_level(logging.WARNING):
        settings = load(str(path))
    assert settings is not None
    assert settings.flows[0].series[0].metric == "m"
    assert len(caplog.records) == 1


def poem(**flow: Any) -> dict[str, Any]:
    return {"settings": 1, "service": "s", "region": "r", "flows": {"poem": flow}}


SERIES = {"metric": "m", "signal": "p95", "alarm": "p95"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"settings": 1, "service": 5, "region": "r"}, "service is 5, not a text"),
        ({"settings": 1, "service": "s", "region": "r", "endpoints": {"cms": 5}}, "endpoints is {'cms': 5}, not texts"),
        ({"settings": 1, "service": "s", "region": "r", "flows": ["poem"]}, "flows is ['poem'], not an object"),
        ({"settings": 1, "service": "s", "region": "r", "flows": {"poem": 7}}, "flows.poem is 7, not an object"),
        (poem(group_id=123), "flows.poem.group_id is 123, not a text"),
        (poem(sampling="10"), "flows.poem.sampling is '10', not a whole number"),
        (poem(slow_over_ms="5s"), "flows.poem.slow_over_ms is '5s', not a number"),
        (poem(slow_over_ms=float("nan")), "flows.poem.slow_over_ms is nan, not a number"),
        (poem(version={"env": 5}), "flows.poem.version is {'env': 5}, not texts"),
        (poem(dimensions={"tier": "free"}), "flows.poem.dimensions is {'tier': 'free'}, not lists of texts"),
        (poem(series={"m": SERIES}), "flows.poem.series is"),
        (poem(series=[5]), "flows.poem.series[0] is 5, not an object"),
        (poem(series=[SERIES, {**SERIES, "min_runs": "20"}]), "flows.poem.series[1].min_runs is '20', not a whole"),
        (poem(series=[{"signal": "p95", "alarm": "p95"}]), "flows.poem.series[0].metric is missing"),
    ],
)
def test_a_file_whose_values_are_of_another_kind_is_refused_by_name(data: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        settings_from_json(data)


def test_all_that_is_wrong_in_a_file_is_said_at_once() -> None:
    with pytest.raises(ValueError, match=r"region is missing; flows\.poem\.app is 1, .*; flows\.essay\.app is 2"):
        settings_from_json({"settings": 1, "service": "s", "flows": {"poem": {"app": 1}, "essay": {"app": 2}}})


@pytest.mark.parametrize("path", ["/nonexistent/x", "/", "\x00", "x" * 5000])
def test_a_path_that_cannot_be_read_is_no_settings(path: str) -> None:
    assert load(path) is None


@pytest.mark.parametrize(("service", "lines"), [("other", 1), ("svc", 0), ("", 0)])
def test_a_service_that_no_rule_asks_for_is_said(service: str, lines: int, caplog: pytest.LogCaptureFixture) -> None:
    combined(Options(service=service), Settings("svc", "cn-test"))
    assert len(caplog.records) == lines
    assert ("rules and dashboards ask for 'svc'" in caplog.text) == bool(lines)
