"""What to do about errors of the cloud that have a known way out."""

import pytest

from flowvigil.deploy.reasons import advice, denied_actions, taken
from flowvigil.deploy.running import End, Ended
from flowvigil.provisioner.objects import LogProject, LogStore

CALL = "Resource alicloud_cms_alarm_contact PutContact Failed!!!"


def failed(*errors):
    return Ended(End.FAILED, errors)


def test_an_error_that_nobody_knows_gets_no_advice():
    assert advice(failed(("contact.a", f"{CALL} Code: Sunspots")), "prod") == []


@pytest.mark.parametrize(
    "text",
    [
        "Code: NoPermission Message: not authorized to do this operation. Action: cms:PutContact, caller: 1",
        f"{CALL} Code: Forbidden.RAM Message: User not authorized to operate on the specified resource",
        'errorMessage: denied by sts or ram, action: "cms:PutContact"',
    ],
)
def test_a_denied_action_is_named_by_the_message_or_by_the_call(text):
    assert denied_actions([text]) == ["cms:PutContact"]


def test_actions_of_the_newer_rule_resource_belong_to_cms():
    text = (
        "Resource alicloud_cloud_monitor_service_metric_alarm_rule PutResourceMetricRule Failed!!! Code: NoPermission"
    )
    assert denied_actions([text]) == ["cms:PutResourceMetricRule"]


def test_denied_actions_are_told_once_each_and_sorted():
    texts = ["NoPermission Action: log:CreateProject", "NoPermission Action: cms:PutContact"]
    (said,) = advice(failed(*(("a", text) for text in [*texts, *texts])), "prod")
    assert said.splitlines()[1:3] == ["  cms:PutContact", "  log:CreateProject"]


def test_flow_control_is_no_denial():
    assert (
        denied_actions(["Throttling.User: Request was denied due to user flow control. Action: cms:PutContact"]) == []
    )


def test_refused_templates_lead_to_the_setting_of_the_stack():
    text = "CreateMetricRuleTemplate Failed!!!\nCategory customMetric: custom metrics cannot be used"
    (said,) = advice(failed(("flow.a.template", text)), "prod")
    assert "  flowvigil engine exec -- config set flowvigil:templatesTakeCustomMetrics false --stack prod\n" in said


def test_metrics_that_were_never_reported_lead_to_their_flows():
    text = "PutResourceMetricRule Failed!!!\nCode: ResourceNotFound"
    errors = [("flow.b.p95.oncall", text), ("flow.a.p95.oncall", text), ("flow.a.p99.oncall", text)]
    (said,) = advice(failed(*errors), "prod")
    assert said.endswith("then run up again: a, b")


def test_what_exists_already_is_named_and_is_a_refusal():
    ended = failed(("log.project", '"errorCode": "ProjectAlreadyExist"'))
    assert taken(ended)
    assert advice(ended, "prod") == [
        "these exist in the cloud, and this stack did not make them:\n  log.project\nRename yours."
    ]


def test_logs_that_an_earlier_down_kept_can_be_taken_back():
    ended = failed(("log.project", "ProjectAlreadyExist"))
    logs = [
        LogProject("log.project", None, "acme-1", "", protect=True),
        LogStore("log.store", None, "acme-1", "runs", 30, protect=True),
    ]
    (said,) = advice(ended, "prod", logs)
    flags = "--yes --skip-preview --protect=false --generate-code=false -s prod"
    assert said.splitlines()[2:] == [
        "Rename yours.",
        "Or, if an earlier `down` of this stack kept them, take them back and run up again:",
        f"  flowvigil engine exec -- import alicloud:log/project:Project log.project acme-1 {flags}",
        f"  flowvigil engine exec -- import alicloud:log/store:Store log.store acme-1:runs {flags}",
    ]


def test_logs_that_no_down_keeps_belong_to_somebody_else():
    ended = failed(("log.project", "ProjectAlreadyExist"))
    (said,) = advice(ended, "prod", [LogProject("log.project", None, "acme-1", "", protect=False)])
    assert said.endswith("Rename yours.")
