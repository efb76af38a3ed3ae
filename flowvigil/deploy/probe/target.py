"""What a rule's target writes into a Log Service store: CloudMonitor documents the target, not the line."""

from __future__ import annotations

from ..cloud import CloudError
from .bench import Bench, Failed
from .inquiry import Fact

AROUND_S = 60
WITHOUT = "the stack has no store with an index yet: bring it up first"


def aim(bench: Bench, suffix: str) -> str:
    """Point a rule at the stack's own store; why not, empty if it is pointed there."""
    store = bench.store
    if store is None:
        return WITHOUT
    try:
        if not store.door.has_index(store.project, store.logstore):
            return WITHOUT
        place = f"project/{store.project}/logstore/{store.logstore}"
        target = {"Id": "1", "Arn": f"acs:log:{bench.region}:{bench.account}:{place}", "Level": "CRITICAL"}
        answer = bench.ask("PutMetricRuleTargets", RuleId=f"{bench.prefix}-{suffix}", Targets=[target])
    except (CloudError, Failed) as error:
        return str(error)
    failed = (answer.body.get("FailData") or {}).get("Targets", {}).get("Target")
    return "" if answer.taken and not failed else f"PutMetricRuleTargets was {'refused' if failed else answer}"


def target_log(bench: Bench, suffix: str, why_not: str, start: int) -> Fact:
    """The fields of the line that the target wrote since `start` (ms), the service's own ones left out."""
    store = bench.store
    if why_not or store is None:
        return Fact("target_log", None, why_not or WITHOUT)
    rule_id = f"{bench.prefix}-{suffix}"
    try:
        span = start // 1000 - AROUND_S, bench.clock.now() // 1000 + AROUND_S
        found = store.door.rows(store.project, store.logstore, f'#"{rule_id}"', *span)
    except CloudError as error:
        return Fact("target_log", None, f"the store cannot be read: {error}")
    if not found:
        return Fact("target_log", None, "the target was taken, and no line with the rule's id came")
    names = sorted(name for name in found[0] if not name.startswith("__"))
    return Fact("target_log", ",".join(names), f"{len(found)} lines; the first holds {dict(found[0])}")
