"""Who is calling: access keys to accounts, temporary credentials, and what RAM denies them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from flowvigil.emulator.errors import CloudError
from flowvigil.emulator.state import Body, State

DEFAULT = "1000000000000001"
EVERYONE = "-"


@dataclass(frozen=True)
class Caller:
    """`role` is empty for an account's own key."""

    account: str
    role: str = ""


@dataclass
class Accounts:
    """`keys` maps access key ids to accounts; when it is empty every key belongs to the default account."""

    state: State
    keys: Mapping[str, str] = field(default_factory=dict)

    def caller(self, key: str, token: str, now: int) -> Caller:
        """The account behind an access key id, or the error of a key that nobody has."""
        session = self.state.get("session", EVERYONE, key)
        if session:
            return _session(session, token, now)
        if not self.keys:
            return Caller(DEFAULT)
        if key not in self.keys:
            raise CloudError(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
        return Caller(self.keys[key])

    def allow(self, caller: Caller, grant: str) -> None:
        """Refuse `grant` (for example `cms:PutContact`) when a rule for this account or role denies it."""
        for name in (caller.account, f"{caller.account}/{caller.role}"):
            rule = self.state.get("denial", EVERYONE, name)
            if rule and (_among(grant, rule["deny"]) or (rule["allow"] and not _among(grant, rule["allow"]))):
                raise CloudError(
                    403, "NoPermission", f"You are not authorized to do this operation. Action: {grant}, caller: {name}"
                )

    def restrict(self, account: str, role: str, deny: list[str], allow: list[str]) -> None:
        """Set what an account, or one role of it, may not do; `allow` that is not empty denies the rest."""
        name = f"{account}/{role}" if role else account
        if deny or allow:
            self.state.put("denial", EVERYONE, name, {"deny": deny, "allow": allow})
        else:
            self.state.drop("denial", EVERYONE, name)


def _session(session: Body, token: str, now: int) -> Caller:
    if now > session["expires"]:
        raise CloudError(403, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")
    if token != session["token"]:
        raise CloudError(403, "InvalidSecurityToken.MismatchWithAccessKey", "The token does not belong to this key.")
    return Caller(session["account"], session["role"])


def _among(grant: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(grant, pattern) for pattern in patterns)
