"""Takes secrets out of what the engine prints.

The engine hides the configured secrets where they stand as they are. A provider's error can hold a whole request
address, with them encoded in its query: those are found by the names of its parameters.
"""

from __future__ import annotations

import re
from typing import IO

HIDDEN = "[secret]"
_NAMED = re.compile(r"(?i)([?&][\w.%-]*(?:webhook|token|secret|password|signature|accesskeyid)=)[^&\s\"']+")
_TOKEN = re.compile(r"(?i)(access_token(?:=|%3D))[\w%.~-]+")
_PASSWORD = re.compile(r"(?i)((?::|%3A)(?://|%2F%2F)[^\s/@:%\"']*(?::|%3A))[^\s/@\"']+?(@|%40)")


def redact(text: str) -> str:
    """The text without the values of parameters that are secrets by their name, and without passwords in addresses."""
    text = _NAMED.sub(rf"\1{HIDDEN}", text)
    text = _TOKEN.sub(rf"\1{HIDDEN}", text)
    return _PASSWORD.sub(rf"\1{HIDDEN}\2", text)


def pass_on(source: IO[str], target: IO[str]) -> None:
    """Copy lines as they come, redacted; closes the source at its end."""
    with source:
        for line in source:
            target.write(redact(line))
            target.flush()
