"""How much of each documented limit a plan uses, and what to do when it is more than the service allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from .boards import ROOM
from .carriers import TEMPLATE_RULES
from .merging import GROUPS
from .objects import Dashboard, LogAlert, Object, Template
from .plan import Plan

TEMPLATES = 100
ALERTS = 100


@dataclass(frozen=True, slots=True)
class Limit:
    """One row: what is limited, how much of it this plan uses, what is allowed (None: not published), who says so."""

    name: str
    used: int
    allowed: int | None
    source: str
    remedy: str = ""

    @property
    def exceeded(self) -> bool:
        """Whether the service would refuse part of the plan."""
        return self.allowed is not None and self.used > self.allowed

    @property
    def says(self) -> str:
        """How much is used, how much allowed, what to do."""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.name}: {self.used}, and {self.allowed} are allowed ({self.source}){remedy}"


def limits(plan: Plan) -> list[Limit]:
    """Every limit that a plan can run into; what other stacks of the account use is not known here."""
    found = plan.objects
    templates = [one for one in found if isinstance(one, Template)]
    per_alert = [one.queries[0].query.count("('") for one in found if isinstance(one, LogAlert) and one.flow is None]
    series = sum(len(flow.series) for flow in plan.settings.flows)
    to_template = "let the last flows have direct rules: flowvigil:rules auto"
    apart = "give some flows a Log Service project of their own (logs: in their folder's defaults)"
    more = f"{apart}, or ask for 200 by ticket"
    return [
        Limit("rule templates in an account", len(templates), TEMPLATES, "CloudMonitor, alert templates", to_template),
        Limit("rules in a template", _most(len(one.rules) for one in templates), TEMPLATE_RULES, "the same"),
        Limit(
            "alerts in a Log Service project", _fullest(found, LogAlert), ALERTS, "Log Service, limits of alerts", more
        ),
        Limit("flows that one alert watches", _most(per_alert), GROUPS, "the same"),
        Limit(
            "dashboards in a Log Service project",
            _fullest(found, Dashboard),
            ROOM,
            "Log Service, basic resources",
            apart,
        ),
        _met("custom metric series", series, plan.stack.facts.series, "PutCustomMetric answers 206 beyond it"),
        _met("alarm rules", sum(map(len, plan.choices.values())), plan.stack.facts.rules, "see Quota Center"),
    ]


def _met(name: str, used: int, met: int | None, more: str) -> Limit:
    """A limit without a published number: known only where a probe ran into it."""
    if met is None:
        return Limit(name, used, None, f"no number is published; {more}")
    return Limit(name, used, met, "cloud-facts.json, from flowvigil verify --probe", "ask for more in Quota Center")


def _fullest(objects: Iterable[Object], kind: type[LogAlert] | type[Dashboard]) -> int:
    projects = Counter(one.project for one in objects if isinstance(one, (LogAlert, Dashboard)) and type(one) is kind)
    return max(projects.values(), default=0)


def _most(counts: Iterable[int]) -> int:
    return max(counts, default=0)
