"""What to do about errors of the cloud that a stack's setting, a grant or a first run of the flow would mend.

Facts of the texts: terraform-provider-alicloud 1.285.0 (`Resource alicloud_x Action Failed!!!`), the error codes of the
CloudMonitor API reference 2019-01-01, RAM's `Action: service:Name` in messages of denial, Log Service's `action: `.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flowvigil.provisioner.objects import LogProject, LogStore, Object
from flowvigil.provisioner.stack import TEMPLATES_FACT
from flowvigil.provisioner.wire import KINDS

from .cloud_ids import identity
from .foreign import Foreign
from .running import Ended

_DENIED = re.compile(r"NoPermission|Forbidden\.RAM|AccessDenied|denied by sts or ram", re.IGNORECASE)
_ACTION = re.compile(r"\baction: ?\"?([a-z]+:\w+)", re.IGNORECASE)
_CALL = re.compile(r"Resource alicloud_([a-z]+)\w* (\w+) Failed")
_TEMPLATE = re.compile(r"CreateMetricRuleTemplate Failed.*\bcustom", re.IGNORECASE | re.DOTALL)
_UNSEEN = re.compile(r"PutResourceMetricRule Failed.*Code: ResourceNotFound", re.DOTALL)
_TAKEN = re.compile(r"AlreadyExist|EntityAlreadyExists")
_SERVICES = {"cloud": "cms"}
_QUIETLY = "--yes --skip-preview --protect=false --generate-code=false"


def advice(ended: Ended, stack: str, planned: Iterable[Object] = ()) -> list[str]:
    """One paragraph for each kind of error that we know the way out of; `planned` is what the run was to make."""
    texts = [text for _, text in ended.errors]
    paragraphs = [
        _taken({key for key, text in ended.errors if _TAKEN.search(text)}, stack, planned),
        _denied(texts),
        _no_templates(texts, stack),
        _unseen([key for key, text in ended.errors if _UNSEEN.search(text)]),
    ]
    return [one for one in paragraphs if one]


def taken(ended: Ended) -> bool:
    """Whether the cloud refused to make something because somebody else has it already."""
    return any(_TAKEN.search(text) for _, text in ended.errors)


def in_the_way(ended: Ended, planned: Iterable[Object]) -> list[Foreign]:
    """What the cloud refused to make because somebody else has it already."""
    keys = {key for key, text in ended.errors if _TAKEN.search(text)}
    return [Foreign(_kind(one), str(getattr(one, "name", one.key))) for one in planned if one.key in keys]


def _kind(one: Object) -> str:
    """Such as `log project`."""
    return KINDS[type(one)].token.split(":")[1].replace("/", " ")


def denied_actions(texts: Iterable[str]) -> list[str]:
    """The RAM actions that the caller lacks, sorted, such as `cms:PutContact`."""
    return sorted({action for text in texts if _DENIED.search(text) for action in _actions(text)})


def _actions(text: str) -> Iterator[str]:
    named = _ACTION.search(text)
    call = _CALL.search(text)
    if named:
        yield named[1]
    elif call:
        yield f"{_SERVICES.get(call[1], call[1])}:{call[2]}"


def _taken(keys: set[str], stack: str, planned: Iterable[Object]) -> str:
    if not keys:
        return ""
    lines = "\n".join(f"  {key}" for key in sorted(keys))
    said = f"these exist in the cloud, and this stack did not make them:\n{lines}\nRename yours."
    kept = [one for one in planned if isinstance(one, (LogProject, LogStore)) and one.protect]
    return said if keys.isdisjoint(one.key for one in kept) else f"{said}\n{taking_back(kept, stack)}"


def taking_back(kept: Iterable[LogProject | LogStore], stack: str) -> str:
    """How to take back what an earlier `down` of the stack kept."""
    commands = "\n".join(f"  flowvigil engine exec -- import {_known_as(one)} {_QUIETLY} -s {stack}" for one in kept)
    return f"Or, if an earlier `down` of this stack kept them, take them back and run up again:\n{commands}"


def _known_as(one: LogProject | LogStore) -> str:
    """Type, name and id, as `pulumi import` takes them."""
    kind = KINDS[type(one)]
    return f"{kind.token} {one.key} {identity(kind.token, kind.props(one, str))}"


def _denied(texts: Iterable[str]) -> str:
    actions = denied_actions(texts)
    if not actions:
        return ""
    lines = "\n".join(f"  {action}" for action in actions)
    return (
        f"RAM denies the caller these actions:\n{lines}\nGrant them; all that a stack needs: flowvigil export policies"
    )


def _no_templates(texts: Iterable[str], stack: str) -> str:
    if not any(_TEMPLATE.search(text) for text in texts):
        return ""
    return (
        "this account's CloudMonitor takes no custom metrics in rule templates. Say so once, and rules stand alone:\n"
        f"  flowvigil engine exec -- config set {TEMPLATES_FACT} false --stack {stack}\n"
        f"Then run up again. What else it refuses, this finds out: flowvigil verify --probe -s {stack}"
    )


def _unseen(keys: Iterable[str]) -> str:
    flows = sorted({key.split(".")[1] for key in keys if key.startswith("flow.")})
    if not flows:
        return ""
    return (
        "this account's CloudMonitor takes no rule for a metric that was never reported. Run these flows once with "
        f"their reporter on (flowvigil export reporter), then run up again: {', '.join(flows)}"
    )
