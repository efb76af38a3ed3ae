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


def escalations(times, **thresholds):
    return alicloud.cms.MetricRuleTemplateAlertTemplateEscalationsArgs(
        **{
            level: LEVELS[level](
                comparison_operator="GreaterThanThreshold", statistics="Maximum", threshold=threshold, times=times
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

for path in sorted(Path("monitors").glob("flow-*.yaml")):
    spec = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    flow, alarms = spec["flow"], spec["alarms"]
    p95, rate = alarms["p95"], alarms["failure_rate"]
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
        alert_templates=[
            alert(
                flow,
                "p95",
                "response_time_p95",
                escalations("3", critical=p95["critical"].rstrip("s") + "000", warn=p95["warning"].rstrip("s") + "000"),
            ),
            alert(
                flow,
                "failure_rate",
                "failure_rate",
                escalations("3", critical=rate["critical"].rstrip("%"), warn=rate["warning"].rstrip("%")),
            ),
            alert(flow, "slow_streak", "slow_streak", escalations("1", warn="3")),
            alert(flow, "failure_streak", "failure_streak", escalations("1", critical="3")),
        ],
    )
    alicloud.cloudmonitor.ServiceMetricAlarmRule(
        f"{flow}-no-runs",
        metric_alarm_rule_id=f"{PREFIX}-{flow}-no-runs",
        rule_name=f"{flow} no_runs",
        contact_groups=oncall.alarm_contact_group_name,
        namespace=NAMESPACE,
        metric_name="runs",
        resources=group.id.apply(
            lambda id_, flow=flow: json.dumps([{"groupId": id_, "dimension": f"flow={flow}&service={PREFIX}"}])
        ),
        period="60",
        interval="60",
        silence_time="1800",
        effective_interval="09:00-20:00 +0800 dayofweek 1,2,3,4,5",
        no_data_policy="KEEP_LAST_STATE",
        send_ok=True,
        status=True,
        labels=[{"key": "owner", "value": spec["owner"]}, {"key": "runbook", "value": spec["runbook"]}],
        escalations=alicloud.cloudmonitor.ServiceMetricAlarmRuleEscalationsArgs(
            warn=alicloud.cloudmonitor.ServiceMetricAlarmRuleEscalationsWarnArgs(
                comparison_operator="LessThanThreshold", statistics="Sum", threshold="1", times=30
            )
        ),
    )
    alicloud.log.Dashboard(
        f"{flow}-dashboard",
        project_name=logs.project_name,
        dashboard_name=f"{PREFIX}-{flow}",
        display_name=spec["title"],
        char_list=charts(flow),
    )
