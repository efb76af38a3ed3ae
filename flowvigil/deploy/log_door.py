"""Reads Log Service: whether a project is there, holds a store, and the store an index; what a query answers.

One GET each, signed as the reporter's PutLogs is (Log Service, request signature). Knows no plan.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from email.utils import formatdate
from http.client import HTTPException
from typing import Any
from urllib.parse import quote

from alibabacloud_credentials.client import Client as Credentials

from flowvigil.reporter.wire.rpc import Keys
from flowvigil.reporter.wire.sls import signature

from .cloud import Cloud, CloudError

NOT_THERE = ("ProjectNotExist", "LogStoreNotExist", "IndexConfigNotExist")


class LogDoor:
    """One account's Log Service. `emulator` is the address of a pretend one, which is reached by the Host header."""

    def __init__(self, cloud: Cloud, emulator: str = "", wait_s: float = 5.0) -> None:
        self._cloud, self._emulator, self._wait_s = cloud, emulator, wait_s

    def has_project(self, project: str) -> bool:
        """Whether the caller's account has the project. Raises CloudError if that cannot be asked."""
        return self._there(project, "/")

    def has_store(self, project: str, store: str) -> bool:
        """Whether the store is there. Raises CloudError if that cannot be asked."""
        return self._there(project, f"/logstores/{store}")

    def has_index(self, project: str, store: str) -> bool:
        """Whether the store has an index. Raises CloudError if that cannot be asked."""
        return self._there(project, f"/logstores/{store}/index")

    def rows(self, project: str, store: str, query: str, start_s: int, end_s: int) -> list[Mapping[str, Any]]:
        """What a query with SQL answers for a span of time (GetLogs); nothing where there is no store or index yet.

        Raises CloudError if that cannot be asked.
        """
        asked = {"from": start_s, "line": 100, "query": query, "to": end_s, "type": "log"}
        found = self._got(project, f"/logstores/{store}", asked)
        return json.loads(found) if found else []

    def _there(self, project: str, path: str) -> bool:
        return self._got(project, path, {}) is not None

    def _got(self, project: str, path: str, asked: Mapping[str, object]) -> bytes | None:
        """The answer, None if what is asked for is not there."""
        code, message, body = self._answer(project, path, asked, _keys(self._cloud))
        if code and code not in NOT_THERE:
            raise CloudError(f"GET {path} of log project {project}: {code}: {message}", code)
        return None if code else body

    def _answer(self, project: str, path: str, asked: Mapping[str, object], keys: Keys) -> tuple[str, str, bytes]:
        """Code and message of the service's refusal, both empty if it answers, and the answer.

        Parameters are signed as they are and sent quoted.
        """
        access = self._cloud.caller()
        host = f"{project}.{access.endpoints.get('log', f'{access.region}.log.aliyuncs.com')}"
        base = f"http://{self._emulator}" if self._emulator else f"{access.protocol.lower()}://{host}"
        plain, quoted = _parameters(asked, str), _parameters(asked, lambda value: quote(value, safe=""))
        headers = _headers(host, path + plain, keys)
        request = urllib.request.Request(base + path + quoted, headers=headers)  # noqa: S310 - from the stack
        proxies = urllib.request.ProxyHandler({}) if self._emulator else urllib.request.ProxyHandler()
        try:
            with urllib.request.build_opener(proxies).open(request, timeout=self._wait_s) as answer:
                return "", "", answer.read()
        except urllib.error.HTTPError as error:
            with error:
                told = _document(error.read())
            return str(told.get("errorCode") or error.code), str(told.get("errorMessage", error.reason)), b""
        except (OSError, HTTPException, ValueError) as error:
            raise CloudError(f"log project {project}: no answer: {error}") from error


def _parameters(asked: Mapping[str, object], form: Callable[[str], str]) -> str:
    """The query string, sorted; empty without parameters."""
    return "?" + "&".join(f"{name}={form(str(asked[name]))}" for name in sorted(asked)) if asked else ""


def _headers(host: str, path: str, keys: Keys) -> dict[str, str]:
    headers = {"Host": host, "Date": formatdate(usegmt=True), "x-log-apiversion": "0.6.0", "x-log-bodyrawsize": "0"}
    headers |= {"x-log-signaturemethod": "hmac-sha1", "User-Agent": "flowvigil"}
    headers |= {"x-acs-security-token": keys.token} if keys.token else {}
    return {**headers, "Authorization": f"LOG {keys.key_id}:{signature('GET', path, headers, keys)}"}


def _keys(cloud: Cloud) -> Keys:
    """The caller's keys: the stack's own, else what the vendor's default chain finds."""
    access = cloud.caller()
    if access.access_key:
        return Keys(access.access_key, access.secret_key, access.token)
    try:
        found = Credentials().get_credential()
    except Exception as error:
        raise CloudError(f"no credentials on this machine: {error}") from error
    return Keys(found.access_key_id, found.access_key_secret, found.security_token or "")


def _document(text: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
