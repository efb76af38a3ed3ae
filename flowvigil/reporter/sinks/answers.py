"""What an answer of Alibaba Cloud means for a batch: done, again later, again at once, in parts, or never.

The code decides, not the HTTP status, because throttling arrives under several (seen in the vendor's clients:
400, 403, 429, 503).
"""

from __future__ import annotations

import json

from ..channel import MOST_PAUSE_S, Kind, Verdict
from ..wire.http import Answer

_BY_CODE = (
    (("invalidtimestamp", "requesttimetooskewed", "requesttimeexpired", "signaturenonceused"), Kind.AT_ONCE, "clock"),
    (("invalidsecuritytoken", "securitytoken"), Kind.AT_ONCE, "token"),
    (("throttling", "rejectedthrottling", "flowcontrol", "writequotaexceed"), Kind.RETRY, "throttled"),
    (("invalidaccesskeyid", "signaturedoesnotmatch", "signaturenotmatch"), Kind.RETRY, "credentials"),
    (("nopermission", "forbidden", "accessdenied", "unauthorized", "invalidauthorization"), Kind.RETRY, "denied"),
)
_BY_STATUS = {401: "denied", 403: "denied", 404: "not_found", 408: "server_error", 429: "throttled"}


def code_and_message(answer: Answer) -> tuple[str, str]:
    """Both spellings: `Code` and `Message` of CMS, `errorCode` and `errorMessage` of Log Service."""
    try:
        body = json.loads(answer.body or b"{}")
    except ValueError:
        return "", answer.body[:200].decode("utf-8", "replace")
    if not isinstance(body, dict):
        return "", ""
    code = body.get("Code", body.get("errorCode", ""))
    return str(code), str(body.get("Message", body.get("errorMessage", "")))


def judge(answer: Answer) -> Verdict:
    """The verdict on an answer that is not a success."""
    code, message = code_and_message(answer)
    said = f"{code}: {message}" if code else message or f"HTTP {answer.status}"
    low = code.lower().replace(".", "").replace("_", "")
    if "rate limit" in message.lower():
        return Verdict(Kind.RETRY, "throttled", said, _asked(answer))
    for beginnings, kind, reason in _BY_CODE:
        if low.startswith(beginnings):
            return Verdict(kind, reason, said, _asked(answer))
    status = int(code) if code.isdecimal() and answer.status == 200 else answer.status
    if status in _BY_STATUS:
        return Verdict(Kind.RETRY, _BY_STATUS[status], said, _asked(answer))
    if 400 <= status < 500:
        return Verdict(Kind.SPLIT, "rejected", said)
    return Verdict(Kind.RETRY, "server_error" if status >= 500 else "garbage", said, _asked(answer))


def _asked(answer: Answer) -> float:
    try:
        return min(MOST_PAUSE_S, max(0.0, float(answer.headers.get("retry-after", "0"))))
    except ValueError:
        return 0.0
