"""What a check is: its name, how grave a finding is, what it says in two languages, an example that is wrong and one
that is right, and the function that judges.

Everything else about checks is made from this: the pages in docs/checks, `lint --explain`, and the tests.
Knows no YAML and no files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from flowvigil.provisioner.spec.problem import Path

Text = tuple[str, str]
"""English and Chinese."""

About = Literal["alarm", "flow", "folder", "comment", "language", "live"]


class Grade(Enum):
    """How grave: an error cannot be deployed, a warning lets a pager lie or stay silent, info is advice."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Hit:
    """A check fired. `path` leads to the value within the alarm, the flow or, if `contacts`, contacts.yaml.

    `values` fill the holes of the sentences. `flow` names the flow where a whole folder was judged.
    `right` is the text that would be right for the value; only then can the finding be repaired.
    """

    path: Path = ()
    values: Mapping[str, object] = field(default_factory=dict)
    at: str = "value"
    flow: str = ""
    contacts: bool = False
    right: str = ""


Judge = Callable[[Any], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `about` says what `judge` is given: an alarm's condition, a Watched flow, or the whole Fleet.

    Checks of the `language` are made by the reading itself, so they judge nothing: `problem` is the id of its problem.
    Examples are a flow's file, or several files, each after a line `# NAME.yaml`.
    """

    id: str
    grade: Grade
    about: About
    says: Text
    fix: Text
    why: Text
    bad: str
    good: str
    judge: Judge
    problem: str = ""
    repairs: bool = False


def check(
    id_: str,
    grade: Grade,
    about: About,
    *,
    says: Text,
    fix: Text,
    why: Text,
    bad: str,
    good: str,
    problem: str = "",
    repairs: bool = False,
) -> Callable[[Judge], Check]:
    """Decorates the function that judges; what it leaves behind is the Check."""

    def made(judge: Judge) -> Check:
        examples = bad.strip("\n"), good.strip("\n")
        return Check(id_, grade, about, says, fix, why, *examples, judge, problem, repairs)

    return made
