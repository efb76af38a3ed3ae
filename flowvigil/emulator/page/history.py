"""When rules were in alarm, and what each flow was told last: read from what the cloud logged."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flowvigil.emulator.evaluation.machine import OK
from flowvigil.emulator.page.finding import level
from flowvigil.emulator.page.watched import pairs
from flowvigil.emulator.redaction import redact
from flowvigil.emulator.world import World

TOLD = ("dingtalk", "mail", "sms", "phone")


@dataclass(frozen=True)
class Interval:
    """A stretch in ms in which a rule was at one level of one series; `end` is None while it lasts."""

    rule: str
    level: str
    begin: int
    end: int | None


def changes(world: World, account: str, since: int) -> list[dict[str, Any]]:
    """Changes of alarms from a time on, oldest first."""
    rows = world.state.db.execute(
        "SELECT body FROM alarm_log WHERE account=? AND time>=? ORDER BY seq", (account, since)
    )
    return [json.loads(row[0]) for row in rows]


def intervals(logged: Iterable[Mapping[str, Any]], flow: str = "") -> dict[str, list[Interval]]:
    """Intervals of each rule, of one flow or of all; a level that was repeated is one interval."""
    open_: dict[tuple[str, str], tuple[str, int]] = {}
    found: dict[str, list[Interval]] = defaultdict(list)
    for one in logged:
        dimension = str(one["dimension"])
        if flow and pairs(dimension).get("flow", flow) != flow:
            continue
        rule = f"{one['project']}/{one['ruleId']}" if one.get("service") == "sls" else str(one["ruleId"])
        after, key = level(str(one["after"])), (rule, dimension)
        before, begin = open_.get(key, ("", 0))
        if before == after:
            continue
        if before:
            found[rule].append(Interval(rule, before, begin, int(one["time"])))
            del open_[key]
        if after != OK:
            open_[key] = (after, int(one["time"]))
    for (rule, _), (state, begin) in open_.items():
        found[rule].append(Interval(rule, state, begin, None))
    return found


class Told:
    """The last message about each flow. Reads only what is new; a cloud that was reset begins anew."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._read = 0
        self._last: dict[tuple[str, str], dict[str, Any]] = {}

    def last(self, account: str) -> dict[str, dict[str, Any]]:
        """The entry of the outbox by flow."""
        newest = self.world.outbox.newest()
        if newest < self._read:
            self._read = 0
            self._last.clear()
        while self._read < newest:
            for entry in self.world.outbox.after(self._read):
                self._take(entry)
        return {flow: entry for (of, flow), entry in self._last.items() if of == account}

    def _take(self, entry: dict[str, Any]) -> None:
        self._read = entry["seq"]
        flow = pairs(str(entry.get("dimension", ""))).get("flow")
        if flow and entry["channel"] in TOLD:
            self._last[str(entry.get("account", "")), flow] = redact(entry)
