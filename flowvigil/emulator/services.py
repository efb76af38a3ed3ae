"""Imports every service once, so that their actions stand in the registry."""

from __future__ import annotations

from flowvigil.emulator import safety_nets
from flowvigil.emulator.cms import (
    alert_log_responses,
    contact_responses,
    custom_rule_responses,
    group_responses,
    metric_responses,
    rule_responses,
    template_responses,
)
from flowvigil.emulator.ram import policy_responses, role_responses
from flowvigil.emulator.sls import (
    alert_responses,
    dashboard_responses,
    log_responses,
    project_responses,
    record_responses,
    store_responses,
    substore_responses,
)
from flowvigil.emulator.sts import responses

LOADED = (
    alert_log_responses,
    contact_responses,
    custom_rule_responses,
    group_responses,
    metric_responses,
    rule_responses,
    template_responses,
    alert_responses,
    dashboard_responses,
    log_responses,
    project_responses,
    record_responses,
    store_responses,
    substore_responses,
    policy_responses,
    role_responses,
    responses,
    safety_nets,
)
