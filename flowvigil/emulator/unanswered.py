"""Actions of the emulated services that clients may well send and that are not answered, with the reason."""

from __future__ import annotations

EVENTS = "events of cloud products are not emulated"
HYBRID = "the hybrid monitor is not emulated"
PEOPLE = "RAM users and groups are not emulated; roles and policies are"
COLLECTING = "collecting and moving logs is not emulated; lines come by PutLogs"

UNANSWERED = {
    ("cms", "PutEventRule"): EVENTS,
    ("cms", "PutEventRuleTargets"): EVENTS,
    ("cms", "DescribeEventRuleList"): EVENTS,
    ("cms", "DescribeEventRuleTargetList"): EVENTS,
    ("cms", "DeleteEventRules"): EVENTS,
    ("cms", "PutCustomEvent"): EVENTS,
    ("cms", "PutHybridMonitorMetricData"): HYBRID,
    ("cms", "CreateHybridMonitorNamespace"): HYBRID,
    ("cms", "CreateHybridMonitorTask"): HYBRID,
    ("cms", "CreateHybridMonitorSLSGroup"): HYBRID,
    ("cms", "PutResourceMetricRules"): "rules are put one by one",
    ("cms", "CreateGroupMetricRules"): "rules are put one by one",
    ("cms", "CreateMonitorGroupInstances"): "groups hold custom series, not instances of products",
    ("cms", "DescribeMonitorGroupInstances"): "groups hold custom series, not instances of products",
    ("cms", "DescribeMetricTop"): "nothing here asks for it",
    ("cms", "DescribeAlertLogCount"): "nothing here asks for it",
    ("cms", "DescribeAlertLogHistogram"): "nothing here asks for it",
    ("ram", "CreateUser"): PEOPLE,
    ("ram", "CreateGroup"): PEOPLE,
    ("ram", "CreateAccessKey"): PEOPLE,
    ("ram", "AttachPolicyToUser"): PEOPLE,
    ("sls", "PUT /logstores/{store}/shards/0"): "shards are not split or merged",
    ("sls", "POST /savedsearches"): "saved searches are not emulated",
    ("sls", "POST /machinegroups"): COLLECTING,
    ("sls", "POST /configs"): COLLECTING,
    ("sls", "POST /etls"): COLLECTING,
    ("sls", "POST /ossexports"): COLLECTING,
    ("sls", "POST /scheduledsqls"): "queries are not run on a schedule",
    ("cms 2.0", "POST /manageAlertRules"): "CloudMonitor 2024-03-30 is not emulated",
    ("cms 2.0", "POST /queryAlertRules"): "CloudMonitor 2024-03-30 is not emulated",
}
"""(service, action or call) → why not. Log Service calls are those of a project host."""
