"""From a change of an alert to entries of the outbox, by way of its action policy, receivers and content templates.

The records are those of the alert centre: action policies, webhook integrations, users, user groups, templates.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from flowvigil.emulator.alerting.facts import facts
from flowvigil.emulator.alerting.routing import RoutingError, fires
from flowvigil.emulator.alerting.states import Change
from flowvigil.emulator.alerting.templates import BUILTIN, TemplateTextError, rendered
from flowvigil.emulator.notification.dispatch import Dispatch
from flowvigil.emulator.notification.outbox import NOT_SENT, SENT, Outbox
from flowvigil.emulator.state import Body, State

RECORD = "record"
CHANNELS = {"email": "mail", "sms": "sms", "voice": "phone"}
FLAGS = {"sms": "sms_enabled", "voice": "voice_enabled"}


class AlertDelivery:
    """Called with a change; the answer says why nobody could be told, and is empty when somebody was."""

    def __init__(self, state: State, outbox: Outbox, dispatch: Dispatch) -> None:
        self.state, self.outbox, self.dispatch = state, outbox, dispatch

    def __call__(self, change: Change) -> str:
        alert = change.alert
        policy = self._record(alert.account, "sls.alert.action_policy", alert.action_policy)
        if policy is None:
            return f"there is no action policy {alert.action_policy!r}"
        told = facts(change)
        try:
            wanted = fires(str(policy.get("primary_policy_script") or ""), told)
        except RoutingError as error:
            return str(error)
        for one in wanted:
            self._fire(change, one, told)
        return "" if wanted else "the action policy tells nobody of this severity"

    def _record(self, account: str, table: str, name: object) -> Body | None:
        found = self.state.get(RECORD, account, f"{table}/{name}")
        return None if found is None else dict(json.loads(found["value"]))

    def _fire(self, change: Change, wanted: Mapping[str, Any], told: Mapping[str, Any]) -> None:
        kind = str(wanted.get("type", ""))
        if kind == "webhook_integration":
            self._webhook(change, wanted, told)
        elif kind in CHANNELS:
            for person, address in self._addresses(change.alert.account, kind, wanted):
                title, text, why = self._message(change, kind, wanted, told)
                self._add(change, CHANNELS[kind], person, address, (title, text), why=why)
        else:
            self._add(change, "webhook", "", "", ("", ""), why=f"the emulator carries no notice of the type {kind!r}")

    def _webhook(self, change: Change, wanted: Mapping[str, Any], told: Mapping[str, Any]) -> None:
        name = str(wanted.get("webhook_id", ""))
        hook = self._record(change.alert.account, "sls.alert.action_webhook", name)
        title, text, why = self._message(change, "dingtalk", wanted, told)
        if hook is None:
            why = f"there is no webhook integration {name!r}"
        elif hook.get("type") != "dingtalk":
            why = f"of webhook integrations only dingtalk is carried, not {hook.get('type')!r}"
        if hook is None or why:
            self._add(change, "dingtalk", name, "", (title, text), why=why)
            return
        address = str(hook.get("url", ""))
        status, more = self.dispatch.to_robot(address, title, text, change.time, str(hook.get("secret") or ""))
        self._add(change, "dingtalk", name, address, (title, text), status=status, more=more)

    def _addresses(self, account: str, kind: str, wanted: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        names = list(wanted.get("users") or [])
        for group in wanted.get("groups") or []:
            members = self._record(account, "sls.common.user_group", group) or {}
            names += members.get("members") or [] if members.get("enabled", True) else []
        for name in dict.fromkeys(names):
            person = self._record(account, "sls.common.user", name) or {"enabled": False}
            if not person.get("enabled", True) or not person.get(FLAGS.get(kind, ""), True):
                continue
            found = person.get("email") if kind == "email" else [person.get("phone")]
            yield from ((str(name), str(address)) for address in found or [] if address)

    def _message(
        self, change: Change, kind: str, wanted: Mapping[str, Any], told: Mapping[str, Any]
    ) -> tuple[str, str, str]:
        """Title, text, and why there is none."""
        record = self._record(change.alert.account, "sls.alert.content_template", wanted.get("template_id"))
        part = (record or {}).get("templates", {}).get(kind) or BUILTIN
        title = str(part.get("title") or part.get("subject") or BUILTIN["title"])
        try:
            return rendered(title, {**told}), rendered(str(part.get("content") or ""), {**told}), ""
        except TemplateTextError as error:
            return "", "", str(error)

    def _add(
        self,
        change: Change,
        channel: str,
        contact: str,
        address: str,
        said: tuple[str, str],
        *,
        status: str = SENT,
        why: str = "",
        more: Body | None = None,
    ) -> None:
        entry = {
            "time": change.time,
            "account": change.alert.account,
            "service": "sls",
            "project": change.alert.project,
            "ruleId": change.alert.name,
            "ruleName": change.alert.title,
            "dimension": "&".join(f"{name}={value}" for name, value in change.labels),
            "before": change.before,
            "after": change.after,
            "contact": contact,
            "address": address,
            "title": said[0],
            "text": said[1],
            **(more or {}),
        }
        self.outbox.add(channel, NOT_SENT if why else status, {**entry, "why": why} if why else entry)
