import socket
import threading
import urllib.error

import pytest


def put(cloud, name="alice"):
    return cloud.rpc("PutContact", ContactName=name, Describe="d")


def contacts(cloud):
    return sorted(cloud.door("objects").get("1000000000000001", {}).get("contact", {}))


def plant(cloud, kind, **more):
    return cloud.door("faults", {"kind": kind, **more})


def test_a_failure_has_the_code_that_was_asked_for_and_no_effect(cloud):
    plant(cloud, "fail", code="InternalError", status=500)
    answer = put(cloud)
    assert (answer.status, answer.code) == (500, "InternalError")
    assert contacts(cloud) == []
    assert cloud.door("journal")[-1]["outcome"] == "InternalError"


def test_a_failure_after_the_effect_leaves_the_effect(cloud):
    plant(cloud, "fail", when="after")
    assert put(cloud).status == 400
    assert contacts(cloud) == ["alice"]


def test_a_throttle_strikes_once_unless_told_otherwise(cloud):
    plant(cloud, "throttle")
    assert [put(cloud).code for _ in range(2)] == ["Throttling.User", "200"]


def test_a_fault_without_an_end_strikes_until_it_is_removed(cloud):
    plant(cloud, "fail", times=0)
    assert [put(cloud).status for _ in range(3)] == [400, 400, 400]
    cloud.door("faults", method="DELETE")
    assert put(cloud).status == 200


def test_the_nth_call_of_an_action_is_struck(cloud):
    plant(cloud, "fail", action="PutContact", nth=2)
    cloud.rpc("DescribeContactList")
    assert [put(cloud).status for _ in range(3)] == [200, 400, 200]


def test_only_calls_that_change_something_count_when_asked(cloud):
    plant(cloud, "fail", nth=2, mutating=True)
    put(cloud)
    assert cloud.rpc("DescribeContactList").status == 200
    assert put(cloud).status == 400


def test_an_action_can_be_named_with_its_service(cloud):
    plant(cloud, "fail", action="sls:CreateProject")
    assert put(cloud).status == 200
    answer = cloud.sls("POST", "", "/", {"projectName": "my-logs"})
    assert (answer.status, set(answer.body)) == (400, {"errorCode", "errorMessage"})


@pytest.mark.parametrize(("when", "left"), [("before", []), ("after", ["alice"])])
def test_a_dropped_connection_comes_before_or_after_the_effect(cloud, when, left):
    plant(cloud, "drop", when=when)
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        put(cloud)
    assert contacts(cloud) == left
    assert len(cloud.door("journal")) == 1


def test_a_delay_only_delays(cloud):
    plant(cloud, "delay", seconds=0.01)
    assert put(cloud).status == 200


def held(cloud):
    while not any(fault["held"] for fault in cloud.door("faults")):
        pass
    return cloud.door("faults")[0]


@pytest.mark.parametrize(("when", "meanwhile"), [("before", []), ("after", ["alice"])])
def test_a_held_request_waits_until_it_is_released(cloud, when, meanwhile):
    number = plant(cloud, "hold", when=when)["id"]
    answers = []
    thread = threading.Thread(target=lambda: answers.append(put(cloud)))
    thread.start()
    assert held(cloud)["struck"] == 1
    assert contacts(cloud) == meanwhile
    assert cloud.rpc("DescribeContactList").status == 200
    cloud.door(f"faults/{number}/release", {})
    thread.join(60)
    assert answers[0].status == 200
    assert contacts(cloud) == ["alice"]


@pytest.mark.parametrize(("when", "left"), [("before", []), ("after", ["alice"])])
def test_a_held_request_ends_when_its_client_goes_away(cloud, when, left):
    plant(cloud, "hold", when=when)
    host, port = cloud.address.split(":")
    target = "/?Action=PutContact&Version=2019-01-01&AccessKeyId=k&ContactName=alice&Describe=d"
    with socket.create_connection((host, int(port))) as client:
        client.sendall(f"POST {target} HTTP/1.1\r\nHost: {cloud.address}\r\nContent-Length: 0\r\n\r\n".encode())
        held(cloud)
    while any(fault["held"] for fault in cloud.door("faults")):
        pass
    assert contacts(cloud) == left


def test_removing_a_fault_releases_what_it_holds(cloud):
    number = plant(cloud, "hold")["id"]
    thread = threading.Thread(target=put, args=(cloud,))
    thread.start()
    held(cloud)
    cloud.door(f"faults/{number}", method="DELETE")
    thread.join(60)
    assert contacts(cloud) == ["alice"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"kind": "explode"},
        {"kind": "fail", "when": "during"},
        {"kind": "fail", "colour": "red"},
        {"kind": "fail", "nth": "second"},
        {"kind": "delay", "seconds": -1},
        {"kind": "delay", "seconds": True},
        ["fail"],
    ],
)
def test_a_fault_that_cannot_be_is_refused_and_not_planted(cloud, wanted):
    assert "error" in cloud.door("faults", wanted)
    assert cloud.door("faults") == []


def test_releasing_a_fault_that_is_not_there_is_refused(cloud):
    assert "error" in cloud.door("faults/99/release", {})
