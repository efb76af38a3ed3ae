import socket
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.wire import incoming, unflatten


def raw(address: str, text: str) -> str:
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=60) as sock:
        sock.sendall(text.replace("\n\n", "\nConnection: close\n\n").replace("\n", "\r\n").encode())
        return sock.makefile("rb").read().decode()


def test_a_target_in_absolute_form_reaches_the_action(cloud):
    target = f"http://{cloud.address}/?Action=DescribeContactGroupList&Version=2019-01-01&AccessKeyId=k"
    answer = raw(cloud.address, f"POST {target} HTTP/1.1\nHost: {cloud.address}\nContent-Length: 0\n\n")
    assert answer.startswith("HTTP/1.1 200")
    assert '"ContactGroupList"' in answer


def test_a_project_in_absolute_form_is_the_first_label_of_the_host(cloud):
    answer = raw(cloud.address, "GET http://my-logs.httpsls.test/ HTTP/1.1\nHost: my-logs.httpsls.test\n\n")
    assert answer.startswith("HTTP/1.1 404")
    assert "Project my-logs does not exist" in answer


def test_another_host_is_refused_and_stands_in_the_journal(cloud):
    answer = raw(cloud.address, "GET http://metrics.aliyuncs.com/?Action=X HTTP/1.1\nHost: metrics.aliyuncs.com\n\n")
    assert "EmulatorUnknownHost" in answer
    assert cloud.door("journal")[-1]["host"] == "metrics.aliyuncs.com"


def test_an_unknown_action_is_a_400_that_names_it(cloud):
    answer = cloud.rpc("DescribeUnicorns")
    assert (answer.status, answer.code) == (400, "EmulatorUnsupported")
    assert "DescribeUnicorns (2019-01-01)" in answer.body["Message"]
    assert cloud.door("journal")[-1]["outcome"] == "EmulatorUnsupported"


def test_form_and_query_are_read_together(cloud):
    body = b"ContactName=alice&Describe=d&Channels.Mail=a%40b.c"
    target = "/?Action=PutContact&Version=2019-01-01&AccessKeyId=k"
    answer = cloud.send("POST", target, body, **{"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 200
    assert cloud.rpc("DescribeContactList").body["Contacts"]["Contact"][0]["Channels"] == {"Mail": "a@b.c"}


def test_numbered_parts_become_lists_in_numeric_order():
    flat = {f"L.{n}.K": str(n) for n in (10, 2, 1)}
    assert unflatten(flat) == {"L": [{"K": "1"}, {"K": "2"}, {"K": "10"}]}


@pytest.mark.parametrize("flat", [{"A": "1", "A.1": "2"}, {"A.1": "2", "A": "1"}, {".".join("a" * 40): "x"}])
def test_parameters_that_contradict_or_nest_too_deep_are_refused(flat):
    with pytest.raises(CloudError) as caught:
        unflatten(flat)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("authority", "host"),
    [("P.HTTPSLS.test", "p.httpsls.test"), ("127.0.0.1:80", "127.0.0.1"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]")],
)
def test_the_host_has_no_port_and_no_capitals(authority, host):
    assert incoming("GET", "/", "", [(b"Host", authority.encode())], b"").host == host


PIECES = st.sampled_from(
    ["a", "b", "=", "&", "+", "%26", "%3D", "%3d", "%20", "%E4%B8%AD", "%e4%b8", "%", "%zz", "中", ""]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_names_and_values_are_those_that_the_standard_library_finds(text):
    found = incoming("POST", "/", text, [(b"host", b"h")], b"").query
    assert found == dict(parse_qsl(text, keep_blank_values=True))


def test_more_parameters_than_anybody_sends_are_refused():
    with pytest.raises(CloudError, match="more than 5000"):
        incoming("POST", "/", "&".join(f"p{n}=1" for n in range(5001)), [(b"host", b"h")], b"")
