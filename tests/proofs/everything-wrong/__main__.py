"""Registers resources that break every policy of the pack; never deployed."""

import json

import pulumi

ROBOT = "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef"
LEVEL = {"statistics": "P97", "comparisonOperator": "GreaterThanThreshold", "threshold": "5", "times": 90}


def resource(kind, name, **props):
    return pulumi.CustomResource(f"alicloud:{kind}", name, props, pulumi.ResourceOptions(version="3.105.0"))


resource(
    "cloudmonitor/serviceMetricAlarmRule:ServiceMetricAlarmRule",
    "rule",
    metricAlarmRuleId="somebody-elses",
    ruleName=f"slow, see {ROBOT}",
    namespace="acs_customMetric_2",
    metricName="m",
    resources="[]",
    contactGroups="chat",
    escalations={"critical": LEVEL},
    labels=[],
    period="60",
    silenceTime="86400",
    effectiveInterval="09:00-09:00 +0800 dayofweek 1",
    noDataPolicy="OK",
    sendOk=False,
)
resource("cms/monitorGroup:MonitorGroup", "group", monitorGroupName="acme-test-group", contactGroups=[])
resource(
    "cms/metricRuleTemplate:MetricRuleTemplate",
    "template",
    metricRuleTemplateName="acme-test-template",
    alertTemplates=[
        {
            "ruleName": "r",
            "metricName": "m",
            "namespace": "acs_customMetric_2",
            "category": "customMetric",
            "escalations": {"warn": {**LEVEL, "times": "3"}},
        }
    ],
)
anything = {"Statement": [{"Action": "cms:*", "Effect": "Allow", "Resource": "*"}], "Version": "1"}
anybody = {"Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"RAM": ["*"]}}], "Version": "1"}
resource("ram/policy:Policy", "policy", policyName="acme-test-p", policyDocument=json.dumps(anything))
resource("ram/role:Role", "role", roleName="acme-test-r", assumeRolePolicyDocument=json.dumps(anybody))
resource("log/project:Project", "project", projectName="acme-test-logs")
resource("log/store:Store", "store", projectName="acme-test-logs", logstoreName="runs", retentionPeriod=1)
