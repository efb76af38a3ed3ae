"""Fills the pretend cloud with what the specs say exists already, so that a stack on it comes up like a real one.

Speaks to the emulator alone, unsigned; on a real account nothing that exists is ever written.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from flowvigil.provisioner.logs import SEPARATORS, index_fields, own_place, place

from .project import Target

SLS = "httpsls.test"
"""The endpoint name under which the emulator is Log Service."""

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def furnish(target: Target, address: str, key: str, token: str = "") -> list[str]:
    """Add what is missing in the account of an access key or session; returns what was added, for people."""
    pretend = _Pretend(address, key, token)
    return [
        *(f"contact {one}" for one in _contacts(target) if pretend.contact(one)),
        *(f"contact group {one}" for one in _groups(target) if pretend.group(one)),
        *(f"log project {one}" for one in _projects(target) if pretend.project(one)),
        *(f"logstore {store} of {project}" for project, store in _stores(target) if pretend.store(project, store)),
        *(
            f"index of logstore {store} of {project}"
            for project, store in _stores(target)
            if pretend.index(project, store, target)
        ),
    ]


def _groups(target: Target) -> Iterator[str]:
    return (group.name for group in target.monitors.groups if group.existing)


def _contacts(target: Target) -> list[str]:
    channels = [channel for group in target.monitors.groups for channel in group.channels]
    return list(dict.fromkeys(channel.contact for channel in channels if channel.contact))


def _stores(target: Target) -> list[tuple[str, str]]:
    home = own_place(target.stack)
    places = [place(home, monitor) for monitor in target.monitors.monitors]
    return list(dict.fromkeys((one.project, one.logstore) for one in places if one != home))


def _projects(target: Target) -> list[str]:
    named = [target.stack.log_project] if target.stack.log_project else []
    return list(dict.fromkeys([*named, *(project for project, _ in _stores(target))]))


class _Pretend:
    """One account of the emulator; each method adds one object and says whether it was missing."""

    def __init__(self, address: str, key: str, token: str) -> None:
        self._address, self._key, self._token = address, key, token

    def contact(self, name: str) -> bool:
        rows = self._cms("DescribeContactList", ContactName=name)["Contacts"]["Contact"]
        if any(row["Name"] == name for row in rows):
            return False
        mail = {"Channels.Mail": "somebody@example.com"}
        self._cms("PutContact", ContactName=name, Describe="exists already", **mail)
        return True

    def group(self, name: str) -> bool:
        rows = self._cms("DescribeContactGroupList", PageNumber="1", PageSize="100")["ContactGroupList"]["ContactGroup"]
        if any(row["Name"] == name for row in rows):
            return False
        self._cms("PutContactGroup", ContactGroupName=name, Describe="exists already")
        return True

    def project(self, name: str) -> bool:
        missing = self._sls("GET", f"{name}.{SLS}", "/") == 404
        return missing and self._sls("POST", SLS, "/", {"projectName": name, "description": "exists already"}) == 200

    def store(self, project: str, name: str) -> bool:
        host = f"{project}.{SLS}"
        missing = self._sls("GET", host, f"/logstores/{name}") == 404
        return missing and self._sls("POST", host, "/logstores", {"logstoreName": name, "ttl": 30}) == 200

    def index(self, project: str, store: str, target: Target) -> bool:
        host, path = f"{project}.{SLS}", f"/logstores/{store}/index"
        split = {"token": list(SEPARATORS)}
        kinds = index_fields(target.monitors)
        keys = {name: {"type": kind, "doc_value": True, **(split if kind == "text" else {})} for name, kind in kinds}
        missing = self._sls("GET", host, path) == 404
        return missing and self._sls("POST", host, path, {"keys": keys, "line": split}) == 200

    def _cms(self, action: str, **params: str) -> Any:
        query = {
            "Action": action,
            "Version": "2019-01-01",
            "AccessKeyId": self._key,
            "SecurityToken": self._token,
            **params,
        }
        with self._open("POST", f"/?{urllib.parse.urlencode(query)}") as answer:
            return json.load(answer)

    def _sls(self, method: str, host: str, path: str, body: object = None) -> int:
        headers = {"Host": host, "Authorization": f"LOG {self._key}:none", "Content-Type": "application/json"}
        headers |= {"x-acs-security-token": self._token} if self._token else {}
        try:
            with self._open(method, path, headers, body) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def _open(self, method: str, path: str, headers: Mapping[str, str] = NO_HEADERS, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{self._address}{path}", data, dict(headers), method=method)
        return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10)
