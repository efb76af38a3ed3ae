"""The fixed words of a review in English and Chinese."""

from __future__ import annotations

PHRASES = {
    "stack": ("Stack", "Stack"),
    "nothing": ("no change", "没有变化"),
    "title": ("flowvigil", "flowvigil"),
    "new": ("new", "新增"),
    "changed": ("changed", "修改"),
    "renamed": ("renamed", "改名"),
    "removed": ("removed", "删除"),
    "flows": ("{count} flow(s) {kind}", "{kind} {count} 个 flow"),
    "created": ("{count} created", "新建 {count}"),
    "updated": ("{count} updated in place", "原地更新 {count}"),
    "replaced": ("{count} replaced", "替换 {count}"),
    "deleted": ("{count} deleted", "删除 {count}"),
    "resources": ("Resources", "资源"),
    "harmless": ("harmless: nothing is unwatched meanwhile", "无害：期间监控不中断"),
    "harmful": ("not harmless", "有损"),
    "reporter": ("takes effect in the reporter", "在上报者中生效"),
    "advice": ("changes nothing in the cloud", "云上没有变化"),
    "gone": ("is watched no longer", "不再监控"),
    "shared": ("Shared by all flows", "所有 flow 共用"),
    "messages": ("Worst case: all flows fail in the same minute", "最坏情况：所有 flow 在同一分钟故障"),
    "target": ("target", "目标"),
    "before": ("before", "之前"),
    "after": ("after", "之后"),
    "limit": ("takes", "上限"),
    "over": ("falls silent for ten minutes", "会被静默十分钟"),
    "cost": ("Cost forecast, a month", "费用预测（每月）"),
    "total": ("priced total", "有价格的合计"),
    "unpriced": ("price not published", "未公布价格"),
    "unchecked": ("price of {date}, to be checked", "{date} 的价格，待核对"),
    "dated": ("price of {date}", "{date} 的价格"),
    "slices": ("Slices for monitors.lock", "monitors.lock 的切片"),
    "approve": ("approve with", "批准命令"),
    "findings": ("New in this change", "本次改动带来的问题"),
    "left-out": (
        "{count} section(s) left out to stay within 60,000 bytes; all of it: `flowvigil review --format html`",
        "为不超过 60,000 字节省略了 {count} 节；完整内容：`flowvigil review --format html`",
    ),
    "more": ("and {count} more", "还有 {count} 条"),
    "more-changes": ("{count} change(s), {objects} object(s)", "{count} 处修改，{objects} 个对象"),
}


def phrase(name: str, lang: str, **values: object) -> str:
    """The words under a name."""
    return PHRASES[name][lang == "zh"].format(**values)
