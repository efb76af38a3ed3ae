"""Who is calling, and temporary credentials that really work on this emulator until they expire."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timezone
from typing import Any

from flowvigil.emulator.accounts import EVERYONE
from flowvigil.emulator.call import Call
from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.ram.errors import absent
from flowvigil.emulator.ram.models import ROLE
from flowvigil.emulator.registry import rpc

ARN = re.compile(r"acs:ram::(\d+):role/([A-Za-z0-9.-]+)")
SHORTEST_S, LONGEST_S, USUAL_S = 900, 43200, 3600


@rpc("sts", "GetCallerIdentity", source="STS API GetCallerIdentity")
def identity(call: Call) -> dict[str, Any]:
    account, role = call.tenant.account, call.tenant.role
    arn = f"acs:ram::{account}:assumed-role/{role}/session" if role else f"acs:ram::{account}:root"
    kind = "AssumedRoleUser" if role else "Account"
    return {"AccountId": account, "UserId": account, "Arn": arn, "IdentityType": kind, "PrincipalId": account}


@rpc("sts", "AssumeRole", source="STS API AssumeRole", resource=("RoleArn",))
def assume(call: Call) -> dict[str, Any]:
    return _assume(call)


@rpc(
    "sts",
    "AssumeRoleWithOIDC",
    source="STS API AssumeRoleWithOIDC; the token is not verified",
    resource=("RoleArn",),
    unsigned=True,
)
def assume_with_oidc(call: Call) -> dict[str, Any]:
    call.must("OIDCProviderArn")
    call.must("OIDCToken")
    return _assume(call)


def _assume(call: Call) -> dict[str, Any]:
    found = ARN.fullmatch(call.must("RoleArn"))
    if found is None:
        raise CloudError(400, "InvalidParameter.RoleArn", "RoleArn is of the form acs:ram::<account>:role/<name>.")
    account, role = found.groups()
    session = call.must("RoleSessionName")
    lifetime = call.number("DurationSeconds", USUAL_S)
    if not SHORTEST_S <= lifetime <= LONGEST_S:
        raise CloudError(400, "InvalidParameter.DurationSeconds", f"DurationSeconds is {SHORTEST_S} to {LONGEST_S}.")
    known = {name.lower() for name in call.tenant.state.all(ROLE, account)}
    if call.tenant.switches.on("assume_role_exists") and role.lower() not in known:
        raise absent("Role", role)
    expires = call.tenant.now() + lifetime * 1000
    key, secret, token = f"STS.{secrets.token_hex(12)}", secrets.token_urlsafe(30), secrets.token_urlsafe(60)
    body = {"account": account, "role": role, "token": token, "expires": expires}
    call.tenant.state.put("session", EVERYONE, key, body)
    until = datetime.fromtimestamp(expires / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    who = {"Arn": f"acs:ram::{account}:assumed-role/{role}/{session}", "AssumedRoleId": f"{account}:{session}"}
    credentials = {"AccessKeyId": key, "AccessKeySecret": secret, "SecurityToken": token, "Expiration": until}
    return {"Credentials": credentials, "AssumedRoleUser": who}
