"""A first spec for every flow that a LangFlow has.

A spec's id is ASCII: from the endpoint's name, which people chose for addresses, else from the flow's, else from
LangFlow's id. What LangFlow calls the flow stays as its title.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from flowvigil.telemetry.langflow import Listed, recognised_by

from .existing import RESERVED

LONGEST = 40
"""Of a flow's id."""
TITLE_LONGEST = 80

ALARMS = {
    "p95": {"warning": "5s", "critical": "8s"},
    "failure_rate": {"critical": "5%"},
    "slow_streak": {"over": "5s", "warning": 3},
}
"""Those of the example: thresholds to start from."""


def specs(flows: Iterable[Listed], owner: str) -> dict[str, str]:
    """The text of each flow's spec by its path."""
    flows = list(flows)
    names = Counter(one.name for one in flows)
    ids = flow_ids(flows)
    return {
        f"monitors/{ids[one]}.yaml": _text({"flow": ids[one], **_title(one, ids[one]), "owner": owner}, one, names)
        for one in flows
    }


def flow_ids(flows: Iterable[Listed]) -> dict[Listed, str]:
    """An id for each flow, all different: those that would be the same get a piece of LangFlow's id."""
    wanted = {one: _wanted(one) for one in flows}
    held = Counter(wanted.values())
    taken: set[str] = set()
    found: dict[Listed, str] = {}
    for one, wish in wanted.items():
        flow = _with(wish, _piece(one)) if held[wish] > 1 or wish in RESERVED else wish
        while flow in taken:
            flow = _with(flow, str(len(taken)))
        taken.add(flow)
        found[one] = flow
    return found


def _wanted(one: Listed) -> str:
    for text in (one.endpoint, one.name):
        flow = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LONGEST].strip("-")
        if len(flow) > 1 and not (text == one.name and _mostly_lost(text)):
            return flow
    return f"flow-{_piece(one)}"


def _mostly_lost(name: str) -> bool:
    """What is left of `客服问答 v2` says nothing; of `Poème` enough."""
    letters = [character for character in name if character.isalnum()]
    return sum(character.isascii() for character in letters) * 2 < len(letters)


def _piece(one: Listed) -> str:
    """Eight digits that are this flow's own, the same next time."""
    text = re.sub(r"[^0-9a-f]", "", one.identity.lower())[:8]
    return text if len(text) == 8 else hashlib.sha256(f"{one.identity}\0{one.name}".encode()).hexdigest()[:8]


def _with(flow: str, end: str) -> str:
    return f"{flow[: LONGEST - 1 - len(end)].rstrip('-')}-{end}"


def _title(one: Listed, flow: str) -> dict[str, str]:
    title = " ".join(one.name.split())[:TITLE_LONGEST]
    return {} if title == flow else {"title": title}


def _text(head: Mapping[str, Any], one: Listed, names: Mapping[str, int]) -> str:
    tree = {**head, "source": {"langflow": recognised_by(one, names)}, "alarms": ALARMS}
    text: str = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, default_flow_style=None, width=10**6)
    return text
