"""From a change of a rule to entries of the outbox: one for each address, for the rule's callback, for each target."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit

from flowvigil.emulator.cms.rule_models import TARGETS
from flowvigil.emulator.evaluation.machine import Change
from flowvigil.emulator.notification.outbox import NOT_SENT, PENDING, REFUSED, SENT, Outbox
from flowvigil.emulator.notification.recipients import CHANNELS, Recipient, recipients
from flowvigil.emulator.notification.robots import Robots, Verdict, signature
from flowvigil.emulator.notification.targets import line, wants, write
from flowvigil.emulator.notification.wording import callback, notice
from flowvigil.emulator.state import Body, State
from flowvigil.emulator.switches import Switches

LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))
ROBOT_PATH = "/robot/send"


class Dispatch:
    """A recovery and a notice of missing data go where the level that ended went; without one, where Info goes."""

    def __init__(self, state: State, switches: Switches, outbox: Outbox, robots: Robots) -> None:
        self.state, self.switches, self.outbox, self.robots = state, switches, outbox, robots

    def __call__(self, change: Change, rule: Body) -> None:
        level = next((name for name in (change.after, change.before) if name in CHANNELS), "Info")
        told = {
            "time": change.time,
            "account": change.series.account,
            "ruleId": change.rule_id,
            "ruleName": rule["RuleName"],
            "dimension": change.series.dimension,
            "before": change.before,
            "after": change.after,
        }
        for one in recipients(self.state, change.series.account, rule["ContactGroups"], level):
            title, text = notice(change, rule, one.language, labels=self.switches["notice_labels"] == "shown")
            entry = {**told, "contact": one.contact, "address": one.address, "title": title, "text": text}
            status, more = self._send(one, title, text, change.time)
            self.outbox.add(one.channel, status, {**entry, **more})
        if rule["Webhook"]:
            nested = self.switches["callback_dimensions"] == "nested"
            self._call_back(rule["Webhook"], {**told, "form": callback(change, rule, nested=nested)})
        if self.switches["target_lines"] == "written":
            self._to_targets(change, rule, level, told)

    def _to_targets(self, change: Change, rule: Body, level: str, told: Body) -> None:
        found = self.state.get(TARGETS, change.series.account, change.rule_id) or {}
        for target in found.get("Targets", ()):
            if wants(target, level):
                fields = line(change, rule, level, str(target.get("JsonParams") or ""))
                why = write(self.state, change.series.account, str(target["Arn"]), change.time, fields)
                entry = {**told, "address": target["Arn"], **({"why": why} if why else {"form": fields})}
                self.outbox.add("target", NOT_SENT if why else SENT, entry)

    def _send(self, one: Recipient, title: str, text: str, now: int) -> tuple[str, Body]:
        if one.channel != "dingtalk":
            return SENT, {}
        return self.to_robot(one.address, title, text, now)

    def to_robot(self, address: str, title: str, text: str, now: int, secret: str = "") -> tuple[str, Body]:
        """Post a Markdown message to the robot of an address, signed if there is a secret; what became of it."""
        parts = _parts(address)
        if parts is None or parts[1] != ROBOT_PATH:
            return NOT_SENT, {"why": f"only addresses that end in {ROBOT_PATH}?access_token=... are robots"}
        body = json.dumps({"msgtype": "markdown", "markdown": {"title": title, "text": text}}, ensure_ascii=False)
        query = {**dict(parse_qsl(parts[2])), **(signature(secret, now) if secret else {})}
        verdict = self.post(query, body.encode(), now)
        return (REFUSED if verdict.errcode else SENT), verdict._asdict()

    def post(self, query: Body, body: bytes, now: int) -> Verdict:
        """What the robot that a query names says to a message."""
        open_house = self.switches["unknown_robots"] == "accept"
        return self.robots.post(str(query.get("access_token", "")), query, body, now, open_house=open_house)

    def to_webhook(self, address: str, body: str) -> tuple[str, Body]:
        """Status and fields of an entry that posts a JSON body to an address."""
        status, more = self._reachable(address)
        return status, {"body": body, **more}

    def _call_back(self, address: str, entry: Body) -> None:
        status, more = self._reachable(address)
        self.outbox.add("webhook", status, {**entry, **more})

    def _reachable(self, address: str) -> tuple[str, Body]:
        parts = _parts(address)
        if parts and parts[0] in LOOPBACK:
            return PENDING, {"webhook": address}
        return NOT_SENT, {"webhook": address, "why": "the emulator calls back on the loopback only"}


def _parts(address: str) -> tuple[str, str, str] | None:
    """Host name, path and query of an http address; None for any other text."""
    try:
        found = urlsplit(address)
        host = found.hostname
        _ = found.port
    except ValueError:
        return None
    return (host, found.path, found.query) if host and found.scheme in ("http", "https") else None
