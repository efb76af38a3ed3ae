"""Words, numbers and times of messages in Chinese and English, and texts made harmless.

DingTalk renders Markdown and links; what does not come from us must not become either, nor call anybody by `@`.
Knows nothing of alarms' states.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
WORDS = {
    "zh": {
        "monitor": "监控报警", "critical": "严重", "warning": "警告", "info": "提示", "ok": "正常",
        "fired": "报警", "up": "升级", "down": "降级", "repeated": "仍在报警", "recovered": "恢复", "no_data": "无数据",
        "state": "状态", "before": "原为", "value": "当前值", "threshold": "阈值", "lasting": "持续", "since": "开始",
        "until": "结束", "owner": "负责人", "slowest": "最慢的执行", "runs": "执行日志", "logs": "应用日志",
        "board": "仪表盘", "book": "处理手册", "unknown": "未知", "over": "已持续", "again": "可能重复",
        "dry": "演练，未调用", "calls": "将调用", "merged": "合并了", "notices": "条消息", "flows": "个 flow",
        "more": "续", "no_runs": "没有可列出的执行", "no_answer": "日志服务未应答", "about": "时间范围为估计",
        "overview": "全部 flow", "late": "条消息晚了", "times": "次", "message": "消息",
        "gone": "relay 的设置中没有，请重新 flowvigil export relay",
    },
    "en": {
        "monitor": "Monitor alarm", "critical": "critical", "warning": "warning", "info": "info", "ok": "normal",
        "fired": "alarm", "up": "worse", "down": "better", "repeated": "still firing", "recovered": "recovered",
        "no_data": "no data", "state": "state", "before": "was", "value": "value", "threshold": "threshold",
        "lasting": "for", "since": "since", "until": "until", "owner": "owner", "slowest": "slowest runs",
        "runs": "runs", "logs": "application logs", "board": "dashboard", "book": "runbook", "unknown": "unknown",
        "over": "lasting", "again": "may be a repeat", "dry": "dry run, not called", "calls": "calling",
        "merged": "merged", "notices": "notices", "flows": "flows", "more": "continued",
        "no_runs": "no runs to list", "no_answer": "Log Service did not answer",
        "about": "the range is an estimate", "overview": "all flows", "late": "notices are late", "times": "runs",
        "message": "message", "gone": "not in the relay's settings: run flowvigil export relay again",
    },
}  # fmt: skip
_MEANING = str.maketrans("@[]<>*`|~\\!", "＠［］＜＞＊｀｜～＼！")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")
_RUN_ID = re.compile(r"[^A-Za-z0-9._-]")
PERCENTILES = ("p50", "p90", "p95", "p99")
LATENCIES = (*PERCENTILES, "ttft")
STREAKS = ("slow_streak", "failure_streak")
SILENCES = ("no_runs", "no_reports")


def plain(text: str, longest: int = 120) -> str:
    """The text without anything that Markdown, HTML or DingTalk gives a meaning to, in one line."""
    flat = _CONTROL.sub(" ", text).translate(_MEANING).strip().lstrip("#-+ ")
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def mention(user: str) -> str:
    """`@` and a DingTalk user or number, as the message must name whom it calls; in one line and without meaning."""
    return f"@{_CONTROL.sub(' ', user).translate(_MEANING).strip()}"


def run_name(text: str) -> str:
    """A run's id as runs have them; anything else becomes `_`."""
    return _RUN_ID.sub("_", text)[:64]


def moment(at_ms: int) -> str:
    """Date and time in China, zone stated."""
    return datetime.fromtimestamp(at_ms / 1000, CHINA).strftime("%Y-%m-%d %H:%M:%S +08:00")


def clock(at_ms: int) -> str:
    """The time of day in China."""
    return datetime.fromtimestamp(at_ms / 1000, CHINA).strftime("%H:%M:%S")


def span(ms: float) -> str:
    """A duration with one unit too many rather than one too few: `850ms`, `8.4s`, `12m`, `3h 5m`."""
    if ms < 1000:
        return f"{ms:.0f}ms"
    if ms < 90_000:
        return f"{ms / 1000:.3g}s"
    minutes = round(ms / 60_000)
    if minutes < 120:
        return f"{minutes}m"
    return f"{minutes // 60}h {minutes % 60}m" if minutes % 60 else f"{minutes // 60}h"


def measured(value: float | None, signal: str, lang: str) -> str:
    """A value in the unit of what is judged."""
    words = WORDS[lang]
    if value is None:
        return words["unknown"]
    if signal in LATENCIES:
        return span(value)
    if signal == "tokens_per_run":
        return f"{value:.4g}"
    if signal == "failure_rate":
        return f"{value:.3g}%"
    if signal in STREAKS or signal == "no_runs":
        return f"{value:g} {words['times']}"
    return span(value * 1000)
