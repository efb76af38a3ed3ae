"""One file's bytes to a checked tree, and the places of what is wrong in it.

Whatever does not pass is cut out of the tree and reported, so that the rest can still be judged.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from .clear_text import secrets, suspicious
from .folder import Folder
from .messages import nearest, sentences
from .problem import Finding, Path, Problem
from .reader import Unclean, read
from .schema import Check, Flaw
from .study import Spot, Study, place, study

_HARMLESS = frozenset({"duplicate-key", "anchor", "tag", "several-documents"})
_AT_KEY = frozenset({"unknown-key", "bad-name"})
_FIRST_LINES = {"contacts": "teams:", "defaults": "repeat:", "profile": "alarms:", "project": "spec: 1"}


@dataclass(slots=True)
class Desk:
    """Reads a folder's files and collects what is wrong with them.

    `faulty` are files with any finding of their own, `cuts` the paths of what was taken out of their trees.
    """

    folder: Folder
    problems: list[Problem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    faulty: set[str] = field(default_factory=set)
    cuts: dict[str, list[Path]] = field(default_factory=dict)
    studies: dict[str, Study] = field(default_factory=dict)

    def tree(self, name: str, check: Check, role: str) -> dict[str, Any]:
        """The legal part of a file; an empty tree if nothing of it can be used."""
        data = self.folder.read(name)
        if data is None:
            self._cut(name, {}, ())
            return {}
        if suspicious(data):
            self._clear_text(name, data)
        try:
            tree = read(data)
        except Unclean:
            tree = self._unclean(name, data)
        flaws = check(tree) if type(tree) is dict else [_no_mapping(tree, role)]
        if flaws:
            tree = deepcopy(tree)
            self._flawed(name, tree, flaws)
        return tree if type(tree) is dict else {}

    def _unclean(self, name: str, data: bytes) -> Any:
        found = self.studies[name] = study(data)
        self.faulty.add(name)
        for spot, id_, values in found.faults:
            if id_ not in _HARMLESS:
                self._cut(name, {}, ())
            self.problems.append(self.problem(name, spot, (), id_, values))
        return found.tree if found.tree is not None else {}

    def _clear_text(self, name: str, data: bytes) -> None:
        text = data.decode(errors="replace")
        for start, width, english, chinese in secrets(text):
            self.faulty.add(name)
            spot = place(text, start, width)
            self.problems.append(self.problem(name, spot, (), "clear-text", {"kind": english, "kind_zh": chinese}))

    def _flawed(self, name: str, tree: Any, flaws: list[Flaw]) -> None:
        silent = name in self.faulty and self.studies.get(name) is not None and not tree
        self.faulty.add(name)
        for path, id_, values in flaws:
            if not silent:
                at = "file" if not path else "key" if id_ in _AT_KEY else "value"
                self.findings.append(Finding(name, path, id_, tuple(values.items()), at))
            self._cut(name, tree, path)

    def _cut(self, name: str, tree: Any, path: Path) -> None:
        self.faulty.add(name)
        self.cuts.setdefault(name, []).append(path)
        _cut(tree, path)

    def all_problems(self) -> tuple[Problem, ...]:
        """Everything found so far, by file and line, one per place and kind."""
        findings = {(one.file, one.path, one.id): one for one in [*self.folder.findings, *self.findings]}
        problems = set(self.problems)
        for located in map(self._located, findings.values()):
            if not any(_covers(one, located) for one in self.problems):
                problems.add(located)
        return tuple(sorted(problems))

    def _located(self, finding: Finding) -> Problem:
        spot = Spot(1, 1) if finding.at == "file" else self.spot(finding.file, finding.path, finding.at)
        return self.problem(finding.file, spot, finding.path, finding.id, dict(finding.values))

    def spot(self, name: str, path: Path, at: str) -> Spot:
        """Where the key or value at `path` stands; each file is studied at most once."""
        if name not in self.studies:
            self.studies[name] = study(self.folder.read(name) or b"")
        known = self.studies[name]
        if at == "key" and path in known.keys:
            return known.keys[path]
        while path and path not in known.values:
            path = path[:-1]
        return known.values[path] if path else Spot(1, 1)

    def problem(self, name: str, spot: Spot, path: Path, id_: str, values: dict[str, object]) -> Problem:
        """One problem with its sentences."""
        message_en, fix_en, message_zh, fix_zh = sentences(id_, values)
        dotted = ".".join(map(str, path))
        shown = self.folder.shown(name)
        texts = (message_en, message_zh, fix_en, fix_zh)
        right = nearest(values) if id_ == "unknown-key" else ""
        return Problem(shown, spot.line, spot.column, dotted, id_, *texts, width=spot.width, right=right)


def _covers(fault: Problem, other: Problem) -> bool:
    """Whether a fault of reading stands where another problem points: then the other only follows from it."""
    if fault.id == "syntax" and fault.file == other.file:
        return other.line >= fault.line or other.id == "missing-key"
    if (fault.file, fault.line) != (other.file, other.line):
        return False
    return fault.column < other.column + other.width and other.column < fault.column + fault.width


def _no_mapping(tree: object, role: str) -> Flaw:
    right = _FIRST_LINES.get(role, "flow: my-flow")
    return (), "empty-file" if tree is None else "not-a-mapping", {"value": tree, "right": right}


def _cut(tree: Any, path: Path) -> None:
    """Take out the value at `path`; one wrong item takes its whole list along."""
    parent, last = None, None
    for key in path:
        if type(tree) is not dict or key not in tree:
            break
        parent, last, tree = tree, key, tree[key]
    if parent is not None:
        parent.pop(last, None)
