"""Whether this process reports at all. Decided by the environment alone, so that a decorator can decide at import.

A settings file (FLOWVIGIL_SETTINGS) or the name of an environment (FLOWVIGIL_ENV) switches on; FLOWVIGIL_OFF=1 off.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS_VARIABLE, ENVIRONMENT_VARIABLE, OFF_VARIABLE = "FLOWVIGIL_SETTINGS", "FLOWVIGIL_ENV", "FLOWVIGIL_OFF"

_unmeasured: list[str] = []
_told: list[bool] = []


def switched_on(environ: Mapping[str, str] = os.environ) -> bool:
    """True when the environment names settings or an environment."""
    if environ.get(OFF_VARIABLE, "") not in ("", "0"):
        return False
    return bool(environ.get(SETTINGS_VARIABLE) or environ.get(ENVIRONMENT_VARIABLE))


def remember(flow: str) -> None:
    """A function was defined while switched off."""
    if len(_unmeasured) < 1000:
        _unmeasured.append(flow)
    tell()


def tell() -> None:
    """Say, once, how to switch on; whoever switched off by FLOWVIGIL_OFF knows."""
    if not _told and os.environ.get(OFF_VARIABLE, "") in ("", "0"):
        _told.append(True)
        from .notice import warn

        warn("off", f"off: neither {SETTINGS_VARIABLE} nor {ENVIRONMENT_VARIABLE} is set, so no flow is measured")


def unmeasured() -> tuple[str, ...]:
    """The flows of functions that were defined while switched off and stay unmeasured."""
    return tuple(_unmeasured)
