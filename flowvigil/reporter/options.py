"""What a process says about its reporter: arguments of `init`, then the environment, then the settings file.

Bad values never raise: they are named in one log line and replaced by what is safe.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .contract import NONE, FlowSettings, Settings, settings_from_json
from .notice import warn
from .switch import SETTINGS_VARIABLE

SINKS = ("cms", "cms_raw", "log", "stdout")
ELSEWHERE = frozenset({"deadline_s", "handle_sigterm"})
"""Arguments of `init` that are dealt with before anything here is loaded."""


class Options(NamedTuple):
    """`entries` is the batch size of PutCustomMetric, `vpc` chooses the endpoints inside a VPC."""

    settings_path: str = ""
    service: str = ""
    region: str = ""
    sinks: tuple[str, ...] | None = None
    endpoints: Mapping[str, str] = NONE
    version: str = ""
    entries: int = 20
    vpc: bool = False
    credentials: Callable[[], Any] | None = None
    extra_sinks: tuple[Any, ...] = ()


def options(given: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Options:
    """Arguments over environment. Unknown and senseless arguments are reported once each and ignored."""
    known: dict[str, Any] = {}
    for name, value in given.items():
        if name in _ARGUMENTS and value is not None:
            _take(known, name, value)
    if unknown := sorted(set(given) - set(Options._fields) - ELSEWHERE):
        warn("arguments", f"init does not know {', '.join(unknown)}; ignored")
    endpoints = {"cms": environ.get("FLOWVIGIL_CMS_ENDPOINT", ""), "log": environ.get("FLOWVIGIL_LOG_ENDPOINT", "")}
    base = Options(
        settings_path=environ.get(SETTINGS_VARIABLE, ""),
        service=environ.get("FLOWVIGIL_SERVICE", ""),
        region=environ.get("FLOWVIGIL_REGION", ""),
        sinks=_words(environ.get("FLOWVIGIL_SINKS")),
        endpoints={name: url for name, url in endpoints.items() if url},
        version=environ.get("FLOWVIGIL_VERSION", ""),
        entries=int(_number(environ, "FLOWVIGIL_CMS_ENTRIES", 20)),
        vpc=environ.get("FLOWVIGIL_NETWORK", "") == "vpc",
    )
    return base._replace(**known)


def _take(known: dict[str, Any], name: str, value: Any) -> None:
    read, right = _ARGUMENTS[name]
    try:
        known[name] = read(value)
    except Exception:  # the value stays unsaid: it may be a secret in the wrong place
        warn(f"argument {name}", f"init takes {right} for {name}, not {type(value).__name__}; ignored")


def load(path: str) -> Settings | None:
    """The settings in a file; None, with one log line, when it cannot be read."""
    try:
        return settings_from_json(json.loads(Path(path).read_text("utf-8")), _unknown)
    except Exception as error:
        warn(f"settings {type(error).__name__}", f"cannot use the settings file {path}: {error}"[:400])
        return None


def _unknown(key: str) -> None:
    warn("settings key", f"the settings file has a key {key!r} that this version does not know; ignored")


def combined(chosen: Options, found: Settings | None) -> Settings:
    """The settings in force: the file's, overruled by what the process says."""
    settings = found or Settings(service="", region="")
    if chosen.service and settings.service and chosen.service != settings.service:
        asked = f"rules and dashboards ask for {settings.service!r}, as the settings file says"
        warn("service", f"this process reports as service {chosen.service!r}, but {asked}; none of them will see it")
    return settings._replace(
        service=chosen.service or settings.service or "unnamed",
        region=chosen.region or settings.region,
        endpoints={**settings.endpoints, **chosen.endpoints},
    )


def version_of(flow: FlowSettings, chosen: Options, environ: Mapping[str, str] = os.environ) -> str:
    """The version a flow's runs carry unless they say another: an environment variable its spec names, else ours."""
    name = flow.version.get("env") or flow.source.get("version_env") or ""
    return environ.get(name, "") or chosen.version


def cms_endpoint(settings: Settings, *, vpc: bool) -> str:
    """`metrics.<region>.aliyuncs.com`, or `metrics-vpc.` inside a VPC (assumed from the vendor's naming).

    Raises ValueError for what is no address.
    """
    host = "metrics-vpc" if vpc else "metrics"
    return _address(settings.endpoints.get("cms") or f"https://{host}.{settings.region}.aliyuncs.com")


def log_endpoint(settings: Settings, *, vpc: bool) -> str:
    """`<region>.log.aliyuncs.com`, or `<region>-intranet.` inside a VPC (help page 29008); raises ValueError too."""
    inside = "-intranet" if vpc else ""
    return _address(settings.endpoints.get("log") or f"https://{settings.region}{inside}.log.aliyuncs.com")


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or " " in text or not text.isprintable():
        raise ValueError(f"{text!r} is no address; it should be scheme://host[:port]")
    return text


def _words(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    if wrong := [word for word in words if word not in SINKS]:
        warn("sinks", f"no such sink: {', '.join(wrong)}; there are {', '.join(SINKS)}")
    return tuple(word for word in words if word in SINKS)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _chosen(value: Any) -> tuple[str, ...] | None:
    return _words(value if isinstance(value, str) else ",".join(value))


def _texts(value: Any) -> dict[str, str]:
    return {_text(name): _text(one) for name, one in value.items()}


def _function(value: Any) -> Any:
    if not callable(value):
        raise TypeError
    return value


def _own(value: Any) -> tuple[Any, ...]:
    for sink in value:
        _function(sink.deliver), sink.name, sink.entries, sink.batch_bytes, sink.queue
    return tuple(value)


_ARGUMENTS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "settings_path": (os.fspath, "a path"),
    "service": (_text, "a text"),
    "region": (_text, "a text"),
    "version": (_text, "a text"),
    "sinks": (_chosen, "names of sinks"),
    "endpoints": (_texts, "texts by 'cms' and 'log'"),
    "entries": (int, "a whole number"),
    "vpc": (bool, "yes or no"),
    "credentials": (_function, "a function"),
    "extra_sinks": (_own, "objects with name, entries, batch_bytes, queue and deliver"),
}


def _number(environ: Mapping[str, str], name: str, default: float) -> float:
    try:
        number = float(environ.get(name, "") or default)
    except ValueError:
        number = -1.0
    if 0 <= number < math.inf:
        return number
    warn(name, f"{name} is not a number; {default:g} is used")
    return default
