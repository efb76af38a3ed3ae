"""`python -m flowvigil.doctor`: can this service report, seen from its own environment? Standard library only.

Checks the switch, the settings file, which way LangFlow is measured if it is here, credentials and their source, the
clock, permissions (a missing one by its RAM action), the names of series, and, with --send, a test point and a test
event end to end.
Exit code 0 when all is well, 1 when something was found, 2 for a wrong command line, 3 when a service cannot be
reached or no credentials are to be had.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial

from .reporter import contract
from .reporter.channel import Kind, Verdict
from .reporter.contract import Place, Settings
from .reporter.credentials.chain import Chain
from .reporter.events import as_log, reporter_parcel
from .reporter.options import Options, cms_endpoint, combined, load, log_endpoint, options
from .reporter.sinks.cloud import Caller, CannotSignError
from .reporter.sinks.cms import CmsSink
from .reporter.sinks.log import LogSink
from .reporter.switch import ENVIRONMENT_VARIABLE, SETTINGS_VARIABLE, switched_on
from .reporter.window import Point

OK, BAD, UNREACHABLE, SKIPPED = "ok", "bad", "unreachable", "skipped"
TEST_METRIC = "flowvigil_doctor"
TIMEOUT_S = 5.0
LEGAL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True)
class Finding:
    """What one check came to; `text` says what is wrong and what would be right."""

    check: str
    state: str
    text: str


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run the checks, print them, return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m flowvigil.doctor", description="Can this service report?")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--send", action="store_true", help="send a test point and a test event end to end")
    asked = parser.parse_args(arguments)
    findings = examine(environ, send=asked.send)
    if asked.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            print(f"{finding.state:<12}{finding.check:<14}{finding.text}")
    states = {finding.state for finding in findings}
    return 3 if UNREACHABLE in states else 1 if BAD in states else 0


def examine(environ: Mapping[str, str], *, send: bool) -> list[Finding]:
    """All findings, in the order in which a person would look."""
    chosen = options({}, environ)
    found = load(chosen.settings_path) if chosen.settings_path else None
    settings = combined(chosen, found)
    caller = Caller(Chain(environ=environ))
    findings = [_switch(environ), _settings(chosen, found), *_langflow(environ), *_names(settings)]
    findings.append(_credentials(caller))
    if findings[-1].state == OK:
        findings += _services(settings, chosen, caller, send=send)
        findings.append(_clock(caller, asked=send))
    caller.transport.close()
    return findings


def _switch(environ: Mapping[str, str]) -> Finding:
    if switched_on(environ):
        return Finding("switch", OK, "on")
    return Finding("switch", BAD, f"off: set {SETTINGS_VARIABLE} to the file that `flowvigil export reporter` writes")


def _settings(chosen: Options, found: Settings | None) -> Finding:
    if not chosen.settings_path:
        text = f"{SETTINGS_VARIABLE} is not set; with {ENVIRONMENT_VARIABLE} alone no series is judged"
        return Finding("settings", BAD, text)
    if found is None:
        return Finding("settings", BAD, f"{chosen.settings_path} cannot be read as settings; export it anew")
    if chosen.service and chosen.service != found.service:
        text = f"reports as service {chosen.service!r}, but rules and dashboards ask for {found.service!r}"
        return Finding("settings", BAD, f"{text}; unset FLOWVIGIL_SERVICE")
    series = sum(len(flow.series) for flow in found.flows)
    return Finding("settings", OK, f"{len(found.flows)} flows, {series} judged series, hash {found.hash or '-'}")


def _langflow(environ: Mapping[str, str]) -> list[Finding]:
    """How runs of LangFlow are measured; nothing where there is none."""
    from .integrations.langflow import standing

    found = standing.standing(environ)
    if found.route == standing.ABSENT:
        return []
    return [Finding("langflow", BAD if found.route == standing.NOTHING else OK, found.why)]


def _names(settings: Settings) -> list[Finding]:
    """Every series of the settings must be one that CloudMonitor stores under the name the rule reads."""
    texts = []
    for flow in settings.flows:
        owners: dict[str, str] = {}
        for series in flow.series:
            owner = owners.setdefault(series.metric, series.alarm)
            if LEGAL_NAME.fullmatch(series.metric) is None:
                texts.append(f"{flow.flow}: {series.metric!r} is not a metric name (letters, digits, _; at most 64)")
            elif owner != series.alarm:
                texts.append(f"{flow.flow}: {owner} and {series.alarm} share {series.metric}")
            elif series.signal not in contract.METRIC_OF_SIGNAL:
                texts.append(f"{flow.flow}: the signal {series.signal!r} is unknown to this version of flowvigil")
    return [Finding("series", BAD, text) for text in texts]


def _credentials(caller: Caller) -> Finding:
    try:
        keys = caller.provider.keys(time.time(), TIMEOUT_S)
    except CannotSignError as error:
        return Finding("credentials", UNREACHABLE, str(error))
    rest = "" if keys.expires is None else f", valid for {(keys.expires - time.time()) / 60:.0f} minutes"
    return Finding("credentials", OK, f"from {keys.source}, key {keys.key_id[:6]}…{rest}")


def _services(settings: Settings, chosen: Options, caller: Caller, *, send: bool) -> list[Finding]:
    findings = []
    if settings.region or settings.endpoints.get("cms"):
        findings.append(_metrics(settings, chosen, caller, send=send))
    else:
        findings.append(Finding("metrics", BAD, "no region: set FLOWVIGIL_REGION or export the settings anew"))
    return findings + [_log(settings, chosen, caller, place, send=send) for place in settings.places()]


def _metrics(settings: Settings, chosen: Options, caller: Caller, *, send: bool) -> Finding:
    try:
        endpoint = cms_endpoint(settings, vpc=chosen.vpc)
    except ValueError as error:
        return Finding("metrics", BAD, str(error))
    now = time.time()
    point = Point(TEST_METRIC, "doctor", settings.service, contract.NO_GROUP, 60, int(now // 60 * 60_000), 1.0, 1.0)
    deliver = partial(CmsSink(endpoint, caller).deliver, [point], now, TIMEOUT_S)
    return _attempt("metrics", endpoint, "cms:PutCustomMetric", deliver, send=send)


def _log(settings: Settings, chosen: Options, caller: Caller, place: Place, *, send: bool) -> Finding:
    try:
        endpoint = log_endpoint(settings, vpc=chosen.vpc)
    except ValueError as error:
        return Finding("logs", BAD, str(error))
    now = time.time()
    payload = reporter_parcel(now, {contract.EVENT: "doctor", contract.SERVICE: settings.service}, as_log).payload
    deliver = partial(LogSink(endpoint, *place, "doctor", caller).deliver, [payload], now, TIMEOUT_S)
    where = f"{endpoint}, {place.project}/{place.logstore}"
    return _attempt("logs", where, "log:PostLogStoreLogs", deliver, send=send)


def _attempt(check: str, where: str, action: str, attempt: Callable[[], Verdict], *, send: bool) -> Finding:
    if not send:
        return Finding(check, SKIPPED, f"{where}: give --send to send one test entry")
    verdict = attempt()
    if verdict.kind is Kind.AT_ONCE:
        verdict = attempt()
    if verdict.kind is Kind.DELIVERED:
        return Finding(check, OK, f"{where}: a test entry was accepted")
    if verdict.reason == "no_answer":
        return Finding(check, UNREACHABLE, f"{where}: {verdict.message}; check the endpoint, the network and the proxy")
    if verdict.reason == "denied":
        return Finding(check, BAD, f"the RAM action {action} is missing: {verdict.message}")
    return Finding(check, BAD, f"{verdict.reason}: {verdict.message}")


def _clock(caller: Caller, *, asked: bool) -> Finding:
    if not asked:
        return Finding("clock", SKIPPED, "give --send to compare with the service's clock")
    if not caller.heard:
        return Finding("clock", SKIPPED, "no service has answered with its time")
    if caller.skew_s:
        return Finding("clock", BAD, f"{caller.skew_s:.0f} s off the service's; points would carry wrong times")
    return Finding("clock", OK, "agrees with the service's to 5 minutes")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
