"""The account behind a stack: the emulator, or the credentials, whose they are, and the clock."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from flowvigil.provisioner.stack import EMULATOR_KEY

from ..cloud import CloudError, access_from_config
from ..identity import NoCredentials, identity
from ..project import encrypted
from .check import Check, bad, missing, ok, warn

NOTABLE_S, REFUSED_S = 60, 900
"""Signed requests whose time is a quarter of an hour off are refused (InvalidTimeStamp.Expired); assumed for CMS."""


def account_checks(config: Mapping[str, Any]) -> Iterator[Check]:
    """The account of one stack, from a configuration that `load_stack` takes."""
    address = config.get(EMULATOR_KEY)
    if address and not emulator_runs(str(address)):
        command = f"flowvigil run emulator --port {str(address).rpartition(':')[2]} --state .flowvigil/emulator"
        yield warn("pretend cloud", f"does not run on {address}", f"`flowvigil up` starts it; or {command}")
        return
    if address:
        yield ok("pretend cloud", f"runs on {address}")
    yield _credentials(config)
    yield clock(_door(config))


def emulator_runs(address: str) -> bool:
    """Whether our emulator answers there."""
    try:
        from flowvigil.emulator import health
    except ModuleNotFoundError:
        return False
    return bool(health(address))


def _credentials(config: Mapping[str, Any]) -> Check:
    wanted = str(config.get("alicloud:accountId", ""))
    if encrypted(config.get("alicloud:accessKey")):
        return warn("credentials", "encrypted in the stack's configuration, not tried", "try them: flowvigil verify")
    try:
        found = identity(access_from_config(config))
    except NoCredentials as error:
        return missing("credentials", "none", str(error))
    except CloudError as error:
        return missing("credentials", str(error), "mend the network, or use credentials that STS accepts")
    if found.account != wanted:
        right = f"use credentials of {wanted}, or correct alicloud:accountId"
        return bad("credentials", f"from {found.source}, of account {found.account}", right)
    return ok("credentials", f"from {found.source}, of account {wanted}")


def _door(config: Mapping[str, Any]) -> str:
    access = access_from_config(config)
    host = access.endpoints.get("cms", f"metrics.{access.region}.aliyuncs.com")
    return f"{access.protocol.lower()}://{host}/"


def clock(url: str) -> Check:
    """This machine's clock against the one that the endpoint states; its answer tells whole seconds."""
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}) if "127.0.0.1" in url else urllib.request.ProxyHandler()
    )
    request = urllib.request.Request(url, method="HEAD")  # noqa: S310
    try:
        with opener.open(request, timeout=4) as answer:
            stated = answer.headers["Date"]
    except urllib.error.HTTPError as error:
        stated = error.headers["Date"]
    except OSError as error:
        return missing("clock", f"{url} does not answer: {error}", "mend the network, or name a proxy in HTTPS_PROXY")
    return skew(parsedate_to_datetime(stated).timestamp() - time.time(), url) if stated else ok("clock", "not stated")


def skew(seconds: float, url: str) -> Check:
    """How far this machine's clock is off, and whether that matters."""
    text = f"{abs(seconds):.0f} s {'behind' if seconds > 0 else 'ahead of'} {url}"
    if abs(seconds) >= REFUSED_S:
        return bad("clock", text, "set the clock: signed requests are refused")
    return warn("clock", text, "set the clock") if abs(seconds) >= NOTABLE_S else ok("clock", text)
