"""Where monitors are deployed to: one account, one region, and how this stack wants its alarms carried.

Read from a stack's configuration as plain strings; knows nothing of Pulumi or of files.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from .monitor import Carrier

E = TypeVar("E", bound=Enum)

CONSOLE = "https://sls.console.aliyun.com"
CONSOLE_INTERNATIONAL = "https://sls.console.alibabacloud.com"
EMULATOR_KEY = "flowvigil:emulator"
"""Configuration key: the address of the pretend cloud that a stack lives on."""

TEMPLATES_FACT = "flowvigil:templatesTakeCustomMetrics"
"""Configuration key: false when the account's CloudMonitor refuses custom metrics in rule templates."""

REQUIRE_APPROVAL = "flowvigil:requireApproval"
"""Configuration key: the program refuses what is neither applied nor approved."""

_NAMESPACE = "flowvigil:"
_OTHERS = "console environment logProject oidcProvider protect reporterRole retentionDays rules shared sharedPrefix"
SETTINGS = sorted([EMULATOR_KEY, TEMPLATES_FACT, REQUIRE_APPROVAL, *(_NAMESPACE + one for one in _OTHERS.split())])
"""Every configuration key of ours that a stack may have."""


class Trust(Enum):
    """Who may assume the reporter's role: instances, ACK pods (RRSA), Function Compute, or nobody (no role)."""

    ECS = "ecs"
    RRSA = "rrsa"
    FC = "fc"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the live service; `flowvigil verify --probe` finds out. None means not known.

    `group_zero`: may a rule name a series without application group. `only_averages`: no rule on a custom metric may
    use another statistic. `series` and `rules` are quotas of the account that were met.
    """

    templates_take_custom_metrics: bool | None = None
    group_zero: bool | None = None
    only_averages: bool = False
    series: int | None = None
    rules: int | None = None


@dataclass(frozen=True, slots=True)
class Stack:
    """One deployment target.

    `environment` picks the block of a spec's `environments`. `protect` keeps log projects and stores on delete.
    `log_project` None means that the stack makes its own; otherwise an existing one is referred to.
    `shared` says whether this stack owns account-wide objects (contacts, contact groups, RAM) or only refers to them;
    then `shared_prefix` is the prefix of the stack that owns them, `<project>-<stack>`.
    `console` is what links to logs and dashboards begin with.
    `require_approval` refuses whatever is neither applied nor approved in monitors.lock.
    """

    project: str
    name: str
    account_id: str
    region: str
    environment: str
    international: bool = False
    protect: bool = True
    rules: Carrier = Carrier.AUTO
    log_project: str | None = None
    retention_days: int = 30
    shared: bool = True
    shared_prefix: str = ""
    trust: Trust = Trust.NONE
    oidc_provider: str = ""
    facts: Facts = Facts()
    console: str = CONSOLE
    require_approval: bool = False

    @property
    def prefix(self) -> str:
        """What every name of this stack in the cloud begins with."""
        return f"{self.project}-{self.name}"

    @property
    def account_prefix(self) -> str:
        """What the names of account-wide objects begin with: the prefix of the stack that owns them."""
        return self.shared_prefix or self.prefix


class StackError(ValueError):
    """The stack's configuration cannot be used. `key` is the configuration key at fault."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}")
        self.key = key


def stack_from_config(project: str, name: str, config: Mapping[str, str]) -> Stack:
    """Read `flowvigil:*` and `alicloud:*` keys. Raises StackError for the first key that is missing or illegal."""
    _refuse_unknown(config)
    shared = _flag(config, "flowvigil:shared", default=True)
    international = config.get("alicloud:accountType", "Domestic") == "International"
    return Stack(
        project=project,
        name=name,
        account_id=_required(name, config, "alicloud:accountId", "the main account's number"),
        region=_required(name, config, "alicloud:region", "such as cn-hangzhou"),
        environment=config.get("flowvigil:environment", name),
        international=international,
        protect=_flag(config, "flowvigil:protect", default=True),
        rules=_choice(config, "flowvigil:rules", Carrier, Carrier.AUTO),
        log_project=config.get("flowvigil:logProject") or None,
        retention_days=_number(config, "flowvigil:retentionDays", 30, 1, 3650),
        shared=shared,
        shared_prefix=""
        if shared
        else _required(name, config, "flowvigil:sharedPrefix", "<project>-<stack> of the owner"),
        trust=_choice(config, "flowvigil:reporterRole", Trust, Trust.NONE),
        oidc_provider=config.get("flowvigil:oidcProvider", ""),
        facts=Facts(_known(config, TEMPLATES_FACT)),
        console=_console(config, CONSOLE_INTERNATIONAL if international else CONSOLE),
        require_approval=_flag(config, REQUIRE_APPROVAL, default=False),
    )


def _refuse_unknown(config: Mapping[str, str]) -> None:
    for key in config:
        if key.startswith(_NAMESPACE) and key not in SETTINGS:
            near = difflib.get_close_matches(key, SETTINGS, n=1, cutoff=0.8)
            way = f"did you mean {near[0]}?" if near else f"legal are {', '.join(SETTINGS)}"
            raise StackError(key, f"is no setting; {way}")


def _required(name: str, config: Mapping[str, str], key: str, hint: str) -> str:
    if not config.get(key):
        raise StackError(key, f"is missing ({hint}) in Pulumi.{name}.yaml")
    return config[key]


def _console(config: Mapping[str, str], ordinary: str) -> str:
    """The stack's own words, else the pretend cloud that it lives on, else the vendor's console."""
    if EMULATOR_KEY in config:
        _check_address(config[EMULATOR_KEY])
        ordinary = f"http://{config[EMULATOR_KEY]}"
    text = config.get("flowvigil:console", ordinary).rstrip("/")
    if not text.startswith(("http://", "https://")):
        raise StackError("flowvigil:console", f"is {text!r}; right is an address such as {CONSOLE}")
    return text


def _check_address(text: str) -> None:
    """Raises StackError for a pretend cloud's address that is not of the form host:port."""
    host, _, port = text.rpartition(":")
    if not host or "/" in host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise StackError(EMULATOR_KEY, f"is {text!r}; right is an address such as 127.0.0.1:8474")


def _flag(config: Mapping[str, str], key: str, *, default: bool) -> bool:
    text = config.get(key, str(default)).lower()
    if text not in ("true", "false"):
        raise StackError(key, f"is {text!r}; legal are true and false")
    return text == "true"


def _known(config: Mapping[str, str], key: str) -> bool | None:
    return _flag(config, key, default=False) if key in config else None


def _choice(config: Mapping[str, str], key: str, kind: type[E], default: E) -> E:
    text = config.get(key, default.value)
    legal = [member.value for member in kind]
    if text not in legal:
        raise StackError(key, f"is {text!r}; legal are {', '.join(legal)}")
    return kind(text)


def _number(config: Mapping[str, str], key: str, default: int, low: int, high: int) -> int:
    text = config.get(key, str(default))
    if not text.isdecimal() or not low <= int(text) <= high:
        raise StackError(key, f"is {text!r}; legal are whole numbers from {low} to {high}")
    return int(text)
