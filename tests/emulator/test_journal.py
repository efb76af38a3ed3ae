import json

import pytest

from flowvigil.emulator.redaction import redact
from tests.emulator.scenery import see

ROBOT = "https://oapi.dingtalk.com/robot/send?access_token=f00dfeed"
CANARIES = ("f00dfeed", "hunter2", "SECdeadbeefdeadbeefdeadbeef", "relay-token")


def test_an_entry_says_who_did_what_to_which_object_and_how_it_ended(cloud):
    cloud.rpc("PutContact", ContactName="alice", Describe="d")
    cloud.rpc("DeleteContact", ContactName="bob")
    first, second = cloud.door("journal")
    assert (first["seq"], first["account"], first["service"]) == (1, "1000000000000001", "cms")
    assert (first["action"], first["resource"], first["mutates"], first["outcome"]) == (
        "PutContact", "alice", True, "200",
    )  # fmt: skip
    assert (second["seq"], second["outcome"]) == (2, "ContactNotExists")


def test_the_journal_is_read_on_from_a_number(cloud):
    for name in ("one", "two", "three"):
        cloud.rpc("PutContact", ContactName=name, Describe="d")
    assert [entry["resource"] for entry in cloud.door("journal?after=1")] == ["two", "three"]
    assert "error" in cloud.door("journal?after=x")


def test_reading_changes_nothing_and_says_so(cloud):
    cloud.rpc("DescribeContactList")
    cloud.sls("GET", "my-logs", "/")
    assert [entry["mutates"] for entry in cloud.door("journal")] == [False, False]


def test_objects_of_log_service_are_named_also_when_they_are_made(cloud):
    cloud.sls("POST", "", "/", {"projectName": "my-logs"})
    cloud.sls("POST", "my-logs", "/logstores", {"logstoreName": "runs"})
    cloud.sls("GET", "my-logs", "/logstores/runs/index")
    assert [entry["resource"] for entry in cloud.door("journal")] == ["my-logs", "my-logs/runs", "my-logs/runs"]


@pytest.fixture
def written(start_cloud, tmp_path):
    """A cloud that has been told secrets in every way there is."""
    cloud = start_cloud(folder=tmp_path)
    signed = {"Signature": "hunter2", "SecurityToken": "hunter2", "AccessKeySecret": "hunter2"}
    cloud.rpc("PutContact", ContactName="alice", Describe=f"see {ROBOT}", Channels={"DingWebHook": ROBOT}, **signed)
    cloud.put_rule(Webhook="https://relay.example/hook/relay-token", Labels=[{"Key": "u", "Value": ROBOT}])
    value = json.dumps({"url": ROBOT, "secret": "SECdeadbeefdeadbeefdeadbeef", "list": [{"password": "hunter2"}]})
    cloud.sls("POST", "", "/resources/sls.alert.action_webhook/records", {"id": "robot", "value": value})
    cloud.rpc("AssumeRoleWithOIDC", "sts", OIDCToken="hunter2", RoleArn="x")
    cloud.rpc("Unknown", Whatever=ROBOT)
    cloud.send("GET", "/?Action=PutContact&access_token=hunter2", Host="oapi.dingtalk.com")
    return cloud


@pytest.mark.parametrize("door", ["journal", "objects", "rules"])
def test_no_door_shows_a_secret(written, door):
    shown = json.dumps(written.door(door))
    assert not [canary for canary in CANARIES if canary in shown]


@pytest.mark.parametrize("view", ["/", "/messages", "/requests"])
def test_no_page_shows_a_secret(written, view):
    shown = see(written, view)
    assert shown.status == 200
    assert not [canary for canary in CANARIES if canary in shown.text]


def test_no_file_of_the_journal_holds_a_secret(written, tmp_path):
    text = (tmp_path / "journal.jsonl").read_text()
    assert len(text.splitlines()) == 6
    assert not [canary for canary in CANARIES if canary in text]


def test_the_service_itself_still_gives_back_what_was_written(written):
    (contact,) = written.rpc("DescribeContactList").body["Contacts"]["Contact"]
    assert contact["Channels"]["DingWebHook"] == ROBOT


def test_what_is_no_secret_stays_byte_for_byte():
    text = '[{"groupId": "0",  "dimension": "flow=a&key=b"}]'
    assert redact({"Resources": text, "n": 1, "l": ["x", None]}) == {"Resources": text, "n": 1, "l": ["x", None]}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://x/robot/send?access_token=abc&timestamp=1", "https://x/robot/[secret]"),
        ("call https://x/y?token=abc now", "call https://x/y?token=[secret] now"),
        ('{"url": "https://x/?access_token=abc"}', '{"url": "https://x/?access_token=[secret]"}'),
        ('{"accessKeySecret": "abc"}', '{"accessKeySecret": "[secret]"}'),
        ("get https://relay:abc@x/cms now", "get https://[secret]@x/cms now"),
        (
            '{"type": "custom", "method": "POST", "url": "https://x/cms/abc"}',
            '{"type": "custom", "method": "POST", "url": "[secret]"}',
        ),
        ('{"type": "page", "url": "https://x/cms"}', '{"type": "page", "url": "https://x/cms"}'),
        ("monkey=business", "monkey=business"),
    ],
)
def test_secrets_are_known_by_what_they_look_like(given, kept):
    assert redact(given) == kept


def test_the_rule_table_tells_origin_and_state(cloud):
    cloud.put_rule()
    cloud.rpc("DisableMetricRules", RuleId=["r"])
    (rule,) = cloud.door("rules")
    assert (rule["account"], rule["RuleId"], rule["SourceType"]) == ("1000000000000001", "r", "METRIC")
    assert rule["EnableState"] is False


def test_objects_are_told_by_account_and_kind(cloud):
    cloud.rpc("PutContact", ContactName="alice", Describe="d")
    found = cloud.door("objects")
    assert list(found) == ["1000000000000001"]
    assert found["1000000000000001"]["contact"]["alice"]["Desc"] == "d"
