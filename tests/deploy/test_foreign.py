"""What of the plan's names the account has already, and this stack did not make."""

from types import SimpleNamespace

from flowvigil.deploy.cloud import CloudError
from flowvigil.deploy.foreign import foreign_objects
from flowvigil.provisioner import objects as o
from flowvigil.provisioner.stack import Stack

STACK = Stack("acme", "prod", "1", "cn-hangzhou", "prod")
LOGS = (
    o.LogProject("log.project", None, "acme-prod-1", "", True),
    o.LogStore("log.store", None, "p", "runs", 30, True),
)


class Account:
    """An account that has one contact, and rules of the stack's namespace alone."""

    def contacts(self):
        return [{"Name": "acme-prod-robot"}]

    def rules(self, namespace):
        return [{"RuleId": "acme-prod-poem-p95-1"}] if namespace == "acs_customMetric_1" else []

    def contact_groups(self):
        return []

    monitor_groups = templates = contact_groups


class Logs:
    """A Log Service that has everything, or may not be asked."""

    def __init__(self, denied=""):
        self.denied = denied

    def has_project(self, *names):
        if self.denied:
            raise CloudError(self.denied)
        return True

    has_store = has_project


def found(*objects, state=(), logs=None):
    plan = SimpleNamespace(objects=objects, stack=STACK)
    resources = [{"urn": f"urn:pulumi:prod::acme::t::{key}"} for key in state]
    return [(one.kind, one.name) for one in foreign_objects(plan, {"resources": resources}, Account(), logs or Logs())]


ROBOT = o.Contact("contact.robot", None, "acme-prod-robot", "")
OTHER = o.Contact("contact.other", None, "acme-prod-other", "")
RULE = o.Rule("flow.poem.p95", "poem", "acme-prod-poem-p95-1", "poem p95", "n", "m", "[]", (), (), 60, 300, ())


def test_only_what_the_account_has_and_the_state_does_not_know_is_foreign():
    assert found(ROBOT, OTHER, RULE) == [("contact", "acme-prod-robot"), ("alarm rule", "acme-prod-poem-p95-1")]
    assert found(ROBOT, OTHER, RULE, state=("contact.robot", "flow.poem.p95")) == []


def test_logs_that_are_there_are_foreign():
    assert found(*LOGS) == [("log project", "acme-prod-1"), ("log store", "runs")]


def test_logs_that_nobody_may_ask_for_are_left_to_the_service_to_refuse():
    assert found(*LOGS, logs=Logs("GET / of log project p: Unauthorized: denied by sts or ram")) == []
