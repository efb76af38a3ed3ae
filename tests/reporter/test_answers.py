"""What answers mean, by the codes that the API pages and the vendor's clients list."""

import json
from typing import Any

import pytest

from flowvigil.reporter.channel import Kind, Verdict
from flowvigil.reporter.sinks.answers import judge
from flowvigil.reporter.sinks.cloud import Caller, CannotSignError
from flowvigil.reporter.sinks.cms import CmsSink
from flowvigil.reporter.sinks.log import LogSink
from flowvigil.reporter.window import Point
from flowvigil.reporter.wire.http import Answer, NoAnswerError
from flowvigil.reporter.wire.rpc import Keys

NOW = 1_800_000_000.0
POINT = Point("m", "poem", "svc", "0", 60, 0, 1.0, 1.0)


def answer(status: int, code: str = "", message: str = "", **headers: str) -> Answer:
    return Answer(status, headers, json.dumps({"Code": code, "Message": message}).encode())


@pytest.mark.parametrize(
    ("given", "kind", "reason"),
    [
        (answer(400, "Throttling.User", "flow control"), Kind.RETRY, "throttled"),
        (answer(503, "Throttling"), Kind.RETRY, "throttled"),
        (answer(403, "Rejected.Throttling"), Kind.RETRY, "throttled"),
        (answer(200, "403", "rate limit exceeded"), Kind.RETRY, "throttled"),
        (answer(200, "403", "not authorized"), Kind.RETRY, "denied"),
        (answer(200, "500", "internal"), Kind.RETRY, "server_error"),
        (answer(200, "400", "syntax"), Kind.SPLIT, "rejected"),
        (answer(502), Kind.RETRY, "server_error"),
        (answer(429), Kind.RETRY, "throttled"),
        (answer(408), Kind.RETRY, "server_error"),
        (answer(403, "NoPermission"), Kind.RETRY, "denied"),
        (answer(403, "Forbidden.RAM"), Kind.RETRY, "denied"),
        (answer(404, "ProjectNotExist"), Kind.RETRY, "not_found"),
        (answer(404, "InvalidAccessKeyId.NotFound"), Kind.RETRY, "credentials"),
        (answer(400, "SignatureDoesNotMatch"), Kind.RETRY, "credentials"),
        (answer(400, "InvalidTimeStamp.Expired"), Kind.AT_ONCE, "clock"),
        (answer(400, "SignatureNonceUsed"), Kind.AT_ONCE, "clock"),
        (answer(400, "InvalidSecurityToken.Expired"), Kind.AT_ONCE, "token"),
        (answer(400, "InvalidParameterValue"), Kind.SPLIT, "rejected"),
        (Answer(200, {}, b"<html>captive portal</html>"), Kind.RETRY, "garbage"),
        (Answer(200, {}, b"[1]"), Kind.RETRY, "garbage"),
    ],
)
def test_an_answer_is_judged_by_its_code(given: Answer, kind: Kind, reason: str) -> None:
    verdict = judge(given)
    assert (verdict.kind, verdict.reason) == (kind, reason)


def test_log_services_spelling_of_errors_is_understood() -> None:
    body = b'{"errorCode":"WriteQuotaExceed","errorMessage":"slow down"}'
    verdict = judge(Answer(403, {"retry-after": "7"}, body))
    assert (verdict.reason, verdict.message, verdict.pause_s) == ("throttled", "WriteQuotaExceed: slow down", 7.0)


@pytest.mark.parametrize("asked", ["soon", "-5", "nan"])
def test_a_senseless_retry_after_is_no_pause(asked: str) -> None:
    assert not judge(Answer(503, {"retry-after": asked}, b"")).pause_s > 0


class Wire:
    """A transport that gives the answers it was told."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, bytes, dict[str, str]]] = []

    def request(self, _method: str, url: str, body: bytes, headers: dict[str, str], _timeout_s: float) -> Answer:
        self.sent.append((url, body, headers))
        told = self.answers.pop(0)
        if isinstance(told, Exception):
            raise told
        return told

    def close(self) -> None: ...


class Fixed:
    def __init__(self) -> None:
        self.asked_anew = 0

    def keys(self, now: float, timeout_s: float) -> Keys:
        return Keys("id", "secret")

    def expired(self) -> None:
        self.asked_anew += 1


def cms(*answers: Any) -> tuple[CmsSink, Wire, Fixed]:
    wire, keys = Wire(*answers), Fixed()
    return CmsSink("http://cms.test", Caller(keys, wire)), wire, keys


def test_code_200_in_the_body_is_delivered() -> None:
    sink, _wire, _keys = cms(answer(200, "200"))
    assert sink.deliver([POINT], NOW, 1.0) == Verdict(Kind.DELIVERED)


@pytest.mark.parametrize("status", [200, 206, 400])
@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("reach max time series num", "series_quota"),
        ("not allowed original value, please upgrade service", "raw_not_allowed"),
        ("type is invalid", "invalid_type"),
        ("something new", "refused"),
    ],
)
def test_body_code_206_names_what_was_refused(status: int, message: str, reason: str) -> None:
    sink, _wire, _keys = cms(answer(status, "206", message))
    verdict = sink.deliver([POINT], NOW, 1.0)
    assert (verdict.kind, verdict.reason) == (Kind.SPLIT, reason)


def test_no_answer_is_tried_again() -> None:
    sink, _wire, _keys = cms(NoAnswerError("reset"))
    assert sink.deliver([POINT], NOW, 1.0).reason == "no_answer"


@pytest.mark.parametrize("code", ["InvalidSecurityToken.Expired", "InvalidAccessKeyId.NotFound"])
def test_keys_that_were_refused_are_fetched_anew(code: str) -> None:
    sink, _wire, keys = cms(answer(400, code))
    sink.deliver([POINT], NOW, 1.0)
    assert keys.asked_anew == 1


def test_without_keys_nothing_is_sent_and_everything_waits() -> None:
    class Empty(Fixed):
        def keys(self, now: float, timeout_s: float) -> Keys:
            raise CannotSignError("no source")

    wire = Wire()
    verdict = CmsSink("http://cms.test", Caller(Empty(), wire)).deliver([POINT], NOW, 1.0)
    assert (verdict.kind, verdict.reason, wire.sent) == (Kind.RETRY, "credentials", [])


def test_a_clock_that_is_an_hour_off_is_corrected_in_the_next_signature() -> None:
    an_hour_later = "Fri, 15 Jan 2027 09:00:00 GMT"
    sink, wire, _keys = cms(answer(400, "InvalidTimeStamp.Expired", date=an_hour_later), answer(200, "200"))
    assert sink.deliver([POINT], NOW, 1.0).kind is Kind.AT_ONCE
    sink.deliver([POINT], NOW, 1.0)
    assert b"Timestamp=2027-01-15T08%3A00%3A00Z" in wire.sent[0][1]
    assert b"Timestamp=2027-01-15T09%3A00%3A00Z" in wire.sent[1][1]


def test_a_few_seconds_of_difference_are_left_alone() -> None:
    sink, wire, _keys = cms(answer(200, "200", date="Fri, 15 Jan 2027 08:00:20 GMT"), answer(200, "200"))
    sink.deliver([POINT], NOW, 1.0)
    sink.deliver([POINT], NOW, 1.0)
    assert b"Timestamp=2027-01-15T08%3A00%3A00Z" in wire.sent[1][1]


def test_the_project_is_part_of_the_log_services_host() -> None:
    wire = Wire(Answer(200, {"x-log-requestid": "1"}, b""))
    LogSink("https://cn-test.log.aliyuncs.com", "proj", "runs", "h", Caller(Fixed(), wire)).deliver([b""], NOW, 1.0)
    url, _body, headers = wire.sent[0]
    assert url == "https://proj.cn-test.log.aliyuncs.com/logstores/runs/shards/lb"
    assert headers["Host"] == "proj.cn-test.log.aliyuncs.com"


def test_at_an_ip_address_the_host_header_alone_names_the_project() -> None:
    wire = Wire(Answer(200, {"x-log-requestid": "1"}, b""))
    LogSink("http://127.0.0.1:8080", "proj", "runs", "h", Caller(Fixed(), wire)).deliver([b""], NOW, 1.0)
    url, _body, headers = wire.sent[0]
    assert url == "http://127.0.0.1:8080/logstores/runs/shards/lb"
    assert headers["Host"] == "proj.httpsls.test"


def test_a_portal_that_says_200_is_not_the_log_service() -> None:
    wire = Wire(Answer(200, {}, b"<html>"))
    sink = LogSink("https://cn-test.log.aliyuncs.com", "proj", "runs", "h", Caller(Fixed(), wire))
    assert sink.deliver([b""], NOW, 1.0).reason == "garbage"
