"""The flows that Python code reports, read from its text; nothing is imported and nothing runs.

Finds names that stand there as text, or as a constant of the same file; a name that is made at run time is not seen.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

NAMING = {"observe": "name", "flow": "name", "record": "flow", "handle": "flow", "CallbackHandler": "flow"}
"""What takes a flow's name as its first argument, and that argument's name."""
ROUTED = {"FlowMiddleware": "flows"}
"""What takes a mapping to flows' names."""
METADATA = "flowvigil_flow"
SKIPPED = {"node_modules", "site-packages", "__pycache__", "build", "dist"}


class CodeError(Exception):
    """The code cannot be read; the text says which file and why."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A flow that code names, and where."""

    flow: str
    file: str
    line: int


def coded(folder: Path) -> list[Coded]:
    """Every flow named below `folder`, in the order of files and lines. Raises CodeError."""
    if not folder.exists():
        raise CodeError(f"{folder}: not there; give a folder with Python files, or one such file")
    found = [one for file in sorted(_files(folder)) for one in _in(file)]
    return sorted(found, key=lambda one: (one.file, one.line, one.flow))


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_file():
        yield folder
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in SKIPPED and not _apart(Path(place, name))]
        yield from (Path(place, name) for name in names if name.endswith(".py"))


def _apart(folder: Path) -> bool:
    """Hidden, or an environment of its own."""
    return folder.name.startswith(".") or (folder / "pyvenv.cfg").exists()


def _in(file: Path) -> Iterator[Coded]:
    try:
        text = file.read_bytes()
        if b"flowvigil" not in text:
            return
        tree = ast.parse(text, str(file))
    except (OSError, SyntaxError, ValueError, RecursionError) as error:
        raise CodeError(f"{file}: cannot be read as Python: {error}") from None
    ours, constants = _imported(tree), _constants(tree)
    for node in ast.walk(tree):
        for flow in _named(node, ours, constants):
            yield Coded(flow, str(file), getattr(node, "lineno", 1))


def _imported(tree: ast.Module) -> dict[str, str]:
    """What the file calls our names, by the name it uses; our modules stand for themselves, with a dot."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(one.asname or "flowvigil"): "." for one in node.names if one.name.split(".")[0] == "flowvigil"}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "flowvigil":
            found |= {(one.asname or one.name): one.name if _known(one.name) else "." for one in node.names}
    return found


def _known(name: str) -> bool:
    return name in NAMING or name in ROUTED


def _constants(tree: ast.Module) -> dict[str, str]:
    pairs = [(node.targets[0], node.value) for node in tree.body if isinstance(node, ast.Assign)]
    pairs += [(node.target, node.value) for node in tree.body if isinstance(node, ast.AnnAssign) and node.value]
    return {
        target.id: value.value
        for target, value in pairs
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def _named(node: ast.AST, ours: Mapping[str, str], constants: Mapping[str, str]) -> Iterator[str]:
    if isinstance(node, ast.Call):
        yield from _called(node, ours, constants)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == METADATA:
                yield from _text(value, constants)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        for decorator in node.decorator_list:
            bare = decorator.func if isinstance(decorator, ast.Call) else decorator
            given = isinstance(decorator, ast.Call) and _argument(decorator, "observe") is not None
            if _ours(bare, ours) == "observe" and not given:
                yield node.name.replace("_", "-")


def _called(node: ast.Call, ours: Mapping[str, str], constants: Mapping[str, str]) -> Iterator[str]:
    name = _ours(node.func, ours)
    middleware = next((_ours(one, ours) for one in node.args if _ours(one, ours) in ROUTED), name)
    if middleware in ROUTED:
        flows = [one.value for one in node.keywords if one.arg == ROUTED[middleware]] or node.args[1:2]
        for given in flows:
            for value in given.values if isinstance(given, ast.Dict) else ():
                yield from _text(value, constants)
    elif name in NAMING and (argument := _argument(node, name)) is not None:
        yield from _text(argument, constants)


def _argument(node: ast.Call, name: str) -> ast.expr | None:
    """The one that names the flow."""
    return next((one.value for one in node.keywords if one.arg == NAMING[name]), node.args[0] if node.args else None)


def _ours(node: ast.AST, ours: Mapping[str, str]) -> str:
    """Our name for what is called; empty if it is not ours."""
    if isinstance(node, ast.Name):
        return ours.get(node.id, "").strip(".")
    if isinstance(node, ast.Attribute) and _known(node.attr):
        root: ast.AST = node.value
        while isinstance(root, ast.Attribute):
            root = root.value
        return node.attr if isinstance(root, ast.Name) and ours.get(root.id) == "." else ""
    return ""


def _text(node: ast.expr, constants: Mapping[str, str]) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Name) and node.id in constants:
        yield constants[node.id]
