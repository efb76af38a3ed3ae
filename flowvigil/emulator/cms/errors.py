"""The error codes of CloudMonitor, each with the status it comes with."""

from __future__ import annotations

from flowvigil.emulator.errors import CloudError


def invalid(message: str) -> CloudError:
    """A parameter is missing or wrong (documented: 400 ParameterInvalid)."""
    return CloudError(400, "ParameterInvalid", message)


def missing(what: str) -> CloudError:
    """The object is not there (documented: 404 ResourceNotFound)."""
    return CloudError(404, "ResourceNotFound", f"The specified resource is not found: {what}")


def quota(what: str, limit: int) -> CloudError:
    """More than the account may have (the provider knows the code ExceedingQuota)."""
    return CloudError(400, "ExceedingQuota", f"The quota of {what} is exceeded: at most {limit}.")


def no_contact_group(name: str) -> CloudError:
    """A named contact group is not there (documented: 404 ContactGroup.NotExists)."""
    return CloudError(404, "ContactGroup.NotExists", f"The contact group does not exist: {name}")
