"""From alerts to entries of the outbox, by way of an action policy, receivers and content templates.

The records are those of the alert centre: action policies, webhook integrations, users, user groups, templates.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from flowvigil.emulator.alerting.notices import Notice
from flowvigil.emulator.alerting.routing import RoutingError, fires
from flowvigil.emulator.alerting.templates import BUILTIN, TemplateTextError, framed, posted, rendered
from flowvigil.emulator.notification.dispatch import Dispatch
from flowvigil.emulator.notification.outbox import NOT_SENT, SENT, Outbox
from flowvigil.emulator.state import Body, State

RECORD = "record"
CHANNELS = {"email": "mail", "sms": "sms", "voice": "phone"}
FLAGS = {"sms": "sms_enabled", "voice": "voice_enabled"}


class Told(NamedTuple):
    """What one telling is about: alerts, most severe first, at a time (ms), merged by what."""

    account: str
    notices: list[Notice]
    now: int
    by: str


class AlertDelivery:
    """Tells the receivers of an action policy of one or several alerts, in one message each."""

    def __init__(self, state: State, outbox: Outbox, dispatch: Dispatch) -> None:
        self.state, self.outbox, self.dispatch = state, outbox, dispatch

    def tell(self, account: str, policy: str, said: Sequence[Notice], now: int, by: str) -> str:
        """Why nobody could be told, empty when somebody was; `by` says what the alerts were merged by."""
        told = Told(account, sorted(said, key=lambda one: -one.facts["severity"]), now, by)
        try:
            wanted = self._wanted(account, policy, told.notices[0])
        except RoutingError as error:
            return str(error)
        for one in wanted:
            self._fire(told, one)
        return ""

    def obstacle(self, account: str, policy: str, said: Notice) -> str:
        """Why nobody could be told of an alert, empty when somebody can be."""
        try:
            self._wanted(account, policy, said)
        except RoutingError as error:
            return str(error)
        return ""

    def _wanted(self, account: str, policy: str, said: Notice) -> list[dict[str, Any]]:
        record = self._record(account, "sls.alert.action_policy", policy)
        if record is None:
            raise RoutingError(f"there is no action policy {policy!r}")
        wanted = fires(str(record.get("primary_policy_script") or ""), said.facts)
        if not wanted:
            raise RoutingError("the action policy tells nobody of this severity")
        return wanted

    def _record(self, account: str, table: str, name: object) -> Body | None:
        found = self.state.get(RECORD, account, f"{table}/{name}")
        return None if found is None else dict(json.loads(found["value"]))

    def _fire(self, told: Told, wanted: Mapping[str, Any]) -> None:
        kind = str(wanted.get("type", ""))
        if kind == "webhook_integration":
            self._webhook(told, wanted)
        elif kind in CHANNELS:
            for person, address in self._addresses(told.account, kind, wanted):
                title, text, why = self._message(told, kind, wanted)
                self._add(told, CHANNELS[kind], person, address, (title, text), why=why)
        else:
            self._add(told, "webhook", "", "", ("", ""), why=f"the emulator carries no notice of the type {kind!r}")

    def _webhook(self, told: Told, wanted: Mapping[str, Any]) -> None:
        name = str(wanted.get("webhook_id", ""))
        hook = self._record(told.account, "sls.alert.action_webhook", name)
        if hook is not None and hook.get("type") == "custom":
            self._post(told, wanted, name, str(hook.get("url", "")))
            return
        title, text, why = self._message(told, "dingtalk", wanted)
        if hook is None:
            why = f"there is no webhook integration {name!r}"
        elif hook.get("type") != "dingtalk":
            why = f"of webhook integrations only dingtalk and custom are carried, not {hook.get('type')!r}"
        if hook is None or why:
            self._add(told, "dingtalk", name, "", (title, text), why=why)
            return
        address = str(hook.get("url", ""))
        status, more = self.dispatch.to_robot(address, title, text, told.now, str(hook.get("secret") or ""))
        self._add(told, "dingtalk", name, address, (title, text), status=status, more=more)

    def _post(self, told: Told, wanted: Mapping[str, Any], name: str, address: str) -> None:
        """Queue what a webhook is posted: all alerts in one body, or one body for each."""
        part = self._part(told.account, "webhook", wanted)
        try:
            bodies = posted(part, [one.facts for one in told.notices])
        except TemplateTextError as error:
            self._add(told, "webhook", name, "", ("", ""), why=str(error))
            return
        for body in bodies:
            status, more = self.dispatch.to_webhook(address, body)
            self._add(told, "webhook", name, "", ("", ""), status=status, more=more)

    def _part(self, account: str, kind: str, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
        record = self._record(account, "sls.alert.content_template", wanted.get("template_id"))
        return dict((record or {}).get("templates", {}).get(kind) or BUILTIN)

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

    def _message(self, told: Told, kind: str, wanted: Mapping[str, Any]) -> tuple[str, str, str]:
        """Title, text, and why there is none."""
        part = self._part(told.account, kind, wanted)
        title, content = str(part.get("title") or part.get("subject") or BUILTIN["title"]), str(part.get("content"))
        try:
            found = rendered(title, told.notices[0].facts)
            details = [rendered(content, one.facts) for one in told.notices]
        except TemplateTextError as error:
            return "", "", str(error)
        return found, framed(kind, str(part.get("locale") or ""), found, details, told.by), ""

    def _add(
        self,
        told: Told,
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
            "time": told.now,
            **told.notices[0].entry,
            "contact": contact,
            "address": address,
            "title": said[0],
            "text": said[1],
            **({"alerts": [one.entry for one in told.notices]} if len(told.notices) > 1 else {}),
            **(more or {}),
        }
        self.outbox.add(channel, NOT_SENT if why else status, {**entry, "why": why} if why else entry)
