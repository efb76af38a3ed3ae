"""The usual way: a hand-written Pulumi program with the provider's typed classes, one flow after the other."""

import json
from pathlib import Path

import pulumi
import pulumi_alicloud as alicloud
import yaml

NAMESPACE = "acs_customMetric_1000000000000001"
PREFIX = f"{pulumi.get_project()}-{pulumi.get_stack()}"
LEVELS = {
    "critical": alicloud.cms.MetricRuleTemplateAlertTemplateEscalationsCriticalArgs,
    "warn": alicloud.cms.MetricRuleTemplateAlertTemplateEscalationsWarnArgs,
}


DIRECT_LEVELS = {
    "critical": alicloud.cloudmonitor.ServiceMetricAlarmRuleEscalationsCriticalArgs,
    "warn": alicloud.cloudmonitor.ServiceMetricAlarmRuleEscalationsWarnArgs,
}


def escalations(times, thresholds):
    return alicloud.cms.MetricRuleTemplateAlertTemplateEscalationsArgs(
        **{
            level: LEVELS[level](
                comparison_operator="GreaterThanThreshold", statistics="Maximum", threshold=threshold, times=str(times)
            )
            for level, threshold in thresholds.items()
        }
    )


def alert(flow, alarm, metric, levels):
    return alicloud.cms.MetricRuleTemplateAlertTemplateArgs(
        rule_name=f"{flow} {alarm}",
        metric_name=metric,
        namespace=NAMESPACE,
        category="customMetric",
        escalations=levels,
    )


def chart(title, query, place):
    return {
        "title": title,
        "type": "line",
        "search": {"logstore": "runs", "topic": "", "query": query, "start": "-3600s", "end": "now"},
        "display": {
            "xAxis": ["t"],
            "yAxis": ["v"],
            "xPos": place % 2 * 5,
            "yPos": place // 2 * 5,
            "width": 5,
            "height": 5,
            "displayName": title,
        },
    }


def charts(flow):
    search = f"event: run and flow: {flow}"
    bucket = "date_trunc('minute', __time__) AS t"
    queries = {
        "P95": f"{search} | SELECT {bucket}, approx_percentile(duration_ms, 0.95) AS v GROUP BY t ORDER BY t",
        "Failure rate": f"{search} | SELECT {bucket}, avg(if(status = 'failed', 100, 0)) AS v GROUP BY t",
        "Runs": f"{search} | SELECT {bucket}, sum(weight) AS v GROUP BY t ORDER BY t",
        "By status": f"{search} | SELECT status, sum(weight) AS v GROUP BY status",
        "Slowest": f"{search} | SELECT run_id, duration_ms AS v ORDER BY v DESC LIMIT 20",
        "Errors": f"{search} | SELECT error_type, sum(weight) AS v GROUP BY error_type",
        "P95 by version": f"{search} | SELECT {bucket}, version, max(duration_ms) AS v GROUP BY t, version",
    }
    return json.dumps([chart(title, query, place) for place, (title, query) in enumerate(queries.items())])


contact = alicloud.cms.AlarmContact(
    "robot",
    alarm_contact_name=f"{PREFIX}-robot",
    describe="robot",
    channels_ding_web_hook=pulumi.Output.secret("https://oapi.dingtalk.com/robot/send?access_token=pretend"),
    lang="zh-cn",
)
oncall = alicloud.cms.AlarmContactGroup(
    "oncall", alarm_contact_group_name=f"{PREFIX}-oncall", contacts=[contact.alarm_contact_name]
)
logs = alicloud.log.Project("logs", project_name=f"{PREFIX}-logs", description="run events")
store = alicloud.log.Store("runs", project_name=logs.project_name, logstore_name="runs", retention_period=30)


def direct(flow, group_id, alarm, metric, interval, **levels):
    dimension = f"flow={flow}&service={PREFIX}"
    alicloud.cloudmonitor.ServiceMetricAlarmRule(
        f"{flow}-{alarm}",
        metric_alarm_rule_id=f"{PREFIX}-{flow}-{alarm}",
        rule_name=f"{flow} {alarm}",
        contact_groups=oncall.alarm_contact_group_name,
        namespace=NAMESPACE,
        metric_name=metric,
        resources=pulumi.Output.from_input(group_id).apply(
            lambda id_: json.dumps([{"groupId": id_, "dimension": dimension}])
        ),
        period="60",
        interval="60",
        silence_time="1800",
        effective_interval=interval,
        no_data_policy="KEEP_LAST_STATE",
        send_ok=True,
        status=True,
        labels=[{"key": "owner", "value": spec["owner"]}, {"key": "runbook", "value": spec["runbook"]}],
        escalations=alicloud.cloudmonitor.ServiceMetricAlarmRuleEscalationsArgs(
            **{
                level: DIRECT_LEVELS[level](
                    comparison_operator=operator, statistics=statistics, threshold=threshold, times=times
                )
                for level, (operator, statistics, threshold, times) in levels.items()
            }
        ),
    )


def templated(flow, thresholds):
    group = alicloud.cms.MonitorGroup(
        f"{flow}-group", monitor_group_name=f"{PREFIX}-{flow}", contact_groups=[oncall.alarm_contact_group_name]
    )
    alicloud.cms.MetricRuleTemplate(
        f"{flow}-template",
        metric_rule_template_name=f"{PREFIX}-{flow}",
        description=spec["title"],
        group_id=group.id,
        apply_mode="ALARM_TEMPLATE_FIRST",
        notify_level="4",
        silence_time=1800,
        enable_start_time="00",
        enable_end_time="23",
        alert_templates=[alert(flow, alarm, alarm, escalations(*levels)) for alarm, levels in thresholds.items()],
    )
    return group.id


ALWAYS = "00:00-23:59 +0800 dayofweek 1,2,3,4,5,6,7"
OFFICE = "09:00-20:00 +0800 dayofweek 1,2,3,4,5"
TEMPLATES = 80  # leaves room for others below the service's 100 of an account
DASHBOARDS = 98  # of the 100 that a log project takes

for number, path in enumerate(sorted(Path("monitors").glob("flow-*.yaml"))):
    spec = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    flow, alarms = spec["flow"], spec["alarms"]
    p95, rate = alarms["p95"], alarms["failure_rate"]
    thresholds = {
        "p95": (3, {"critical": p95["critical"].rstrip("s") + "000", "warn": p95["warning"].rstrip("s") + "000"}),
        "failure_rate": (3, {"critical": rate["critical"].rstrip("%"), "warn": rate["warning"].rstrip("%")}),
        "slow_streak": (1, {"warn": "3"}),
        "failure_streak": (1, {"critical": "3"}),
    }
    if number < TEMPLATES:
        group_id = templated(flow, thresholds)
    else:
        group_id = "0"
        for alarm, (times, levels) in thresholds.items():
            over = {level: ("GreaterThanThreshold", "Maximum", value, times) for level, value in levels.items()}
            direct(flow, group_id, alarm, alarm, ALWAYS, **over)
    direct(flow, group_id, "no_runs", "runs", OFFICE, warn=("LessThanThreshold", "Sum", "1", 30))
    if number < DASHBOARDS:
        alicloud.log.Dashboard(
            f"{flow}-dashboard",
            project_name=logs.project_name,
            dashboard_name=f"{PREFIX}-{flow}",
            display_name=spec["title"],
            char_list=charts(flow),
        )
