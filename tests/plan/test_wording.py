"""Plans speak as people write: units, severities, links."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from flowvigil.provisioner import queries
from flowvigil.provisioner.amounts import duration
from flowvigil.provisioner.carriers import By, Reason, shares
from flowvigil.provisioner.monitor import Hours
from flowvigil.provisioner.slices import slice_hash
from flowvigil.provisioner.stack import CONSOLE_INTERNATIONAL
from flowvigil.provisioner.wording import ZH_BY, ZH_REASON, said

from .builders import FAILURES, SLOW, condition, level


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (800, "800ms"),
        (2500, "2.5s"),
        (1_234_567, "1234.567s"),
        (5000, "5s"),
        (90_000, "90s"),
        (1_800_000, "30m"),
        (86_400_000, "1d"),
    ],
)
def test_durations_take_the_largest_unit_that_is_exact(milliseconds, text):
    assert duration(milliseconds) == text


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (FAILURES, "> 5% critical, from 20 runs, repeats every 1h"),
        (SLOW, "≥ 3 runs > 5s warning, repeats every 1h"),
        (condition("no_runs", level("warning", 1800)), "≥ 30m warning, repeats every 1h"),
        (condition("stuck", level("info", 600), for_s=120), "> 10m info, for 2m, repeats every 1h"),
        (
            replace(FAILURES, min_runs=1, hours=Hours((1, 2), 540, 600)),
            "> 5% critical, Mon,Tue 09:00-10:00, repeats every 1h",
        ),
        (
            replace(FAILURES, min_runs=1, hours=Hours((1, 2, 3, 4, 5, 6, 7), 0, 1440, "-0500")),
            "> 5% critical, 00:00-24:00 -0500, repeats every 1h",
        ),
        (condition("ttft", level("info", 1500)), "> 1.5s info, repeats every 1h"),
        (condition("tokens_per_run", level("info", 4000)), "> 4000 tokens info, repeats every 1h"),
        (condition("failure_streak", level("info", 1)), "≥ 1 run info, repeats every 1h"),
        (
            condition("p95", level("critical", 8000, repeat_s=900), level("warning", 5000, repeat_s=86400)),
            "> 8s critical, > 5s warning, repeats every 15m, warning too",
        ),
    ],
)
def test_a_condition_reads_as_its_spec_does(one, text):
    assert said(shares(one)[0]) == text


def test_every_carrier_and_reason_has_chinese_words():
    assert set(ZH_BY) == set(By)
    assert set(ZH_REASON) == set(Reason)


def test_a_log_link_carries_the_search_so_that_the_console_finds_it():
    search = queries.runs("acme-prod", "poem")
    link = queries.log_link_between(
        project="p",
        logstore="runs",
        region="ap-southeast-1",
        search=search,
        start_s=10,
        end_s=20,
        console=CONSOLE_INTERNATIONAL,
    )
    parts = urlsplit(link)
    asked = {key: value for key, (value,) in parse_qs(parts.query).items()}
    assert (parts.netloc, parts.path) == ("sls.console.alibabacloud.com", "/lognext/project/p/logsearch/runs")
    assert b64decode(asked.pop("queryString")).decode() == search
    assert asked == {
        "slsRegion": "ap-southeast-1",
        "encode": "base64",
        "queryTimeType": "99",
        "startTime": "10",
        "endTime": "20",
    }


def test_a_slice_refuses_what_has_no_place_in_a_plan():
    with pytest.raises(TypeError, match="set has no place in a plan"):
        slice_hash({1, 2})
