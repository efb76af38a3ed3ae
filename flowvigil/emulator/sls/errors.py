"""The error codes of Log Service, each with the status it comes with."""

from __future__ import annotations

from flowvigil.emulator.errors import CloudError


def absent(kind: str, name: str) -> CloudError:
    """`ProjectNotExist`, `LogStoreNotExist`, …: the code is made of the kind of object."""
    return CloudError(404, f"{kind}NotExist", f"{kind} {name} does not exist")


def present(kind: str, name: str) -> CloudError:
    """`ProjectAlreadyExist`, …: one of that name is there."""
    return CloudError(400, f"{kind}AlreadyExist", f"{kind} {name} already exists")


def invalid(message: str) -> CloudError:
    """A parameter is missing or wrong."""
    return CloudError(400, "ParameterInvalid", message)
