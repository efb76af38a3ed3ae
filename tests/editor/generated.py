"""Specs made by chance: examples with a few keys renamed, values replaced, removed or added; about half stay legal."""

from __future__ import annotations

import random
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from flowvigil.provisioner.spec.reader import read

ROOT = Path(__file__).parents[2]
FLOWS = [
    tree
    for path in sorted((ROOT / "monitors").rglob("*.yaml"))
    if "flow" in (tree := read(path.read_bytes())) and "extends" not in tree
]
VALUES = ["5s", "1m", "5m", "24h", "25h", "8d", "5%", "100%", "none", "many", "direct", "template", "x", "", "10/m"]
ODD: list[Any] = [0, 1, 3, 1001, True, None, 1.5, [], {}, ["oncall"], {"critical": "1h"}, "Mon-Fri 09:00-20:00"]
KEYS = ["owner", "alarms", "p95", "p50", "warning", "critical", "info", "min_runs", "for", "period", "hours", "over"]
KEYS += ["sampling", "rules", "reporters", "traffic", "detect_within", "ownr", "warnning", "P95", "signal", "repeat"]


def trees(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """So many trees; each is a mapping with a flow of its own name."""
    dice = random.Random(seed)
    for number in range(count):
        tree = deepcopy(dice.choice(FLOWS))
        tree["flow"] = f"flow-{number}"
        tree.pop("renamed_from", None)
        for _ in range(dice.choice([0, 0, 1, 1, 2, 3])):
            _change(tree, dice)
        yield tree


def _change(tree: dict[str, Any], dice: random.Random) -> None:
    places = list(_mappings(tree))
    place = dice.choice(places)
    kind = dice.randrange(4)
    if kind == 0 or not place:
        place[dice.choice(KEYS)] = deepcopy(dice.choice([*VALUES, *ODD]))
        return
    key = dice.choice(list(place))
    if kind == 1:
        place[dice.choice(KEYS)] = place.pop(key)
    elif kind == 2:
        place[key] = deepcopy(dice.choice([*VALUES, *ODD]))
    else:
        del place[key]


def _mappings(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield tree
    for value in tree.values():
        if isinstance(value, dict):
            yield from _mappings(value)
