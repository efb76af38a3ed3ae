"""Which flow and condition a callback is about: by the rule's id, else by its name. Knows only the settings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from .settings import Condition, Flow, Rule, Settings


class Named(Protocol):
    """What is looked up."""

    @property
    def rule_id(self) -> str: ...
    @property
    def rule_name(self) -> str: ...
    @property
    def dimensions(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Found:
    """One rule with what it watches."""

    rule: Rule
    flow: Flow
    condition: Condition


class Finder:
    """Looks rules up in one version of the settings."""

    def __init__(self, settings: Settings) -> None:
        self.flows = {one.flow: one for one in settings.flows}
        self.service = settings.service
        self.robots = tuple([one.secret for one in settings.robots])
        self._by_id = {one.id: one for one in settings.rules if one.id}
        self._by_flow = {(one.id, one.flow): one for one in settings.rules if one.id}
        self._by_name: dict[str, list[Rule]] = {}
        for one in settings.rules:
            self._by_name.setdefault(one.name, []).append(one)

    def __call__(self, said: Named) -> Found | None:
        """The rule, or None for one that the settings do not know, or cannot tell from another."""
        rule = self._identified(said) or self._named(said)
        flow = self.flows.get(rule.flow) if rule else None
        condition = flow.condition(rule.alarm) if rule and flow else None
        return Found(rule, flow, condition) if rule and flow and condition else None

    def _identified(self, said: Named) -> Rule | None:
        """An alert of Log Service may watch many flows: then it must say which."""
        rule = self._by_id.get(said.rule_id)
        told = said.dimensions.removeprefix("flow=")
        return self._by_flow.get((said.rule_id, told)) if rule and rule.many else rule

    def _named(self, said: Named) -> Rule | None:
        """Flows with equal titles have rules of equal names: then the series' dimensions decide."""
        rules = self._by_name.get(said.rule_name, [])
        watched = {(one.flow, one.alarm) for one in rules}
        if len(watched) > 1:
            rules = [one for one in rules if self._about(one.flow, said.dimensions)]
            watched = {(one.flow, one.alarm) for one in rules}
        return rules[0] if len(watched) == 1 else None

    def _about(self, flow: str, dimensions: str) -> bool:
        names = self.flows[flow].known_as or (flow,) if flow in self.flows else (flow,)
        return any(re.search(rf"\bflow={re.escape(name)}(?![A-Za-z0-9._/\\-])", dimensions) for name in names)
