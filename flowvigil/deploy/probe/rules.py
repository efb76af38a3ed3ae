"""What PutResourceMetricRule takes of custom metrics: statistics, series without group, unknown groups, texts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .bench import LEVEL, Bench
from .inquiry import Fact, inquiry


def _level(statistics: str, threshold: str = "1000000") -> dict[str, Any]:
    return {**LEVEL, "Statistics": statistics, "Threshold": threshold}


@inquiry(
    "rules", "custom_statistics",
    asks="which statistics may a rule on a custom metric use, P95 among them", calls=12, series=1,
)  # fmt: skip
def statistics(bench: Bench) -> Iterator[Fact]:
    tried = {name: bench.put_rule(name.lower(), Escalations={"Critical": _level(name)})
             for name in ("Average", "Maximum", "P95")}  # fmt: skip
    seen = "; ".join(f"PutResourceMetricRule with {name} was {answer}" for name, answer in tried.items())
    average, maximum, percentile = (one.taken for one in tried.values())
    position = "any" if percentile else "no_percentiles" if maximum else "average" if average else None
    yield Fact("custom_statistics", position, seen)


@inquiry("rules", "group_zero", asks="may a rule name a series of no application group", calls=2, series=1)
def group_zero(bench: Bench) -> Iterator[Fact]:
    usual = bench.put_rule("grouped")
    bench.report("base", {"Average": 0}, GroupId="0")
    bench.clock.wait(bench.delay_s)
    answer = bench.put_rule("zero", Resources=bench.resources("base", "0"))
    seen = f"a rule with groupId 0 was {answer}, the same with a group was {usual}"
    yield Fact("group_zero", ("accept" if answer.taken else "refuse") if usual.taken else None, seen)


@inquiry("rules", "rule_needs_data", asks="must a metric have been reported before a rule may name it", calls=2)
def needs_data(bench: Bench) -> Iterator[Fact]:
    usual = bench.put_rule("reported")
    answer = bench.put_rule("never", MetricName=bench.metric("never"), Resources=bench.resources("never"))
    seen = f"a rule on a metric that was never reported was {answer}, one on a reported metric was {usual}"
    yield Fact("rule_needs_data", ("off" if answer.taken else "on") if usual.taken else None, seen)


@inquiry("rules", "rule_needs_group", asks="must the contact groups of a rule exist", calls=2)
def needs_group(bench: Bench) -> Iterator[Fact]:
    usual = bench.put_rule("told")
    answer = bench.put_rule("untold", ContactGroups=f"{bench.prefix}-absent")
    seen = f"a rule that tells a contact group which does not exist was {answer}, one with a group was {usual}"
    yield Fact("rule_needs_group", ("off" if answer.taken else "on") if usual.taken else None, seen)


@inquiry(
    "rules", "resources_text", "levels_kept",
    asks="is a rule given back as it was written, with all three levels", calls=8,
)  # fmt: skip
def given_back(bench: Bench) -> Iterator[Fact]:
    text = bench.resources("base")
    levels = {"Critical": _level("Average", "3000"), "Warn": _level("Average", "2000"), "Info": _level("Average")}
    answer = bench.put_rule("back", Resources=text, Escalations=levels)
    live = bench.soon(lambda: bench.rule("back")) if answer.taken else None
    if live is None:
        yield Fact("resources_text", None, f"the rule was {answer} and cannot be read back")
        yield Fact("levels_kept", None, f"the rule was {answer} and cannot be read back")
        return
    same = live["Resources"] == text
    seen = f"Resources was written as {text} and read as {live['Resources']}"
    yield Fact("resources_text", "verbatim" if same else "reserialised", seen)
    kept = [name for name, level in live["Escalations"].items() if level and level.get("Threshold")]
    yield Fact("levels_kept", str(len(kept)), f"of three levels the service gave back {', '.join(kept) or 'none'}")


@inquiry("rules", "composite_rules", asks="may a rule on custom metrics hold an expression", calls=1)
def composite(bench: Bench) -> Iterator[Fact]:
    expression = {"Level": "CRITICAL", "Times": 1}
    expression["ExpressionRaw"] = f"@{bench.metric('base')}[60].$Average > 1000000"
    answer = bench.put_rule("composite", Escalations=None, CompositeExpression=json.dumps(expression))
    yield Fact("composite_rules", "accept" if answer.taken else "refuse", f"a CompositeExpression was {answer}")


@inquiry("rules", "custom_rule_api", asks="does PutCustomMetricRule, documented for custom metrics, take P95", calls=1)
def documented(bench: Bench) -> Iterator[Fact]:
    fields = {"MetricName": bench.metric("base"), "Level": "CRITICAL", "Statistics": "P95", "Threshold": "1000000"}
    fields |= {"ComparisonOperator": ">", "EvaluationCount": "1", "GroupId": bench.group()}
    answer = bench.put_rule("custom", action="PutCustomMetricRule", Namespace=None, Escalations=None, **fields)
    yield Fact("custom_rule_api", "accept" if answer.taken else "refuse", f"PutCustomMetricRule with P95 was {answer}")


@inquiry("rules", "delete_group_rules", asks="does deleting an application group delete its rules", calls=18, series=1)
def group_goes(bench: Bench) -> Iterator[Fact]:
    number = bench.new_group("short")
    bench.report("short", {"Average": 0}, GroupId=number)
    bench.clock.wait(bench.delay_s)
    fields = {"MetricName": bench.metric("short"), "Resources": bench.resources("short", number)}
    answer = bench.put_rule("orphan", **fields)
    if not answer.taken or not bench.soon(lambda: bench.rule("orphan")):
        yield Fact("delete_group_rules", None, f"the rule was {answer} and cannot be read back")
        return
    bench.must("DeleteMonitorGroup", GroupId=number)
    left = bench.soon(lambda: bench.rule("orphan"), lambda found: not found)
    seen = f"after DeleteMonitorGroup its rule {'is there still' if left else 'is gone'}"
    yield Fact("delete_group_rules", "off" if left else "on", seen)
