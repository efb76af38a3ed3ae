"""Custom webhooks of Log Service: what is posted for one alert, for a set, and what becomes of it."""

import json

import pytest

from flowvigil.emulator.alerting.templates import posted
from flowvigil.emulator.page.messages import message

from ..emulator.test_merging import BAD, Scene
from ..reporter.builders import Service

CALL = 'fire(type="webhook_integration", integration_type="custom", webhook_id="hook", template_id="w", period="any")'
SAID = '{"flow": "{{ alert.labels.flow }}", "severity": {{ alert.severity }}}'
TWO = [{"labels": {"flow": flow}, "severity": 10} for flow in "ab"]


@pytest.fixture
def service():
    made = Service()
    made.answer = lambda _path, _body: (200, b"ok")
    yield made
    made.close()


@pytest.fixture
def scene(virtual_cloud):
    def make(address, **part):
        one = Scene(virtual_cloud)
        part = {"send_type": "batch", "limit": 0, "content": SAID, **part}
        for table, name, value in (
            ("sls.alert.action_webhook", "hook", {"id": "hook", "type": "custom", "url": address, "method": "POST"}),
            ("sls.alert.content_template", "w", {"templates": {"webhook": part}}),
        ):
            body = {"id": name, "tag": name, "value": json.dumps(value)}
            assert one.cloud.sls("POST", "", f"/resources/{table}/records", body).status == 200
        policy = {"id": "p", "tag": "p", "value": json.dumps({"primary_policy_script": CALL})}
        assert one.cloud.sls("PUT", "", "/resources/sls.alert.action_policy/records/p", policy).status == 200
        return one

    return make


def test_a_set_is_one_post_of_json(scene, service):
    one = scene(f"{service.url}/told")
    one.minute(a=BAD, b=BAD)
    one.cloud.door("clock", {"advance": 10})
    ((path, headers, body),) = service.requests
    assert (path, headers["Content-Type"]) == ("/told", "application/json;charset=utf-8")
    assert json.loads(body) == [{"flow": "a", "severity": 10}, {"flow": "b", "severity": 10}]
    (entry,) = one.cloud.door("outbox?channel=webhook")
    assert (entry["status"], entry["tries"], entry["answer"]) == ("sent", 1, "200")
    assert message(entry).form == (("body", body.decode()),)
    assert "told" not in json.dumps(entry)


def test_a_webhook_outside_of_this_machine_is_not_called(scene):
    one = scene("https://relay.example.com/callback/secret")
    one.minute(a=BAD)
    one.cloud.door("clock", {"advance": 10})
    (entry,) = one.cloud.door("outbox?channel=webhook")
    assert (entry["status"], entry["why"]) == ("not sent", "the emulator calls back on the loopback only")


def test_a_webhook_whose_text_cannot_be_made_is_named(scene, service):
    one = scene(f"{service.url}/told", content="{{ alert.")
    one.minute(a=BAD)
    one.cloud.door("clock", {"advance": 10})
    (entry,) = one.cloud.door("outbox?channel=webhook")
    assert "cannot be rendered" in entry["why"]
    assert "told" not in json.dumps(entry)
    assert service.requests == []


@pytest.mark.parametrize(
    ("part", "bodies"),
    [
        ({"send_type": "single"}, ['{"flow": "a", "severity": 10}', '{"flow": "b", "severity": 10}']),
        ({"send_type": "batch"}, ['[{"flow": "a", "severity": 10}, {"flow": "b", "severity": 10}]']),
        ({"send_type": "batch", "limit": 1}, ['[{"flow": "a", "severity": 10}]']),
        ({"send_type": "batch", "content": "{{ alert.labels.flow }}!"}, ['["a!", "b!"]']),
    ],
)
def test_alerts_are_posted_one_by_one_or_as_a_list(part, bodies):
    assert posted({"content": SAID, **part}, TWO) == bodies
