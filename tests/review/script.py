"""Scripts: one text file holds a command, its input files, what it prints, and how it ends.

    # what this script is about
    $ flowvigil lint --lang en
    exit 1
    -- monitors/poem.yaml --
    flow: poem
    -- stdout --
    monitors/poem.yaml:1:1: …
    -- stderr --
    1 problem(s) in 1 file(s)
    -- after monitors/poem.yaml --
    what the file holds at the end, where a command changes files

Several `$` lines run one after the other, each after `exit` of the one before; the output of all is one text.
`with contacts` puts a usual contacts.yaml there. Commands run in this process, in a folder of their own.
FLOWVIGIL_GOLDEN=write rewrites exit, stdout, stderr and `after` for review.
"""

from __future__ import annotations

import io
import re
import shlex
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

from flowvigil.cli import run

CONTACTS = """\
teams:
  team: {critical: [oncall, ding], warning: [ding]}
groups:
  oncall: {existing: true}
  ding:
    - {dingtalk: robot, keywords: [监控]}
"""
_SECTION = re.compile(r"^-- (.+) --\n", re.MULTILINE)


@dataclass
class Script:
    """One file, taken apart. `head` keeps its comments and commands as written."""

    path: Path
    head: list[str]
    sections: dict[str, str] = field(default_factory=dict)

    @property
    def commands(self) -> list[list[str]]:
        return [shlex.split(line[2:])[1:] for line in self.head if line.startswith("$ ")]

    @property
    def exits(self) -> list[int]:
        return [int(line[5:]) for line in self.head if line.startswith("exit ")]

    @property
    def files(self) -> dict[str, str]:
        known = {"monitors/contacts.yaml": CONTACTS} if "with contacts" in self.head else {}
        ours = ("stdout", "stderr")
        own = {name: text for name, text in self.sections.items() if name not in ours and name[:6] != "after "}
        return {**known, **own}

    @property
    def after(self) -> dict[str, str]:
        return {name[6:]: text for name, text in self.sections.items() if name.startswith("after ")}


@dataclass
class Outcome:
    """What running a script gave."""

    exits: list[int]
    stdout: str
    stderr: str
    after: dict[str, str]


def read(path: Path) -> Script:
    parts = _SECTION.split(path.read_text(encoding="utf-8"))
    head = [line for line in parts[0].splitlines() if line.strip()]
    return Script(path, head, dict(zip(parts[1::2], parts[2::2], strict=True)))


def play(script: Script) -> Outcome:
    """Run in the current folder, which must be empty."""
    for name, text in script.files.items():
        target = Path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.replace("\\x1b", "\x1b").encode() if "(escapes)" in script.head[0] else text.encode())
    out, err, exits = io.StringIO(), io.StringIO(), []
    with redirect_stdout(out), redirect_stderr(err):
        exits.extend(map(run, script.commands))
    after = {name: Path(name).read_text(encoding="utf-8") for name in script.after}
    return Outcome(exits, out.getvalue(), err.getvalue(), after)


def rewrite(script: Script, outcome: Outcome) -> None:
    """Put what happened in the place of what was expected."""
    head = [line for line in script.head if not line.startswith("exit ")]
    codes = iter(outcome.exits)
    lines = [part for line in head for part in ([line, f"exit {next(codes)}"] if line.startswith("$ ") else [line])]
    kept = {name: text for name, text in script.sections.items() if name not in ("stdout", "stderr")}
    kept |= {f"after {name}": text for name, text in outcome.after.items()}
    kept |= {name: text for name, text in (("stdout", outcome.stdout), ("stderr", outcome.stderr)) if text}
    body = "".join(f"-- {name} --\n{text}" for name, text in kept.items())
    script.path.write_text("\n".join(lines) + "\n" + body, encoding="utf-8")
