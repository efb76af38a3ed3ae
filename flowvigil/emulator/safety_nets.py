"""Calls that the provider makes before it knows better: answered so that nothing leaves this machine."""

from __future__ import annotations

from typing import Any

from flowvigil.emulator.call import Call
from flowvigil.emulator.registry import rpc

PROVIDER = "provider source 1.285.0"


@rpc("location", "DescribeEndpoints", source=PROVIDER)
def endpoints(call: Call) -> dict[str, Any]:
    """No endpoint for any product: the provider then uses what its settings name."""
    return {"Endpoints": {"Endpoint": []}, "ServiceCode": call.text("ServiceCode")}


@rpc("bss", "QueryAvailableInstances", source=PROVIDER)
def instances(_call: Call) -> dict[str, Any]:
    """No bought instance; that the call succeeds tells the provider that the account is a domestic one."""
    return {"Data": {"TotalCount": 0, "PageNum": 1, "PageSize": 50, "InstanceList": []}}
