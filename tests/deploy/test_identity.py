"""A machine without credentials hears how to get some, whichever call is the first."""

import pytest
from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_credentials.provider.default import DefaultCredentialsProvider

from flowvigil.deploy.cloud import Access, Cloud, CloudError
from flowvigil.deploy.identity import NoCredentials, source

HOW = (
    "no credentials on this machine: use a RAM role, `aliyun configure`, or set ALIBABA_CLOUD_ACCESS_KEY_ID and "
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
)


@pytest.fixture(autouse=True)
def nothing(monkeypatch):
    """The vendor's chain on a machine without profile, key or instance."""

    def refuse(_provider):
        raise CredentialException("unable to load credentials from any of the providers in the chain: ['Env…']")

    monkeypatch.setattr(DefaultCredentialsProvider, "get_credentials", refuse)


def test_a_call_without_credentials_says_how_to_get_some_and_does_not_blame_the_service():
    cloud = Cloud(Access("cn-hangzhou", {"cms": "127.0.0.1:9"}, "HTTP"))
    with pytest.raises(CloudError) as told:
        list(cloud.contacts())
    assert str(told.value) == HOW


def test_who_asks_for_the_source_hears_the_same():
    with pytest.raises(NoCredentials) as told:
        source(Access("cn-hangzhou", {}))
    assert str(told.value) == HOW
