"""What lint and policies find in the new version of a project and did not find in the old one."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

from .lint import Finding, Wish, judge
from .said import Said, said


def new_findings(before: Path, after: Path, today: date) -> tuple[Said, ...]:
    """Findings in the monitors folder `after` that have no like in `before`, whatever lines they moved to."""
    known = Counter(map(_likeness, _found(before, today)))
    fresh = []
    for one in _found(after, today):
        if known[_likeness(one)]:
            known[_likeness(one)] -= 1
        else:
            fresh.append(_told(one))
    return tuple(fresh)


def told_violation(policy: str, level: str, message: str) -> Said:
    """What one policy says, as a finding."""
    head = "mandatory policy" if level == "mandatory" else "advisory policy"
    head_zh = "强制策略" if level == "mandatory" else "建议策略"
    return said(f"{head} {{policy}}: {{what}}", f"{head_zh} {{policy}}：{{what}}", policy=policy, what=message)


def _found(root: Path, today: date) -> list[Finding]:
    return list(judge(root, "", Wish(today))) if root.is_dir() else []


def _likeness(one: Finding) -> tuple[str, str, str, str]:
    return one.id, one.name, one.path, one.message_en


def _told(one: Finding) -> Said:
    head = f"{one.grade.value} `{one.id}`: {{place}}: "
    place = f"{one.name}:{one.line}"
    given = (("place", place), ("what", one.message("en")), ("what_zh", one.message("zh")))
    return Said(f"{head}{{what}}", f"{head}{{what_zh}}", given)
