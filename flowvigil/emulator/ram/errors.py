"""The error codes of RAM, each with the status it comes with."""

from __future__ import annotations

from flowvigil.emulator.errors import CloudError


def absent(kind: str, name: str) -> CloudError:
    """`EntityNotExist.Role`, `EntityNotExist.Policy`, …"""
    return CloudError(404, f"EntityNotExist.{kind}", f"The {kind.lower()} does not exist: {name}")


def present(kind: str, name: str) -> CloudError:
    """`EntityAlreadyExists.Role`, …"""
    return CloudError(409, f"EntityAlreadyExists.{kind}", f"The {kind.lower()} already exists: {name}")


def invalid(what: str, why: str) -> CloudError:
    return CloudError(400, f"InvalidParameter.{what}", why)


def conflict(what: str, why: str) -> CloudError:
    """Something still hangs on it: `DeleteConflict.Role.Policy`, …"""
    return CloudError(409, f"DeleteConflict.{what}", why)
