"""Conditions in the words of the team that wrote them, in English and Chinese.

Knows units and the two languages; knows nothing of the cloud's objects.
"""

from __future__ import annotations

from .amounts import clock, duration, number
from .carriers import By, Reason, Share
from .monitor import PERCENTILES, SILENCES, STREAKS, Condition, Hours, Level, Severity, Signal

ZH_SEVERITY = {Severity.CRITICAL: "严重", Severity.WARNING: "警告", Severity.INFO: "提示"}
ZH_BY = {By.TEMPLATE: "报警模板", By.DIRECT: "报警规则", By.LOG_ALERT: "日志服务告警"}
ZH_REASON = {
    Reason.ORDINARY: "模板可以表达",
    Reason.FORCED_DIRECT: "spec 或 stack 要求直接规则",
    Reason.PERIOD: "模板没有自己的统计周期",
    Reason.HOURS: "模板没有星期",
    Reason.RECIPIENTS: "模板只通知一组报警联系人组，这条规则通知别的",
    Reason.REPEAT: "模板只有一个通道沉默周期，这条规则不同",
    Reason.RULES: "一个模板最多 30 条规则",
    Reason.TEMPLATES: "已有 80 个 flow 使用模板；一个账号最多 100 个",
    Reason.REFUSED: "服务不接受模板中的自定义监控指标",
    Reason.RENAMED: "改名期间继续监控旧名字",
    Reason.REPORTS: "上报事件在日志服务中，云监控规则看不到",
    Reason.INSIDE: "执行内部的数据只在日志服务的事件中，云监控规则看不到",
    Reason.MANY: "多个上报者的数据只能由日志服务合并",
}
EN_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ZH_DAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def threshold(condition: Condition, level: Level, lang: str = "en") -> str:
    """Such as `> 5s`, `> 5%`, `≥ 3 runs`, `for 30m`."""
    value, signal = level.threshold, condition.signal
    if signal in PERCENTILES or signal is Signal.TTFT:
        return f"> {duration(value)}"
    if signal is Signal.TOKENS_PER_RUN:
        return f"> {number(value)} tokens"
    if signal is Signal.FAILURE_RATE:
        return f"> {number(value)}%"
    if signal in STREAKS:
        runs = " 次" if lang == "zh" else " run" if value == 1 else " runs"
        over = f" > {duration(condition.over_ms)}" if condition.over_ms is not None else ""
        return f"≥ {number(value)}{runs}{over}"
    return f"≥ {duration(value * 1000)}" if signal is not Signal.STUCK else f"> {duration(value * 1000)}"


def said(share: Share, lang: str = "en") -> str:
    """The whole condition as one share of its recipients hears it."""
    condition = share.condition
    parts = [f"{threshold(condition, level, lang)} {_severity(level, lang)}" for level in share.levels]
    if condition.for_s > condition.period_s and condition.signal not in SILENCES:
        parts.append(f"持续 {duration(condition.for_s * 1000)}" if lang == "zh" else f"for {_seconds(condition.for_s)}")
    if condition.min_runs > 1:
        parts.append(f"至少 {condition.min_runs} 次" if lang == "zh" else f"from {condition.min_runs} runs")
    if condition.hours is not None:
        parts.append(hours_said(condition.hours, lang))
    parts.append(_repeat(share, lang))
    return ", ".join(parts)


def hours_said(hours: Hours, lang: str) -> str:
    """Such as `Mon,Tue 09:00-18:00 +0900`; every day and China's own zone go without saying."""
    span = f"{clock(hours.start_minute)}-{clock(hours.end_minute)}"
    every = len(hours.days) == len(EN_DAYS)
    days = "" if every else ",".join((ZH_DAYS if lang == "zh" else EN_DAYS)[day - 1] for day in hours.days) + " "
    return f"{days}{span}" + ("" if hours.zone == "+0800" else f" {hours.zone}")


def _repeat(share: Share, lang: str) -> str:
    """One rule has one silence time: a level that asked for another one repeats like the most urgent."""
    every = _seconds(share.repeat_s)
    others = [level for level in share.levels if level.repeat_s != share.repeat_s]
    if lang == "zh":
        return f"每 {every} 重复" + "".join(f"（{_severity(one, lang)}也是）" for one in others)
    return f"repeats every {every}" + "".join(f", {one.severity.value} too" for one in others)


def carried(by: By, lang: str = "en") -> str:
    """The carrier's name."""
    return ZH_BY[by] if lang == "zh" else by.value


def because(reason: Reason, lang: str = "en") -> str:
    """The reason for a carrier."""
    return ZH_REASON[reason] if lang == "zh" else reason.value


def _severity(level: Level, lang: str) -> str:
    return ZH_SEVERITY[level.severity] if lang == "zh" else level.severity.value


def _seconds(seconds: float) -> str:
    return duration(seconds * 1000)
