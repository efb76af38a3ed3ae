"""Reads CloudMonitor through the vendor's own client: what exists under which name.

Facts of the calls: CloudMonitor API reference 2019-01-01. Knows nothing of plans.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from alibabacloud_credentials.client import Client as Credentials
from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_credentials.models import Config as CredentialsConfig
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from alibabacloud_tea_util.models import RuntimeOptions
from darabonba.policy.retry import RetryOptions

from .assumed import ENDPOINTS, Federated, Role, federated_from, role_from_config
from .project import encrypted

PAGE = 100
BUSY = {
    "maxAttempts": 5,
    "errorCode": ["Throttling", "Throttling.User", "Throttling.Api", "ServiceUnavailable"],
    "exception": ["ThrottlingException", "ServerException"],
    "backoff": {"policy": "EqualJitter", "period": 500, "cap": 8_000},
}
"""When a call is made again; times in milliseconds. A refused call has had no effect (CMS: 20 calls a second)."""
NO_CREDENTIALS = (
    "no credentials on this machine: use a RAM role, `aliyun configure`, or set ALIBABA_CLOUD_ACCESS_KEY_ID "
    "and ALIBABA_CLOUD_ACCESS_KEY_SECRET"
)
logging.getLogger("credentials").disabled = True  # it prints a traceback for each source that has no answer
VERSIONS = {"cms": "2019-01-01", "ram": "2015-05-01", "sts": "2015-04-01"}


class CloudError(Exception):
    """A call failed; the text names the call, the code and, for a denial, the RAM action that is missing.

    `code`, `status` and `message` are the service's, empty and 0 where none answered.
    """

    def __init__(self, text: str, code: str = "", status: int = 0, message: str = "") -> None:
        super().__init__(text)
        self.code, self.status, self.message = code, status, message


@dataclass(frozen=True, slots=True)
class Access:
    """Where to call and as whom. Without keys the vendor's default credential chain decides."""

    region: str
    endpoints: Mapping[str, str]
    protocol: str = "HTTPS"
    access_key: str = ""
    secret_key: str = ""
    token: str = ""
    role: Role | None = None
    federated: Federated | None = None


def access_from_config(config: Mapping[str, Any]) -> Access:
    """The provider's own settings (`alicloud:*`) as access; a value that is still encrypted counts as not there."""

    def text(key: str, default: str = "") -> str:
        value = config.get(f"alicloud:{key}", default)
        return "" if encrypted(value) else str(value)

    endpoints = config.get(ENDPOINTS) or [{}]
    return Access(
        region=text("region"),
        endpoints=endpoints[0],
        protocol=text("protocol", "HTTPS"),
        access_key=text("accessKey"),
        secret_key=text("secretKey"),
        token=text("securityToken"),
        role=role_from_config(config),
        federated=federated_from(config, os.environ),
    )


class Cloud:
    """Read-mostly access to one account's CloudMonitor."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._clients: dict[str, Client] = {}
        self._keyed: Access | None = None
        self._assumed: Access | None = None

    def account(self) -> str:
        """The account's number, as STS says."""
        return str(self._call("sts", "GetCallerIdentity", {})["AccountId"])

    def rules(self, namespace: str) -> Iterator[dict[str, Any]]:
        """All alarm rules on metrics of the namespace, template-made ones too."""
        return self.pages("DescribeMetricRuleList", {"Namespace": namespace}, lambda body: body["Alarms"]["Alarm"])

    def contacts(self) -> Iterator[dict[str, Any]]:
        """All contacts, `Name` and `Desc` among their fields."""
        return self.pages("DescribeContactList", {}, lambda body: body["Contacts"]["Contact"], page="PageNumber")

    def contact_groups(self) -> Iterator[dict[str, Any]]:
        """All contact groups, `Name` and `Describe` among their fields."""
        return self.pages(
            "DescribeContactGroupList", {}, lambda body: body["ContactGroupList"]["ContactGroup"], page="PageNumber"
        )

    def monitor_groups(self) -> Iterator[dict[str, Any]]:
        """All application groups, `GroupId` and `GroupName` among their fields."""
        return self.pages("DescribeMonitorGroups", {}, lambda body: body["Resources"]["Resource"], page="PageNumber")

    def templates(self) -> Iterator[dict[str, Any]]:
        """All rule templates, `TemplateId` and `Name` among their fields."""
        return self.pages(
            "DescribeMetricRuleTemplateList", {}, lambda body: body["Templates"]["Template"], page="PageNumber"
        )

    def has_policy(self, name: str) -> bool:
        """Whether the account has a RAM policy of its own under this name."""
        return self._exists("GetPolicy", {"PolicyName": name, "PolicyType": "Custom"})

    def has_role(self, name: str) -> bool:
        """Whether the account has a RAM role of this name."""
        return self._exists("GetRole", {"RoleName": name})

    def _exists(self, action: str, query: dict[str, str]) -> bool:
        try:
            self._call("ram", action, query)
        except CloudError as error:
            if "EntityNotExist" in str(error):
                return False
            raise
        return True

    def apply(self, template: str, group: str, silence_s: int, webhook: str | None) -> None:
        """Apply a template to a group again, with the arguments that `resources` uses."""
        query = {"TemplateIds": template, "GroupId": group, "ApplyMode": "ALARM_TEMPLATE_FIRST", "NotifyLevel": "4"}
        query |= {"SilenceTime": str(silence_s), "EnableStartTime": "00", "EnableEndTime": "23"}
        self._call("cms", "ApplyMetricRuleTemplate", {**query, **({"Webhook": webhook} if webhook else {})})

    def cms(self, action: str, params: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Any action of CloudMonitor, with nested parameters: HTTP status and body. Raises CloudError for a refusal."""
        return self._answer("cms", action, flattened(params))

    def pages(
        self, action: str, query: dict[str, str], rows: Callable[[Any], list[Any]], page: str = "Page"
    ) -> Iterator[dict[str, Any]]:
        """All rows of a listing, page by page."""
        number = 1
        while True:
            body = self._call("cms", action, {**query, page: str(number), "PageSize": str(PAGE)})
            got = rows(body)
            yield from got
            if len(got) < PAGE:
                return
            number += 1

    def _call(self, product: str, action: str, query: Mapping[str, str], *, signed: bool = True) -> dict[str, Any]:
        return self._answer(product, action, query, signed=signed)[1]

    def _answer(
        self, product: str, action: str, query: Mapping[str, str], *, signed: bool = True
    ) -> tuple[int, dict[str, Any]]:
        params = Params(
            action=action,
            version=VERSIONS[product],
            protocol=self._access.protocol,
            method="POST",
            auth_type="AK" if signed else "Anonymous",
            style="RPC",
            pathname="/",
            req_body_type="formData",
            body_type="json",
        )
        options = RuntimeOptions(read_timeout=20_000, connect_timeout=5_000)
        try:
            answer = self._client(product).call_api(params, OpenApiRequest(body=dict(query)), options)
        except CloudError:
            raise  # of the call that should have opened the role
        except AlibabaCloudException as error:
            status = int(getattr(error, "status_code", 0) or 0)
            said = str((getattr(error, "data", None) or {}).get("Message", ""))
            raise CloudError(f"{action}: {error.code}: {error.message}", str(error.code), status, said) from error
        except Exception as error:
            if isinstance(getattr(error, "inner_exception", None), CredentialException):
                raise CloudError(NO_CREDENTIALS) from error
            raise CloudError(f"{action}: no answer: {error}") from error
        return int(answer["statusCode"]), answer["body"]

    def _client(self, product: str) -> Client:
        if product not in self._clients:
            self._clients[product] = Client(self._client_config(product))
        return self._clients[product]

    def caller(self) -> Access:
        """The access that calls are made with: the assumed role's own keys where the stack names a role."""
        access = self.keyed()
        if access.role is None:
            return access
        if self._assumed is None:
            base = Cloud(replace(access, role=None, protocol="HTTPS"))  # the provider allows nothing else here
            self._assumed = _as(access, base._call("sts", "AssumeRole", access.role.query()))
        return self._assumed

    def keyed(self) -> Access:
        """The access with the keys that an identity token opened, where the stack or the environment names one."""
        access = self._access
        if access.federated is None:
            return access
        if self._keyed is None:
            try:
                query = access.federated.query()
            except OSError as error:
                raise CloudError(f"the identity token {error.filename} cannot be read: {error.strerror}") from error
            base = Cloud(replace(access, role=None, federated=None))
            got = base._call("sts", "AssumeRoleWithOIDC", query, signed=False)
            self._keyed = replace(_as(access, got), role=access.role)
        return self._keyed

    def _client_config(self, product: str) -> Config:
        access = self._access
        defaults = {"cms": f"metrics.{access.region}.aliyuncs.com", "sts": f"sts.{access.region}.aliyuncs.com"}
        defaults["ram"] = "ram.aliyuncs.com"
        config = Config(
            region_id=access.region,
            endpoint=access.endpoints.get(product, defaults[product]),
            protocol=access.protocol,
        )
        config.retry_options = RetryOptions({"retryable": True, "retryCondition": [BUSY]})
        access = self.caller()
        config.credential = Credentials(_keys(access) if access.access_key else None)
        return config


def _as(access: Access, answer: Mapping[str, Any]) -> Access:
    got = answer["Credentials"]
    key, secret, token = got["AccessKeyId"], got["AccessKeySecret"], got["SecurityToken"]
    return replace(access, role=None, federated=None, access_key=key, secret_key=secret, token=token)


def key_environment(access: Access) -> dict[str, str]:
    """The keys as the environment in which the provider looks for them."""
    return {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": access.access_key,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": access.secret_key,
        "ALIBABA_CLOUD_SECURITY_TOKEN": access.token,
    }


def flattened(value: Any, name: str = "") -> dict[str, str]:
    """`{"A": [{"B": 1}]}` as `{"A.1.B": "1"}`, the form of nested parameters in RPC calls."""
    if isinstance(value, Mapping):
        parts = [(str(key), inner) for key, inner in value.items()]
    elif isinstance(value, (list, tuple)):
        parts = [(str(number), inner) for number, inner in enumerate(value, 1)]
    else:
        return {name: str(value)}
    return {k: v for key, inner in parts for k, v in flattened(inner, f"{name}.{key}" if name else key).items()}


def _keys(access: Access) -> CredentialsConfig:
    return CredentialsConfig(
        type="sts" if access.token else "access_key",
        access_key_id=access.access_key,
        access_key_secret=access.secret_key,
        security_token=access.token or None,
    )
