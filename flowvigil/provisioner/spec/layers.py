"""Inheritance: built-in values, defaults, profile, flow, environment, each laid over the one before.

Maps merge by key, scalars and lists replace, `none` removes. Knows nothing of what the keys mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .problem import Path
from .schema import NONE, node

BUILT_IN = "built-in"
Tree = dict[str, Any]
_REMEMBERED = 1024


@dataclass(frozen=True, slots=True)
class Layer:
    """What one file, or one environment's block in it, says; `below` is the block's path in the file."""

    file: str
    tree: Tree
    below: Path = ()


def built_in() -> Tree:
    """The defaults of the top-level keys as the schema states them; those of an alarm's keys depend on its signal."""
    properties = node({"$ref": "#/$defs/profile"})["properties"]
    stated = {key: node(one)["default"] for key, one in properties.items()}
    return {key: value for key, value in stated.items() if value != NONE}


def laid_over(base: Tree, over: Tree) -> Tree:
    """A new tree; neither argument changes, but unchanged branches are shared."""
    result = base.copy()
    for key, value in over.items():
        if value == NONE:
            result.pop(key, None)
        elif type(value) is dict:
            below = result.get(key)
            result[key] = laid_over(below if type(below) is dict else {}, value)
        else:
            result[key] = value
    return result


@dataclass(frozen=True, slots=True)
class Base:
    """A tree that many are laid over. A branch that several of them share is merged once, so results share it too."""

    tree: Tree
    _merged: dict[tuple[str, int], tuple[Tree, Tree]] = field(default_factory=dict)

    def under(self, over: Tree) -> Tree:
        """As `laid_over`, for trees that are never changed."""
        result = self.tree.copy()
        for key, value in over.items():
            if value == NONE:
                result.pop(key, None)
            else:
                result[key] = self._branch(key, value) if type(value) is dict else value
        return result

    def _branch(self, key: str, value: Tree) -> Tree:
        known = self._merged.get((key, id(value)))
        if known is not None and known[0] is value:
            return known[1]
        below = self.tree.get(key)
        made = laid_over(below if type(below) is dict else {}, value)
        if len(self._merged) < _REMEMBERED:
            self._merged[key, id(value)] = (value, made)
        return made


def merged(layers: Sequence[Layer]) -> Tree:
    """All layers, the last one on top."""
    result: Tree = {}
    for layer in layers:
        result = laid_over(result, layer.tree)
    return result


def environment_blocks(layers: Sequence[Layer], environment: str) -> list[Layer]:
    """What the layers' files say about one environment, in the same order."""
    found = []
    for layer in layers:
        blocks = layer.tree.get("environments")
        block = blocks.get(environment) if type(blocks) is dict else None
        if type(block) is dict:
            found.append(Layer(layer.file, block, ("environments", environment)))
    return found


def value_at(tree: Any, path: Path) -> tuple[bool, Any]:
    """Whether the tree has the path, and its value."""
    for key in path:
        if not _holds(tree, key):
            return False, None
        tree = tree[key]
    return True, tree


def _holds(tree: Any, key: str | int) -> bool:
    return key in tree if type(tree) is dict else type(tree) is list and type(key) is int and key < len(tree)


def origin(layers: Sequence[Layer], path: Path) -> tuple[Layer, Path]:
    """The topmost layer that says anything about `path`, and the longest part of it that it says."""
    for length in range(len(path), 0, -1):
        for layer in reversed(layers):
            if value_at(layer.tree, path[:length])[0]:
                return layer, path[:length]
    return layers[-1], ()


def leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every scalar or list with its path, in the order of writing."""
    if type(tree) is not dict:
        yield path, tree
        return
    for key, value in tree.items():
        yield from leaves(value, (*path, key))
