"""Log Service: run events and reporter events, with PutLogs.

An endpoint that is an IP address or localhost cannot carry the project in its host name, so there the Host header
alone names it, under LOOPBACK_DOMAIN.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from ..channel import Kind, Verdict
from ..gate import GATE
from ..wire.protobuf import log_group
from ..wire.sls import put_logs
from .cloud import Caller, CannotSignError

LOOPBACK_DOMAIN = "httpsls.test"
TOPIC = "flowvigil"


class LogSink:
    """Delivers serialised logs to one store. PutLogs takes up to 4,096 logs and 5 MB (help page 29026).

    An answer 200 counts only with Log Service's own request id: a proxy or a portal says 200 to anything.
    """

    name = "log"
    entries = 4096
    batch_bytes = 1_000_000
    queue = 50_000

    def __init__(self, endpoint: str, project: str, logstore: str, source: str, caller: Caller) -> None:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        local = host == "localhost" or host.replace(".", "").isdigit() or ":" in host
        self._host = f"{project}.{LOOPBACK_DOMAIN}" if local else f"{project}.{parts.netloc}"
        self._url = f"{parts.scheme}://{parts.netloc if local else self._host}"
        self._logstore, self._source, self._caller = logstore, source, caller

    def deliver(self, payloads: Sequence[bytes], now: float, timeout_s: float) -> Verdict:
        try:
            keys = self._caller.provider.keys(now, timeout_s)
        except CannotSignError as error:
            return Verdict(Kind.RETRY, "credentials", str(error))
        group = log_group(payloads, TOPIC, self._source)
        with GATE:
            path, body, headers = put_logs(self._host, self._logstore, group, keys, now + self._caller.skew_s)
        answer = self._caller.post(self._url + path, body, headers, now, timeout_s)
        if isinstance(answer, Verdict):
            return answer
        if answer.status == 200 and "x-log-requestid" in answer.headers:
            return Verdict(Kind.DELIVERED)
        return self._caller.failed(answer, f"events for {self._host.split('.')[0]}/{self._logstore}")

    def close(self) -> None:
        self._caller.transport.close()
