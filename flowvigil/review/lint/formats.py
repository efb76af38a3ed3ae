"""Findings for machines: JSON, SARIF 2.1.0, JUnit's XML, GitHub's workflow commands.

Every text is already safe to print; each format adds its own escaping.
Sources: OASIS SARIF 2.1.0; GitHub, "Workflow commands"; the JUnit schema of Jenkins' xunit plug-in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from .check import Grade
from .checks import CHECKS
from .finding import Finding, visible

_SARIF = {Grade.ERROR: "error", Grade.WARNING: "warning", Grade.INFO: "note"}
_GITHUB = {Grade.ERROR: "error", Grade.WARNING: "warning", Grade.INFO: "notice"}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_json(findings: Sequence[Finding], lang: str) -> dict[str, Any]:
    """One document: every finding with its place."""
    return {"problems": [_row(one, lang) for one in findings]}


def _row(one: Finding, lang: str) -> dict[str, Any]:
    return {
        "file": visible(one.file),
        "line": one.line,
        "column": one.column,
        "path": one.path,
        "id": one.id,
        "severity": one.grade.value,
        "message": one.message(lang),
        "fix": one.fix(lang),
    }


def sarif(findings: Sequence[Finding], lang: str) -> dict[str, Any]:
    """One SARIF log with one run; its rules are the checks that fired."""
    ids = list(dict.fromkeys(one.id for one in findings))
    driver = {"name": "flowvigil", "rules": [_rule(id_, lang) for id_ in ids]}
    results = [_result(one, ids.index(one.id), lang) for one in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(id_: str, lang: str) -> dict[str, Any]:
    known = CHECKS.get(id_)
    if known is None:
        return {"id": id_, "defaultConfiguration": {"level": "error"}}
    which = 1 if lang == "zh" else 0
    return {
        "id": id_,
        "shortDescription": {"text": known.why[which]},
        "defaultConfiguration": {"level": _SARIF[known.grade]},
    }


def _result(one: Finding, index: int, lang: str) -> dict[str, Any]:
    region = {"startLine": one.line, "startColumn": one.column, "endColumn": one.column + one.width}
    uri = "/".join(_quoted(part) for part in one.file.replace("\\", "/").split("/"))
    return {
        "ruleId": one.id,
        "ruleIndex": index,
        "level": _SARIF[one.grade],
        "message": {"text": _whole(one, lang)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
        "partialFingerprints": {"keys/v1": f"{one.id} {one.path}"},
    }


def _quoted(part: str) -> str:
    from urllib.parse import quote

    return quote(part)


def _whole(one: Finding, lang: str) -> str:
    return f"{one.message(lang)}; {one.fix(lang)}" if one.fix(lang) else one.message(lang)


def junit(findings: Sequence[Finding], lang: str) -> str:
    """One suite: a test case per file and check; a folder without findings is one that passes."""
    from xml.sax.saxutils import escape, quoteattr

    rows = []
    grouped = sorted(findings, key=lambda one: (one.file, one.id))
    for (file, id_), some in groupby(grouped, key=lambda one: (one.file, one.id)):
        found = list(some)
        text = escape("\n".join(one.text(lang) for one in found))
        kind = "skipped" if found[0].grade is Grade.INFO else "failure"
        about = quoteattr(_whole(found[0], lang))
        rows.append(f"  <testcase classname={quoteattr(visible(file))} name={quoteattr(id_)}>")
        rows.append(f"    <{kind} message={about}>{text}</{kind}>\n  </testcase>")
    cases = len(rows) // 2 or 1
    failures = sum(row.startswith("    <failure") for row in rows)
    skipped = len(rows) // 2 - failures
    head = f'<testsuite name="flowvigil lint" tests="{cases}" failures="{failures}" errors="0" skipped="{skipped}">'
    body = rows or ['  <testcase classname="monitors" name="lint"/>']
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *body, "</testsuite>"])


def github(findings: Iterable[Finding], lang: str) -> str:
    """One workflow command per finding; nothing in a spec can begin another command."""
    return "\n".join(_command(one, lang) for one in findings)


def _command(one: Finding, lang: str) -> str:
    places: Mapping[str, object] = {
        "file": visible(one.file),
        "line": one.line,
        "col": one.column,
        "endColumn": one.column + one.width,
        "title": one.id,
    }
    shown = ",".join(f"{key}={_property(str(value))}" for key, value in places.items())
    return f"::{_GITHUB[one.grade]} {shown}::{_data(_whole(one, lang))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
