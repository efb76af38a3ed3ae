"""What differs between two versions of one alarm, level by level."""

from __future__ import annotations

from collections.abc import Iterator

from flowvigil.provisioner.amounts import duration
from flowvigil.provisioner.monitor import STREAKS, Condition, Hours, Level
from flowvigil.provisioner.wording import hours_said

from .firing import Pair, fires, over, severity
from .said import Said, said

Difference = tuple[str, Said, bool]
"""The key below `alarms`, the sentence, and whether only the reporter takes notice."""


def differences(old: Condition, new: Condition) -> Iterator[Difference]:
    """Every difference between two conditions of one alarm id."""
    alarm = new.alarm
    if old.signal is not new.signal:
        yield (
            alarm,
            said(
                f"{{alarm}} judges {new.signal.value} now, was {old.signal.value}",
                f"{{alarm}} 改为判断 {new.signal.value}，原为 {old.signal.value}",
                alarm=alarm,
            ),
            False,
        )
    yield from _levels(old, new)
    yield from _period(old, new)
    if old.min_runs != new.min_runs:
        yield (
            f"{alarm}.min_runs",
            said(
                f"{{alarm}} is judged from {new.min_runs} runs in a window, was {old.min_runs}",
                f"{{alarm}} 窗口内至少 {new.min_runs} 次才判断，原为 {old.min_runs}",
                alarm=alarm,
            ),
            True,
        )
    if old.hours != new.hours:
        (now, now_zh), (was, was_zh) = _hours(new.hours), _hours(old.hours)
        yield (
            f"{alarm}.hours",
            said(
                f"{{alarm}} may fire {now} now, was {was}", f"{{alarm}} 生效时间改为{now_zh}，原为{was_zh}", alarm=alarm
            ),
            False,
        )


def _period(old: Condition, new: Condition) -> Iterator[Difference]:
    """A streak that fires at once does not say its period among its levels."""
    if (
        new.signal in STREAKS
        and old.period_s != new.period_s
        and any("×" not in fires(new, one)[0] for one in new.levels)
    ):
        now, was = duration(new.period_s * 1000), duration(old.period_s * 1000)
        yield (
            f"{new.alarm}.period",
            said(
                f"{{alarm}} is judged every {now} now, was {was}",
                f"{{alarm}} 改为每 {now} 判断一次，原为 {was}",
                alarm=new.alarm,
            ),
            False,
        )


def _levels(old: Condition, new: Condition) -> Iterator[Difference]:
    before = {level.severity: level for level in old.levels}
    after = {level.severity: level for level in new.levels}
    for level in new.levels:
        name, name_zh = severity(level)
        path = f"{new.alarm}.{name}"
        was = before.get(level.severity)
        if was is None:
            now, now_zh = fires(new, level)
            yield (
                path,
                said(
                    f"{{alarm}}: {name} is new: fires {now}, tells {{groups}}",
                    f"{{alarm}}：新增{name_zh}：{now_zh}，通知 {{groups}}",
                    alarm=new.alarm,
                    groups=", ".join(level.groups),
                ),
                False,
            )
        else:
            yield from _level(path, old, was, new, level)
    for level in old.levels:
        if level.severity not in after:
            name, name_zh = severity(level)
            was_said, was_zh = fires(old, level)
            yield (
                f"{new.alarm}.{name}",
                said(
                    f"{{alarm}}: {name} is gone, fired {was_said} and told {{groups}}",
                    f"{{alarm}}：删除{name_zh}，原为{was_zh}并通知 {{groups}}",
                    alarm=new.alarm,
                    groups=", ".join(level.groups),
                ),
                False,
            )


def _level(path: str, old: Condition, was: Level, new: Condition, now: Level) -> Iterator[Difference]:
    name, name_zh = severity(now)
    if fires(old, was) != fires(new, now):
        text, zh = fires(new, now)
        before, before_zh = _before(old, was, new, now)
        yield (
            path,
            said(
                f"{{alarm}}: {name} now fires {text}, was {before}",
                f"{{alarm}}：{name_zh}现在{zh}，原为{before_zh}",
                alarm=new.alarm,
            ),
            _only_over(old, was, new, now),
        )
    if was.repeat_s != now.repeat_s:
        every, before = duration(now.repeat_s * 1000), duration(was.repeat_s * 1000)
        yield (
            f"{path}.repeat",
            said(
                f"{{alarm}}: {name} repeats every {every} now, was {before}",
                f"{{alarm}}：{name_zh}每 {every} 重复，原为 {before}",
                alarm=new.alarm,
            ),
            False,
        )
    yield from _recipients(path, new.alarm, (name, name_zh), was, now)


def _only_over(old: Condition, was: Level, new: Condition, now: Level) -> bool:
    """Whether nothing but the limit of a slow run differs, which the rule in the cloud does not know."""
    same = (old.signal, old.period_s, old.for_s, was.threshold) == (new.signal, new.period_s, new.for_s, now.threshold)
    return same and old.over_ms != new.over_ms


def _before(old: Condition, was: Level, new: Condition, now: Level) -> Pair:
    """What held before: only the limit if nothing else differs."""
    held = (old.signal, old.period_s, old.for_s, old.over_ms) == (new.signal, new.period_s, new.for_s, new.over_ms)
    if not held or was.threshold == now.threshold:
        return fires(old, was)
    en, zh = over(old, was)
    return en.removeprefix("over "), zh


def _recipients(path: str, alarm: str, name: Pair, was: Level, now: Level) -> Iterator[Difference]:
    joined, left = _beyond(now.groups, was.groups), _beyond(was.groups, now.groups)
    if joined:
        yield (
            f"{path}.groups",
            said(
                f"{{alarm}}: {name[0]} also tells {{groups}}",
                f"{{alarm}}：{name[1]}还通知 {{groups}}",
                alarm=alarm,
                groups=joined,
            ),
            False,
        )
    if left:
        yield (
            f"{path}.groups",
            said(
                f"{{alarm}}: {name[0]} no longer tells {{groups}}",
                f"{{alarm}}：{name[1]}不再通知 {{groups}}",
                alarm=alarm,
                groups=left,
            ),
            False,
        )
    if was.groups != now.groups and not joined and not left:
        yield (
            f"{path}.groups",
            said(
                f"{{alarm}}: {name[0]} tells the same groups in another order: {{groups}}",
                f"{{alarm}}：{name[1]}通知顺序改为 {{groups}}",
                alarm=alarm,
                groups=", ".join(now.groups),
            ),
            False,
        )


def _beyond(some: tuple[str, ...], others: tuple[str, ...]) -> str:
    return ", ".join(one for one in some if one not in others)


def _hours(hours: Hours | None) -> Pair:
    return ("at all times", "全天") if hours is None else (hours_said(hours, "en"), hours_said(hours, "zh"))
