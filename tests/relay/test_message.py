"""What a message says, in both languages, and where its links lead."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import pytest

from flowvigil.relay.digest import digest
from flowvigil.relay.judging import Notice
from flowvigil.relay.links import Span, breach
from flowvigil.relay.message import Run, Seen, markdown, message
from flowvigil.relay.settings import Condition, Level, Robot, Store
from flowvigil.relay.words import WORDS, measured, plain, run_name, span
from tests.emulator.conftest import NOW

from .conftest import P95, flow, settings

FULL = flow(
    "poem",
    P95,
    runbook="https://wiki.example.com/poem",
    dashboard="http://console.test/lognext/project/proj/dashboard/svc-poem?slsRegion=cn-hangzhou",
    context=Store("app", "errors"),
)
NOTICE = Notice("up", "poem", "p95", "critical", "warning", 9123.4, NOW - 300_000, NOW)
SEEN = Seen(Span(1_799_999_000, 1_800_000_000), (Run("run-3", 12_000.0), Run("run-1", 9_500.0), Run("a b", 800.0)))


def text(lang: str, notice: Notice = NOTICE, seen: Seen = SEEN) -> str:
    said = message(settings(FULL, language=lang), FULL, P95, notice, Robot("robot", at=("zhangsan",)), seen, (), "7")
    return "\n".join(line.split("](")[0] for line in said["markdown"]["text"].splitlines())


def test_a_message_in_chinese():
    assert text("zh").splitlines() == [
        "### 监控报警 严重 升级 客服问答 p95",
        "",
        "- 状态: 严重 (原为 警告)",
        "- 当前值: 9.12s, 阈值 > 8s, 持续 3m",
        "- 开始: 2027-01-15 15:55:00 +08:00 (已持续 5m)",
        "- 负责人: assistant-team @zhangsan",
        "- 最慢的执行: run-3 12s, run-1 9.5s, a_b 800ms",
        "- [执行日志",
        "",
        "poem · slice e049f96a0edf7329 · 消息 7",
    ]


def test_a_message_in_english():
    assert text("en").splitlines() == [
        "### Monitor alarm critical worse 客服问答 p95",
        "",
        "- state: critical (was warning)",
        "- value: 9.12s, threshold > 8s, for 3m",
        "- since: 2027-01-15 15:55:00 +08:00 (lasting 5m)",
        "- owner: assistant-team @zhangsan",
        "- slowest runs: run-3 12s, run-1 9.5s, a_b 800ms",
        "- [runs",
        "",
        "poem · slice e049f96a0edf7329 · message 7",
    ]


def test_a_recovery_names_the_threshold_that_was_left_and_calls_nobody():
    ended = replace(NOTICE, kind="recovered", severity="ok", before="critical", value=3000.0)
    said = text("en", ended)
    assert "- state: normal (was critical)\n- value: 3s, threshold > 8s" in said
    assert "- until: 2027-01-15 16:00:00 +08:00" in said
    assert "@" not in said


def test_a_log_service_that_does_not_answer_is_said_to():
    assert "- slowest runs: Log Service did not answer" in text("en", seen=Seen())
    assert "- slowest runs: no runs to list" in text("en", seen=Seen(SEEN.span, ()))


def test_every_link_opens_in_the_browser():
    said = message(settings(FULL), FULL, P95, NOTICE, Robot("robot"), SEEN)["markdown"]["text"]
    links = [part.split(")")[0] for part in said.split("](")[1:]]
    assert all(link.startswith("dingtalk://dingtalkclient/page/link?url=http") for link in links)
    assert all(link.endswith("&pc_slide=false") for link in links)
    inner = [unquote(link.split("url=")[1].removesuffix("&pc_slide=false")) for link in links]
    assert [one.split("?")[0] for one in inner] == [
        "http://console.test/lognext/project/proj/logsearch/runs",
        "http://console.test/lognext/project/app/logsearch/errors",
        "http://console.test/lognext/project/proj/dashboard/svc-poem",
        "https://wiki.example.com/poem",
    ]
    assert inner[0].endswith("&queryTimeType=99&startTime=1799999000&endTime=1800000000")
    assert inner[1].endswith("&queryTimeType=99&startTime=1799999000&endTime=1800000000")


def test_without_log_service_the_range_covers_the_breached_windows():
    said = message(settings(FULL), FULL, P95, NOTICE, Robot("robot"))["markdown"]["text"]
    # breached since 5 minutes ago: 3 minutes of windows, judged up to 3 minutes after their end
    assert "startTime%3D1799999340%26endTime%3D1800000060" in said


def test_the_range_of_a_run_that_is_stuck_reaches_back_to_its_beginning():
    levels = (Level("critical", 1800, "> 30m", 900, ("robot",)), Level("warning", 600, "> 10m", 900, ("robot",)))
    stuck = Condition("stuck", "stuck", 60, 60, levels)
    # critical since 5 minutes ago: 3 minutes of lateness, a window of 1, and the 30 minutes that it was open before
    assert breach(replace(NOTICE, alarm="stuck"), stuck).start_s == NOW // 1000 - 60 * (5 + 3 + 1 + 30)


def test_people_are_mentioned_as_dingtalk_knows_them():
    assert markdown("t", "x", ["zhangsan", "13800000000", "all"])["at"] == {
        "atMobiles": ["13800000000"],
        "atUserIds": ["zhangsan"],
        "isAtAll": True,
    }


def test_a_number_abroad_is_written_as_it_is_mentioned():
    robot = Robot("robot", at=("+852-51234567", "@all\n# x"))
    said = message(settings(FULL), FULL, P95, NOTICE, robot)
    assert said["at"]["atMobiles"] == ["+852-51234567"]
    assert "- 负责人: assistant-team @+852-51234567 @＠all # x\n" in said["markdown"]["text"]
    assert "\n@+852-51234567 @＠all # x\n" in digest(settings(FULL), [NOTICE], robot)[0]["markdown"]["text"]


def test_both_languages_have_the_same_words():
    assert WORDS["zh"].keys() == WORDS["en"].keys()


@pytest.mark.parametrize(
    ("value", "signal", "said"),
    [
        (8400, "p95", "8.4s"), (850, "p50", "850ms"), (7.25, "failure_rate", "7.25%"), (4, "slow_streak", "4 runs"),
        (0, "no_runs", "0 runs"), (5400, "stuck", "90m"), (None, "p95", "unknown"),
    ],
)  # fmt: skip
def test_a_value_is_said_in_its_unit(value, signal, said):
    assert measured(value, signal, "en") == said


@pytest.mark.parametrize(
    ("ms", "said"), [(12, "12ms"), (59_900, "59.9s"), (90_000, "2m"), (600_000, "10m"), (11_100_000, "3h 5m")]
)
def test_a_duration_is_short(ms, said):
    assert span(ms) == said


def test_texts_are_made_harmless():
    assert plain("## <b>[a](b)</b> @all\n`x` *y*\u202e|z|") == "＜b＞［a］(b)＜/b＞ ＠all ｀x｀ ＊y＊ ｜z｜"
    assert run_name("../<x>@all") == "..__x__all"
    assert len(plain("长" * 500)) == 120
