"""What differs between two versions of a flow, as the team that owns it would say it.

Pure: monitors and choices in, sentences out. Knows nothing of the cloud's objects, of git or of how it is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any

from flowvigil.provisioner.amounts import duration, number
from flowvigil.provisioner.carriers import By, Choice
from flowvigil.provisioner.monitor import Condition, Dimension, Hook, LogStore, Monitor, Source
from flowvigil.provisioner.wording import because, carried

from . import conditions
from .firing import whole
from .said import Said, said


class Effect(Enum):
    """Where a change shows: in the cloud, in the reporter alone, or in lint and forecasts alone."""

    CLOUD = "cloud"
    REPORTER = "reporter"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `path` is the key of the spec that decides it."""

    path: str
    said: Said
    effect: Effect = Effect.CLOUD


_NAMES = {
    "title": "标题",
    "owner": "负责团队",
    "runbook": "处理手册",
    "reporters": "上报者",
    "rules": "规则载体",
    "sampling": "采样",
    "context": "应用日志",
    "logs": "运行日志",
    "source": "来源",
    "dimensions": "维度",
    "on_alarm": "报警回调",
    "traffic": "流量",
    "detect_within": "发现时限",
    "incident_target": "处理时限",
}
_REPORTER_ONLY = frozenset({"sampling", "source"})
_ADVICE = frozenset({"traffic", "detect_within", "incident_target", "context"})
"""What lint or the relay's messages alone read; the application's logs (`context`) are linked there."""
_CARRIERS = {By.TEMPLATE: "template", By.DIRECT: "direct rule", By.LOG_ALERT: "log alert"}
_APART = frozenset({"flow", "file", "conditions", "renamed_from"})


def flow_changes(
    old: Monitor, new: Monitor, before: Sequence[Choice] = (), after: Sequence[Choice] = ()
) -> list[Change]:
    """Everything that changes for one flow; empty if only the file has moved."""
    return [
        *_renaming(old, new),
        *_settings(old, new),
        *alarms(old.conditions, new.conditions),
        *_carriers(old, new, before, after),
    ]


def described(monitor: Monitor) -> list[Change]:
    """What a flow is watched for, when there is nothing to compare it with."""
    return [_alarm(one, "is new", "新增") for one in monitor.conditions]


def alarms(old: Iterable[Condition], new: Iterable[Condition]) -> Iterator[Change]:
    """Alarms added, removed and changed, in the order of the new version, the removed ones last."""
    before = {one.alarm: one for one in old}
    after = {one.alarm: one for one in new}
    for name, one in after.items():
        if name not in before:
            yield _alarm(one, "is new", "新增")
        elif before[name] != one:
            for path, sentence, in_reporter in conditions.differences(before[name], one):
                yield Change(f"alarms.{path}", sentence, Effect.REPORTER if in_reporter else Effect.CLOUD)
    for name, one in before.items():
        if name not in after:
            yield _alarm(one, "is gone", "删除")


def _alarm(one: Condition, en: str, zh: str) -> Change:
    words, words_zh = whole(one)
    groups = ", ".join(dict.fromkeys(group for level in one.levels for group in level.groups))
    text = said(
        f"alarm {{alarm}} {en}: {words} → {{groups}}",
        f"{zh}报警 {{alarm}}：{words_zh} → {{groups}}",
        alarm=one.alarm,
        groups=groups,
    )
    return Change(f"alarms.{one.alarm}", text)


def _renaming(old: Monitor, new: Monitor) -> Iterator[Change]:
    if old.flow != new.flow:
        yield Change(
            "flow",
            said(
                "is renamed from {old}; both names are watched until renamed_from is taken out",
                "由 {old} 改名而来；去掉 renamed_from 之前两个名字都被监控",
                old=old.flow,
            ),
        )
    elif old.renamed_from != new.renamed_from:
        if new.renamed_from:
            yield Change(
                "renamed_from",
                said("is also watched under its old name {old}", "旧名字 {old} 也被监控", old=new.renamed_from),
            )
        else:
            yield Change(
                "renamed_from",
                said(
                    "the rename is over: {old} is no longer watched", "改名结束：不再监控 {old}", old=old.renamed_from
                ),
            )


def _settings(old: Monitor, new: Monitor) -> Iterator[Change]:
    for one in fields(Monitor):
        was, now = getattr(old, one.name), getattr(new, one.name)
        if one.name not in _APART and was != now:
            key = one.name.removesuffix("_s")
            effect = Effect.REPORTER if key in _REPORTER_ONLY else Effect.ADVICE if key in _ADVICE else Effect.CLOUD
            if key == "source" and was.app != now.app:
                effect = Effect.CLOUD  # the app is part of every series' name
            write = _AS_WRITTEN.get(one.name, worded)
            yield Change(key, became(key, write(was), write(now)), effect)


def became(name: str, was: Any, now: Any) -> Said:
    """`owner is now x, was y`, for any value of a spec or a stack."""
    zh = _NAMES.get(name, name)
    name = name.replace("_", " ")
    return said(
        f"{name} is now {{now}}, was {{was}}", f"{zh} 改为 {{now}}，原为 {{was}}", now=worded(now), was=worded(was)
    )


def worded(value: Any) -> str:
    """A value of a spec, as people write it there."""
    if value is None or value in ("", ()):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(worded(one) for one in value)
    write = _WRITTEN.get(type(value))
    if write:
        return write(value)
    return str(value.value) if isinstance(value, Enum) else _parts(value, None) if is_dataclass(value) else str(value)


def _parts(value: Any, usual: Any) -> str:
    parts = [(name, getattr(value, name)) for name in value.__dataclass_fields__]
    told = [
        f"{name} {worded(one)}"
        for name, one in parts
        if one not in (None, (), "") and (usual is None or name == "app" or one != getattr(usual, name))
    ]
    return ", ".join(told)


def _carriers(old: Monitor, new: Monitor, before: Sequence[Choice], after: Sequence[Choice]) -> Iterator[Change]:
    """Alarms that another kind of object carries now, though they may say the same."""
    known = {one.alarm for one in old.conditions} & {one.alarm for one in new.conditions}
    was, now = _carrying(before), _carrying(after)
    for alarm in [name for name in now if name in known and name in was and set(now[name]) != set(was[name])]:
        new_one, old_one = next(iter(now[alarm].values())), next(iter(was[alarm].values()))
        why, why_zh = because(new_one.reason), because(new_one.reason, "zh")
        en = f"{{alarm}} is carried by a {_CARRIERS[new_one.by]} now ({why}), was {_CARRIERS[old_one.by]}"
        zh = f"{{alarm}} 改由{carried(new_one.by, 'zh')}承载（{why_zh}），原为{carried(old_one.by, 'zh')}"
        yield Change(f"alarms.{alarm}", said(en, zh, alarm=alarm))


def _carrying(choices: Sequence[Choice]) -> Mapping[str, dict[str, Choice]]:
    found: dict[str, dict[str, Choice]] = {}
    for one in choices:
        found.setdefault(one.share.condition.alarm, {}).setdefault(one.by.value, one)
    return found


def _seconds(value: float | None) -> str:
    return "none" if value is None else duration(value * 1000)


def _hook(hook: Hook) -> str:
    parts = [
        f"{hook.name}: {hook.webhook}",
        f"signed with {hook.sign}",
        f"from {hook.severity.value}",
        f"for {worded(hook.alarms)}," if hook.alarms else "for every alarm,",
        f"cool-down {duration(hook.cool_down_s * 1000)}",
    ]
    return " ".join(parts) + (", dry run" if hook.dry_run else "")


_AS_WRITTEN: Mapping[str, Callable[[Any], str]] = {
    "traffic": lambda value: "none" if value is None else f"{number(value)}/m",
    "detect_within_s": _seconds,
    "incident_target_s": _seconds,
    "on_alarm": lambda value: "; ".join(map(_hook, value)) or "none",
}
_WRITTEN: Mapping[type, Callable[[Any], str]] = {
    bool: lambda value: str(value).lower(),
    LogStore: lambda value: f"{value.project}/{value.logstore}",
    Dimension: lambda value: f"{value.name}: {worded(value.values)}",
    Source: lambda value: _parts(value, Source()),
}
