"""Rules about alarms: that they are heard, in time, by somebody, and can fire at all."""

from __future__ import annotations

import re
from collections.abc import Callable

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)
from wire import (
    CUSTOM_METRICS,
    LOG_ALERT,
    MONITOR_GROUP,
    RULE,
    TEMPLATE,
    groups_of,
    is_critical,
    levels_of,
    name_of,
    rules_of,
)

Report = Callable[[str], None]

STATISTICS = frozenset(
    (
        *("Average", "Minimum", "Maximum", "Sum", "SampleCount", "LastValue", "SumPerSecond", "CountPerSecond"),
        *(f"P{percent}" for percent in (10, 20, 30, 40, 50, 60, 70, 75, 80, 90, 95, 98, 99)),
    )
)
"""The 21 statistics of a custom metric (help page of PutCustomMetric)."""

TEMPLATE_REFUSES = "EqualToThreshold"
"""The one comparison that a template's rule may not have (provider docs of MetricRuleTemplate)."""

EXEMPT = ["relay.alive"]
_INTERVAL = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)(?: [+-]\d{4})?(?: dayofweek (.*))?")
_WHOLE_DAY_MINUTES = 1440


def critical_silence_is_bounded(args: ResourceValidationArgs, report: Report) -> None:
    """A critical alarm that stays silent for a day is an alarm that nobody repeats."""
    limit = int(args.get_config().get("maxSeconds", 3600))
    silence = args.props.get("silenceTime")
    if silence is not None and int(silence) > limit and is_critical(args):
        report(
            f"critical alarms of {name_of(args)} repeat only every {int(silence)} s; at most {limit} s are allowed. "
            "Shorten `repeat: {critical: …}` in the spec."
        )


def critical_is_judged_soon(args: ResourceValidationArgs, report: Report) -> None:
    """An alarm that needs an hour to become certain tells people what their users told them before.

    Rules that wait for silence compare downwards, and the length of the silence is what they are about.
    """
    limit = int(args.get_config().get("maxSeconds", 3600))
    for rule in rules_of(args):
        period = int(rule.get("period") or 60)
        critical = levels_of(rule).get("critical", {})
        seconds = int(critical.get("times") or 1) * period
        if seconds > limit and not str(critical.get("comparisonOperator")).startswith("LessThan"):
            report(
                f"{rule.get('ruleName') or name_of(args)} is critical only after {seconds} s; at most {limit} s are "
                "allowed. Shorten `for:` in the spec."
            )


def someone_is_notified(args: ResourceValidationArgs, report: Report) -> None:
    """A rule without a contact group fires into the void."""
    silent = args.resource_type in (RULE, MONITOR_GROUP) and not groups_of(args)
    if args.resource_type == LOG_ALERT:
        silent = not (args.props.get("policyConfiguration") or {}).get("actionPolicyId")
    if silent:
        report(f"{name_of(args)} notifies nobody. Give the flow an owner with routes, or `notify:`.")


def an_alarm_can_fire(args: ResourceValidationArgs, report: Report) -> None:
    """A rule whose hours are empty looks like a watch and is none."""
    if args.resource_type == RULE:
        allowed, excluded = args.props.get("effectiveInterval"), args.props.get("noEffectiveInterval")
        if not _days(allowed) or (excluded and _whole(excluded) and _days(excluded) >= _days(allowed)):
            report(f"{name_of(args)} can never fire: its hours are {allowed!r}. Widen `hours:` in the spec.")
    if args.resource_type == TEMPLATE:
        start, end = int(args.props.get("enableStartTime") or 0), int(args.props.get("enableEndTime") or 23)
        if start > end:
            report(f"{name_of(args)} can never fire: its hours are {start} to {end}. Use `rules: direct` for a night.")


def statistics_fit_the_carrier(args: ResourceValidationArgs, report: Report) -> None:
    """The service takes any text and then judges nothing."""
    for rule in rules_of(args):
        if not str(rule.get("namespace")).startswith(CUSTOM_METRICS):
            continue
        for level, said in levels_of(rule).items():
            name = f"the {level} level of {rule.get('ruleName') or name_of(args)}"
            if said.get("statistics") not in STATISTICS:
                report(f"{name} reads {said.get('statistics')}, which a custom metric does not have.")
            if args.resource_type == TEMPLATE and said.get("comparisonOperator") == TEMPLATE_REFUSES:
                report(f"{name} compares with {TEMPLATE_REFUSES}, which a template may not. Use `rules: direct`.")


def rules_say_their_slice(args: ResourceValidationArgs, report: Report) -> None:
    """The label is how a rule in the console leads back to the approved plan."""
    _labelled(args, ["slice"], report)


def rules_say_owner_and_runbook(args: ResourceValidationArgs, report: Report) -> None:
    """Whoever is woken must know whom to ask and what to do."""
    _labelled(args, args.get_config().get("labels", ["owner", "runbook"]), report)


def recovery_is_told(args: ResourceValidationArgs, report: Report) -> None:
    """Without a notice of the end, every incident has to be closed by looking."""
    if args.resource_type == RULE and args.props.get("sendOk") is False:
        report(f"{name_of(args)} does not tell when it is over. Set sendOk.")


def missing_data_is_not_health(args: ResourceValidationArgs, report: Report) -> None:
    """A flow that stops reporting must not turn its own alarm green."""
    if args.resource_type == RULE and args.props.get("noDataPolicy") == "OK":
        report(f"{name_of(args)} takes missing data for health. Use KEEP_LAST_STATE or INSUFFICIENT_DATA.")


def _labelled(args: ResourceValidationArgs, wanted: list[str], report: Report) -> None:
    """Report what labels a direct rule lacks, unless it is exempt: the rule that watches the relay is of no flow."""
    if args.resource_type != RULE or args.name in args.get_config().get("exempt", EXEMPT):
        return
    present = {str(label.get("key")) for label in args.props.get("labels") or () if label.get("value")}
    missing = [name for name in wanted if name not in present]
    if missing:
        report(f"{name_of(args)} has no label {', '.join(missing)}. Say so in the spec; flowvigil writes the labels.")


def _days(interval: str | None) -> set[str]:
    """The days on which a non-empty stretch of time is meant; an interval that is not written is always."""
    if not interval:
        return set("1234567")
    found = _INTERVAL.fullmatch(interval)
    if found is None or found.group(1, 2) == found.group(3, 4):
        return set()
    days = "1,2,3,4,5,6,7" if found.group(5) is None else found.group(5)
    return set(days.replace(" ", "").split(",")) - {""}


def _whole(interval: str) -> bool:
    """Whether an interval covers its days from end to end; the service's day ends at 23:59."""
    found = _INTERVAL.fullmatch(interval)
    if found is None:
        return False
    hours = list(map(int, found.group(1, 2, 3, 4)))
    return hours[2] * 60 + hours[3] - hours[0] * 60 - hours[1] >= _WHOLE_DAY_MINUTES - 1


_SECONDS = PolicyConfigSchema({"maxSeconds": {"type": "integer", "minimum": 60, "default": 3600}})
_NAMES = {"type": "array", "items": {"type": "string"}}
_EXEMPT = {**_NAMES, "default": EXEMPT}

RULES = [
    ResourceValidationPolicy(
        name="critical-silence-is-bounded",
        description="Critical alarms repeat within the hour.",
        validate=critical_silence_is_bounded,
        config_schema=_SECONDS,
        remediation_steps="Shorten `repeat: {critical: …}` in the spec; the service's own default is a day.",
    ),
    ResourceValidationPolicy(
        name="critical-is-judged-soon",
        description="Critical alarms fire within the hour.",
        validate=critical_is_judged_soon,
        config_schema=_SECONDS,
        remediation_steps="Shorten `for:` of the alarm, or give it a shorter period.",
    ),
    ResourceValidationPolicy(
        name="someone-is-notified",
        description="Every rule has a contact group.",
        validate=someone_is_notified,
        remediation_steps="Give the flow an owner that has routes in contacts.yaml, or `notify:`.",
    ),
    ResourceValidationPolicy(
        name="an-alarm-can-fire",
        description="The hours of a rule are not empty.",
        validate=an_alarm_can_fire,
        remediation_steps="Widen `hours:`; to switch an alarm off write `none`.",
    ),
    ResourceValidationPolicy(
        name="statistics-fit-the-carrier",
        description="Rules read statistics, and templates make comparisons, that the service judges.",
        validate=statistics_fit_the_carrier,
        remediation_steps="Let flowvigil plan the rule, or take one of the 21 statistics of a custom metric.",
    ),
    ResourceValidationPolicy(
        name="rules-say-their-slice",
        description="Direct rules carry the hash of the approved plan.",
        validate=rules_say_their_slice,
        config_schema=PolicyConfigSchema({"exempt": _EXEMPT}),
        remediation_steps="Let flowvigil plan the rule.",
    ),
    ResourceValidationPolicy(
        name="rules-say-owner-and-runbook",
        description="Direct rules carry the labels that lead to a person and to a runbook.",
        validate=rules_say_owner_and_runbook,
        enforcement_level=EnforcementLevel.ADVISORY,
        config_schema=PolicyConfigSchema({"labels": {**_NAMES, "default": ["owner", "runbook"]}, "exempt": _EXEMPT}),
        remediation_steps="Write `owner:` and `runbook:` in the spec.",
    ),
    ResourceValidationPolicy(
        name="recovery-is-told",
        description="Direct rules tell when they are over.",
        validate=recovery_is_told,
        enforcement_level=EnforcementLevel.ADVISORY,
        remediation_steps="Set sendOk.",
    ),
    ResourceValidationPolicy(
        name="missing-data-is-not-health",
        description="No rule turns green because nothing reports.",
        validate=missing_data_is_not_health,
        remediation_steps="Use KEEP_LAST_STATE, and watch `no_reports`.",
    ),
]
