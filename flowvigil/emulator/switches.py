"""Every assumption about the live cloud as a switch: its values, what each profile takes, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

LENIENT, PESSIMISTIC = "lenient", "pessimistic"
PROFILES = (LENIENT, PESSIMISTIC)
NO_FACTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Switch:
    """`values` is empty for a number; `basis` is the source of the behaviour, or says that it is assumed."""

    name: str
    values: tuple[str, ...]
    lenient: str
    pessimistic: str
    meaning: str
    basis: str


ON_OFF = ("on", "off")
QUOTA_CENTER = "Unknown; shown per account in Quota Center."
TABLE = (
    Switch("template_custom_metrics", ("accept", "refuse"), "accept", "refuse",
           "may a rule template name a metric of a custom namespace",
           "Unknown: the documented categories of CreateMetricRuleTemplate are cloud products only."),
    Switch("custom_statistics", ("any", "no_percentiles", "average"), "any", "no_percentiles",
           "which statistics a rule may use on a custom namespace",
           "Unknown: since 2024-08-15 PutResourceMetricRule refuses what is not registered for the metric."),
    Switch("rule_needs_data", ON_OFF, "off", "on",
           "must a custom metric have been reported before a rule may name it",
           "Documented for PutCustomMetricRule; unknown for PutResourceMetricRule."),
    Switch("rule_needs_group", ON_OFF, "off", "on",
           "must the contact groups of a rule exist",
           "PutResourceMetricRule lists ContactGroup.NotExists; unknown whether names are checked at once."),
    Switch("group_zero", ("accept", "refuse"), "accept", "accept",
           "may a rule name a series without application group (groupId 0)",
           "PutCustomMetricRule says that 0 means no group; unknown for PutResourceMetricRule."),
    Switch("resources_text", ("verbatim", "reserialised"), "verbatim", "reserialised",
           "is the Resources text of a rule given back as written",
           "Unknown; a re-serialised answer would show as a permanent difference."),
    Switch("contact_activation", ON_OFF, "off", "off",
           "do mail and phone of a contact stay hidden until a person confirms",
           "Documented on the real service; off by default because nobody confirms here."),
    Switch("put_omitted", ("keep", "reset"), "keep", "keep",
           "does a second PutContact, PutContactGroup or PutGroupMetricRule keep what it leaves out",
           "Assumed: the provider leaves out what has not changed, and its own tests see it kept."),
    Switch("contact_exists", ON_OFF, "off", "off",
           "must the members of a contact group exist",
           "The error ContactNotExists is documented; the provider's own tests use names that do not exist."),
    Switch("duplicates", ("last", "first", "merge"), "last", "first",
           "which of two aggregated points of one series and minute counts",
           "Unknown: no merge is documented, and percentiles cannot be merged."),
    Switch("raw_points", ("accept", "refuse"), "accept", "refuse",
           "is Type 0 (raw values, a paid feature) taken",
           "Documented message: not allowed original value, please upgrade service."),
    Switch("entries_per_call", (), "100", "21",
           "how many entries PutCustomMetric takes",
           "The user guide says 100, the API page 21."),
    Switch("series_quota", (), "0", "10",
           "how many custom series an account may have, 0 for no limit",
           "Unknown today; the free edition of 2021 had 10, and the message about the limit exists."),
    Switch("oldest_point_s", (), "3600", "600", "how old a point may be, in seconds", "Assumed."),
    Switch("newest_point_s", (), "300", "60", "how far ahead a point may be, in seconds", "Assumed."),
    Switch("ingestion_delay_s", (), "0", "60", "seconds until a query sees a point", "Unknown; 0 to 60 assumed."),
    Switch("evaluation_delay_s", (), "60", "120", "seconds after the end of a window until rules judge it",
           "Unknown; 1 to 3 minutes from the end of a window to its alarm are assumed."),
    Switch("late_points", ("ignored", "counted"), "ignored", "ignored",
           "does a point that comes after its window was judged count for the windows in a row", "Unknown."),
    Switch("gap_in_streak", ("passes", "breaks"), "passes", "breaks",
           "does a window without data end the count of windows in a row",
           "Unknown: KEEP_LAST_STATE is documented for the state, nothing for the count."),
    Switch("empty_windows", (), "1", "3", "windows without data in a row until the no-data policy acts", "Unknown."),
    Switch("no_data_policy", ("acts", "ignored"), "acts", "ignored",
           "does the no-data policy of a rule act on custom metrics", "Unknown."),
    Switch("silence_after_recovery", ("ends", "lasts"), "ends", "lasts",
           "does an alarm that comes back after its recovery wait for the end of the silence time",
           "Unknown: the documentation speaks of alarms that have not recovered."),
    Switch("notice_labels", ("shown", "hidden"), "shown", "hidden",
           "does a notice show the labels of its rule",
           "PutResourceMetricRule says that notifications show them; unknown for DingTalk."),
    Switch("callback_dimensions", ("pairs", "nested"), "pairs", "nested",
           "does a callback name the pairs of a series one by one, or as the one text of its rule",
           "Documented for cloud products, as a map in Java's form; unknown for custom metrics."),
    Switch("target_lines", ("written", "missing"), "written", "missing",
           "does a rule's target that is a Log Service store get a line with each notice",
           "PutMetricRuleTargets documents the address; provider pages say that targets are opened by a ticket."),
    Switch("unknown_robots", ("accept", "refuse"), "accept", "accept",
           "does a DingTalk robot exist that nobody set up through /-/robots",
           "On by default so that a webhook address alone is enough to try things."),
    Switch("partial_http_status", (), "200", "200", "the HTTP status that goes with body code 206", "Unknown."),
    Switch("rule_quota", (), "0", "200", "rules per account, 0 for no limit", QUOTA_CENTER),
    Switch("contact_quota", (), "0", "50", "contacts per account, 0 for no limit", QUOTA_CENTER),
    Switch("template_quota", (), "100", "100", "templates per account", "User guide: 100 templates per account."),
    Switch("template_rules", (), "30", "30", "rules of one template", "User guide: 30; the API page says 200."),
    Switch("alerts_per_project", (), "100", "100", "SLS alerts of one project", "Documented in 2021."),
    Switch("alert_severity_moves", ("told", "wait"), "told", "wait",
           "is another severity of an SLS alert told before the repeat interval is over",
           "Unknown: alerts with the same labels are one alert, and whether its severity matters is not said."),
    Switch("qps_limits", ON_OFF, "off", "off",
           "are more than 20 calls a second of one action throttled",
           "Documented: 20 a second for each API and account unless its page says otherwise."),
    Switch("delete_group_rules", ON_OFF, "on", "on",
           "does deleting a monitor group delete its rules", "Assumed."),
    Switch("assume_role_exists", ON_OFF, "off", "on",
           "must a role exist in the account before it can be assumed",
           "Documented (EntityNotExist.Role); off for accounts that are not filled."),
)  # fmt: skip
BY_NAME = {switch.name: switch for switch in TABLE}


@dataclass
class Switches:
    """The positions in force: set by hand, else known of a live account, else the profile's."""

    profile: str = LENIENT
    changed: dict[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        switch = BY_NAME[name]
        usual = switch.lenient if self.profile == LENIENT else switch.pessimistic
        return self.changed.get(name) or self.facts.get(name) or usual

    def number(self, name: str) -> int:
        return int(self[name])

    def on(self, name: str) -> bool:
        return self[name] == "on"

    def change(self, name: str, value: str) -> None:
        """Set one switch; ValueError says what would be right."""
        check(name, value)
        self.changed[name] = value


def check(name: str, value: str) -> None:
    """ValueError, which says what would be right, for a switch or a position that does not exist."""
    switch = BY_NAME.get(name)
    if switch is None:
        raise ValueError(f"no switch is called {name!r}; there are {', '.join(sorted(BY_NAME))}")
    if switch.values and value not in switch.values:
        raise ValueError(f"{name} is one of {', '.join(switch.values)}, not {value!r}")
    if not switch.values and not value.isdigit():
        raise ValueError(f"{name} is a whole number, not {value!r}")
