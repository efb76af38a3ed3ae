"""As whom calls go out: which source of credentials answers first, and the account that STS says it is."""

from __future__ import annotations

from dataclasses import dataclass

from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_credentials.provider.default import DefaultCredentialsProvider

from .cloud import NO_CREDENTIALS, Access, Cloud

SOURCES = {
    "env": "the environment (ALIBABA_CLOUD_ACCESS_KEY_ID)",
    "oidc_role_arn": "a role assumed with an OIDC token (RRSA, CI)",
    "cli_profile": "the profile of the aliyun command line",
    "profile": "the credentials file",
    "ecs_ram_role": "the instance's RAM role",
    "credential_uri": "ALIBABA_CLOUD_CREDENTIALS_URI",
}
"""The vendor's default chain, in its order, in words for a person."""


class NoCredentials(Exception):  # noqa: N818 - the name other rooms read in an except clause
    """The vendor's default chain finds no credentials on this machine."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Where the credentials come from and the number of the account they belong to."""

    source: str
    account: str


def source(access: Access) -> str:
    """Where the credentials come from, in words. Raises NoCredentials."""
    if access.access_key:
        return "the stack's configuration"
    if access.federated:
        return SOURCES["oidc_role_arn"]
    try:
        name: str = DefaultCredentialsProvider().get_credentials().get_provider_name()
    except CredentialException as error:
        raise NoCredentials(NO_CREDENTIALS) from error
    return SOURCES.get(name.split("/")[1], name)


def identity(access: Access) -> Identity:
    """Ask STS who we are. Raises NoCredentials, or CloudError if the call fails."""
    return Identity(source(access), Cloud(access).account())
