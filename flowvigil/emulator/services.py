"""Imports every service once, so that their actions stand in the registry."""

from __future__ import annotations

from flowvigil.emulator.cms import contact_responses, group_responses, rule_responses, template_responses
from flowvigil.emulator.sls import dashboard_responses, project_responses, store_responses

LOADED = (
    contact_responses,
    group_responses,
    rule_responses,
    template_responses,
    dashboard_responses,
    project_responses,
    store_responses,
)
