"""An error is an exception with the service's own code; the envelope is chosen where the answer is written."""

from __future__ import annotations


class CloudError(Exception):
    """What the service would answer: an HTTP status, its code and its message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def unsupported(what: str) -> CloudError:
    """The request is one that this emulator does not answer; it is a 4xx, so that no client retries it for minutes."""
    return CloudError(400, "EmulatorUnsupported", f"the emulator does not answer {what}; see docs/emulator-actions.md")


def unknown_host(host: str) -> CloudError:
    """The request was meant for a host that is not emulated; nothing is ever passed on."""
    return CloudError(400, "EmulatorUnknownHost", f"the emulator is no proxy: it does not stand for the host {host!r}")
