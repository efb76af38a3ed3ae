"""What every source of access keys gets: the environment, a way to ask, the time, a time limit."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from typing import NamedTuple

from ..wire.http import Transport
from ..wire.rpc import Keys


class NoKeysError(Exception):
    """A source that is set up cannot give keys now; says why without saying a secret."""


class Context(NamedTuple):
    """`now` in seconds since the epoch, `timeout_s` for each request."""

    environ: Mapping[str, str]
    transport: Transport
    now: float
    timeout_s: float


def temporary(fields: Mapping[str, object], source: str) -> Keys:
    """Keys from an answer's AccessKeyId, AccessKeySecret, SecurityToken and Expiration. Raises NoKeysError."""
    try:
        expires = calendar.timegm(_moment(str(fields["Expiration"])))
        values = (str(fields["AccessKeyId"]), str(fields["AccessKeySecret"]), str(fields["SecurityToken"]))
    except (KeyError, ValueError, TypeError) as error:
        raise NoKeysError(f"{source}: the answer holds no usable keys ({type(error).__name__})") from None
    return Keys(*values, expires=float(expires), source=source)


def _moment(text: str) -> tuple[int, ...]:
    """Year to second of `2027-01-15T09:00:00Z`. Not strptime: it imports late, and a fork then sticks the child."""
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text) is None:
        raise ValueError(text)
    return tuple(map(int, re.findall(r"\d+", text)))
