"""One request from routing to outcome: which action it is, who calls, its effect and its line in the journal."""

from __future__ import annotations

import sys
import traceback
from dataclasses import replace
from typing import Any

from flowvigil.emulator import services  # noqa: F401 - fills the registry
from flowvigil.emulator.accounts import DEFAULT, Caller
from flowvigil.emulator.call import Call, Reply
from flowvigil.emulator.errors import CloudError, unknown_host, unsupported
from flowvigil.emulator.faults import Fault
from flowvigil.emulator.recording import asked, touched
from flowvigil.emulator.redaction import redact
from flowvigil.emulator.registry import Action, find_rest, find_rpc
from flowvigil.emulator.wire import SLS_SUFFIX, Incoming, failure, rpc_success, unflatten
from flowvigil.emulator.world import World

POP_PATH = "/open-api"
LOOPBACK = frozenset(("127.0.0.1", "localhost", "[::1]"))


class Exchange:
    """Routing happens at once and never raises: an unroutable request carries its error until `act`."""

    def __init__(self, world: World, request: Incoming, request_id: str) -> None:
        self.world, self.request, self.request_id = world, request, request_id
        self.flat: dict[str, str] = {}
        self.params: dict[str, Any] = {}
        self.path: dict[str, str] = {}
        self.action: Action | None = None
        self.account = ""
        self.service = "sls" if request.is_sls else "rpc"
        self.name = f"{request.method} {request.path}" if request.is_sls else ""
        self.error: CloudError | None = None
        self.warnings: list[str] = []
        try:
            self._route()
        except CloudError as error:
            self.error = error

    @property
    def mutates(self) -> bool:
        return self.action is not None and self.action.mutates

    def act(self) -> Reply:
        """The effect and its journal line, in one transaction, and the answer to both."""
        try:
            with self.world.state.transaction():
                payload = self._effect()
                self._write("200")
        except CloudError as error:
            self._note(error.code)
            return self._failure(error)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            self._note("EmulatorFault")
            return self._failure(
                CloudError(400, "EmulatorFault", f"the emulator failed on {self.name}: please report it")
            )
        reply = payload if isinstance(payload, Reply) else Reply(payload)
        pop = self.request.path.startswith(POP_PATH)
        return (
            reply
            if self.request.is_sls and not pop
            else replace(reply, payload=rpc_success(reply.payload, self.request_id))
        )

    def refuse(self, fault: Fault) -> Reply:
        """The answer of a planted failure."""
        why = "Request was denied due to user flow control." if fault.kind == "throttle" else "planted by a test"
        error = CloudError(fault.status, fault.code, why)
        self._note(fault.code)
        return self._failure(error)

    def _failure(self, error: CloudError) -> Reply:
        sls = self.request.is_sls and not self.request.path.startswith(POP_PATH)
        return Reply(failure(error, self.request_id, self.request.host, sls=sls), error.status)

    def record(self, outcome: str) -> None:
        """Journal a request that never came to its effect."""
        self._note(outcome)

    def _route(self) -> None:
        request = self.request
        self.flat = request.everything()
        if request.is_sls and request.path.startswith(POP_PATH):
            self._route_rpc()
        elif request.is_sls:
            self.params = dict(request.query)
            kind = str(self.params.get("type", ""))
            found = find_rest(request.method, request.path, on_project=bool(request.project), kind=kind)
            if found is None:
                raise unsupported(f"{request.method} {request.path} of {request.project or SLS_SUFFIX}")
            self.action, self.path = found
        elif request.host not in LOOPBACK:
            raise unknown_host(request.host)
        else:
            self._route_rpc()
        assert self.action is not None
        self.service, self.name = self.action.service, self.action.name

    def _route_rpc(self) -> None:
        self.name = self.flat.get("Action") or self.request.headers.get("x-acs-action", "")
        version = self.flat.get("Version") or self.request.headers.get("x-acs-version", "")
        self.action = find_rpc(version, self.name)
        if self.action is None:
            what = f"{self.name} ({version})" if self.name else f"{self.request.method} {self.request.path}"
            raise unsupported(what)
        self.params = unflatten(self.flat)

    def _effect(self) -> Any:
        if self.error or self.action is None:
            raise self.error or unsupported(self.name)
        caller = self._caller(self.action)
        self.account = caller.account
        if self.world.switches.on("qps_limits"):
            self.world.rates.count(caller.account, f"{self.service}:{self.name}", self.world.now())
        self.world.accounts.allow(caller, self.action.ram)
        call = Call(
            self.world.tenant(caller),
            self.params,
            self.path,
            self.request.project if self.request.is_sls else "",
            self.request.body,
            self.request.headers,
            len(self.request.body) + sum(len(name) + len(value) for name, value in self.request.query.items()),
            self.warnings,
        )
        return self.action.handler(call)

    def _caller(self, action: Action) -> Caller:
        key = self.request.access_key(self.flat)
        if action.unsigned and not key:
            return Caller(DEFAULT)
        return self.world.accounts.caller(key, self.request.security_token(self.flat), self.world.now())

    def _note(self, outcome: str) -> None:
        with self.world.state.transaction():
            self._write(outcome)

    def _write(self, outcome: str) -> None:
        self.world.journal.add(
            {
                "time": self.world.now(),
                "account": self.account,
                "service": self.service,
                "action": self.name,
                "resource": touched(self.request, self.action, self.params, self.path),
                "mutates": self.mutates,
                "outcome": outcome,
                "host": self.request.host,
                **({"warnings": self.warnings} if self.warnings else {}),
                "request": redact(asked(self.request, self.params)),
            }
        )
