"""A hundred pull requests as teams make them: a project, mutation operators, and what each must be said to change.

A project is a mapping of paths to trees; an operator changes it and names words that the review must contain.
"""

from __future__ import annotations

import random
from copy import deepcopy

import yaml

CONTACTS = {
    "teams": {
        "assistant-team": {"critical": ["oncall", "assistant-ding"], "warning": ["assistant-ding"]},
        "model-team": {"critical": ["oncall", "model-ding"], "warning": ["model-ding"]},
    },
    "groups": {
        "oncall": [{"dingtalk": "oncall-robot"}, {"mail": "oncall@example.com"}],
        "assistant-ding": [{"dingtalk": "assistant-robot"}, {"mail": "assistants@example.com"}],
        "model-ding": [{"dingtalk": "model-robot"}],
        "spare": [{"mail": "spare@example.com"}],
    },
}
FLOWS = ("poem", "essay", "summary", "search", "answer")


def project():
    files = {"contacts.yaml": deepcopy(CONTACTS), "defaults.yaml": {"repeat": {"critical": "15m"}}}
    for place, flow in enumerate(FLOWS):
        files[f"{flow}.yaml"] = {
            "flow": flow,
            "title": f"Flow {flow}",
            "owner": "assistant-team" if place % 2 else "model-team",
            "runbook": f"https://wiki.example.com/{flow}",
            "alarms": {
                "p95": {"warning": f"{3 + place}s", "critical": f"{9 + place}s", "for": "3m", "min_runs": 20},
                "failure_rate": {"warning": "2%", "critical": f"{5 + place}%"},
                "slow_streak": {"over": f"{3 + place}s", "warning": 3},
                "no_runs": {"warning": "30m"},
            },
        }
    return files


def write(files, root):
    for name, tree in files.items():
        path = root / "monitors" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(tree if isinstance(tree, str) else yaml.safe_dump(tree, sort_keys=False, allow_unicode=True))
    return root


def one(files, rng):
    flow = rng.choice(FLOWS)
    return flow, files[f"{flow}.yaml"]


def threshold_up(files, rng):
    flow, spec = one(files, rng)
    was, now = spec["alarms"]["p95"]["critical"], f"{rng.randint(20, 60)}s"
    spec["alarms"]["p95"]["critical"] = now
    return {flow: [f"`p95`: critical now fires after 3 × 60 s over {'1m' if now == '60s' else now}, was {was}"]}


def failure_threshold_down(files, rng):
    flow, spec = one(files, rng)
    was = spec["alarms"]["failure_rate"]["critical"]
    spec["alarms"]["failure_rate"]["critical"] = "4%"
    return {flow: [f"critical now fires after 3 × 60 s over 4% failed, was {was} failed"]}


def level_removed(files, rng):
    flow, spec = one(files, rng)
    del spec["alarms"]["failure_rate"]["warning"]
    return {flow: ["`failure_rate`: warning is gone, fired after 3 × 60 s over 2% failed"]}


def level_added(files, rng):
    flow, spec = one(files, rng)
    spec["alarms"]["slow_streak"]["critical"] = 9
    return {flow: ["`slow_streak`: critical is new: fires after 9 runs in a row over"]}


def alarm_removed(files, rng):
    flow, spec = one(files, rng)
    del spec["alarms"]["no_runs"]
    return {flow: ["alarm `no_runs` is gone"]}


def alarm_added(files, rng):
    flow, spec = one(files, rng)
    spec["alarms"]["stuck"] = {"warning": "5m"}
    return {flow: ["alarm `stuck` is new: > 5m warning"]}


def default_alarm_switched_off(files, rng):
    flow, spec = one(files, rng)
    spec["alarms"]["no_reports"] = "none"
    return {flow: ["alarm `no_reports` is gone"]}


def held_longer(files, rng):
    flow, spec = one(files, rng)
    spec["alarms"]["p95"]["for"] = "10m"
    return {flow: ["critical now fires after 10 × 60 s over", "warning now fires after 10 × 60 s over"]}


def more_runs_needed(files, rng):
    flow, spec = one(files, rng)
    spec["alarms"]["p95"]["min_runs"] = 50
    return {flow: ["`p95` is judged from 50 runs in a window, was 20 *(takes effect in the reporter)*"]}


def slow_limit(files, rng):
    flow, spec = one(files, rng)
    spec["alarms"]["slow_streak"]["over"] = "12s"
    return {flow: ["warning now fires after 3 runs in a row over 12s"]}


def only_by_day(files, rng):
    flow, spec = one(files, rng)
    spec["alarms"]["p95"]["hours"] = "Mon-Fri 09:00-20:00"
    return {flow: ["`p95` may fire Mon,Tue,Wed,Thu,Fri 09:00-20:00 now, was at all times"]}


def repeats_less(files, rng):
    flow, spec = one(files, rng)
    spec["repeat"] = {"critical": "1h"}
    return {flow: ["`p95`: critical repeats every 1h now, was 15m"]}


def routed_elsewhere(files, rng):
    flow, spec = one(files, rng)
    spec["notify"] = {"critical": ["spare"]}
    return {flow: ["critical also tells `spare`", "critical no longer tells `oncall"]}


def owner_changes(files, rng):
    flow, spec = one(files, rng)
    was = spec["owner"]
    now = "model-team" if was == "assistant-team" else "assistant-team"
    spec["owner"] = now
    return {flow: [f"owner is now `{now}`, was `{was}`"]}


def runbook_removed(files, rng):
    flow, spec = one(files, rng)
    del spec["runbook"]
    return {flow: ["runbook is now `none`"]}


def retitled(files, rng):
    flow, spec = one(files, rng)
    spec["title"] = "客服问答"
    return {flow: ["title is now `客服问答`"]}


def sampled(files, rng):
    flow, spec = one(files, rng)
    spec["sampling"] = 10
    return {flow: ["sampling is now `10`, was `1` *(takes effect in the reporter)*"]}


def several_reporters(files, rng):
    flow, spec = one(files, rng)
    spec["reporters"] = "many"
    return {flow: ["reporters is now `many`, was `one`", "`p95` is carried by a log alert now"]}


def direct_rules(files, rng):
    flow, spec = one(files, rng)
    spec["rules"] = "direct"
    return {flow: ["rules is now `direct`, was `auto`"]}


def dimension_added(files, rng):
    flow, spec = one(files, rng)
    spec["dimensions"] = {"channel": ["web", "app"]}
    return {flow: ["dimensions is now `channel: web, app`, was `none`"]}


def source_changes(files, rng):
    flow, spec = one(files, rng)
    spec["source"] = {"langflow": {"endpoint": flow}}
    return {flow: ["source is now `app langflow, endpoint"]}


def renamed(files, rng):
    flow, spec = one(files, rng)
    spec["flow"], spec["renamed_from"] = f"{flow}-v2", flow
    files[f"{flow}-v2.yaml"] = files.pop(f"{flow}.yaml")
    return {f"{flow}-v2": [f"is renamed from `{flow}`; both names are watched"]}


def renamed_without_saying_so(files, rng):
    flow, spec = one(files, rng)
    spec["flow"] = f"{flow}-v2"
    files[f"{flow}-v2.yaml"] = files.pop(f"{flow}.yaml")
    return {f"{flow}-v2": [f"looks like `{flow}` under a new name"], flow: ["is watched no longer"]}


def flow_added(files, rng):
    files["fresh.yaml"] = {"flow": "fresh", "owner": "model-team", "alarms": {"p95": {"critical": "8s"}}}
    return {"fresh": ["alarm `p95` is new: > 8s critical"]}


def flow_removed(files, rng):
    flow, _ = one(files, rng)
    del files[f"{flow}.yaml"]
    return {flow: ["is watched no longer"]}


def file_moved(files, rng):
    flow, _ = one(files, rng)
    files[f"team/{flow}.yaml"] = files.pop(f"{flow}.yaml")
    return {}


def comment_written(files, rng):
    flow, spec = one(files, rng)
    files[f"{flow}.yaml"] = "# why these numbers\n" + yaml.safe_dump(spec, sort_keys=True)
    return {}


def promises_made(files, rng):
    flow, spec = one(files, rng)
    spec.update(traffic="30/m", detect_within="10m", incident_target="1h")
    for_lint = "was `none` *(changes nothing in the cloud)*"
    return {
        flow: [
            f"traffic is now `30/m`, {for_lint}",
            f"detect within is now `10m`, {for_lint}",
            f"incident target is now `1h`, {for_lint}",
        ]
    }


def logs_of_the_application(files, rng):
    flow, spec = one(files, rng)
    spec["logs"] = {"context": {"project": "app-prod", "logstore": "errors"}}
    return {flow: ["context is now `app-prod/errors`, was `none` *(changes nothing in the cloud)*"]}


def webhook_added(files, rng):
    flow, spec = one(files, rng)
    spec["on_alarm"] = {"rollback": {"webhook": "url", "sign": "key", "alarms": ["p95"], "cool_down": "1h"}}
    return {flow: ["on alarm is now `rollback: url signed with key from critical for p95, cool-down 1h`, was `none`"]}


def period_of_its_own(files, rng):
    flow, spec = one(files, rng)
    spec["alarms"]["slow_streak"]["period"] = "5m"
    return {flow: ["`slow_streak` is judged every 5m now, was 1m"]}


def keyword_declared(files, rng):
    files["contacts.yaml"]["groups"]["model-ding"][0]["keywords"] = ["监控"]
    return {
        "": ["`model-ding` gains `robot model-robot via cms with keywords 监控`", "loses `robot model-robot via cms`"]
    }


def said_what_is_usual(files, rng):
    _, spec = one(files, rng)
    spec["alarms"]["p95"]["period"] = "1m"
    return {}


def defaults_changed(files, rng):
    files["defaults.yaml"]["repeat"] = {"critical": "20m"}
    return {flow: ["critical repeats every 20m now, was 15m"] for flow in FLOWS}


def inherited_alarm(files, rng):
    files["defaults.yaml"]["alarms"] = {"failure_streak": {"critical": 7}}
    return {flow: ["`failure_streak`: critical now fires after 7 runs in a row failed"] for flow in FLOWS}


def contact_removed(files, rng):
    files["contacts.yaml"]["groups"]["oncall"].pop()
    return {"": ["contact group `oncall` loses `mail oncall@example.com via cms`"]}


def robot_swapped(files, rng):
    files["contacts.yaml"]["groups"]["model-ding"] = [{"dingtalk": "other-robot"}]
    return {"": ["contact group `model-ding` gains `robot other-robot via cms`", "loses `robot model-robot via cms`"]}


def group_added(files, rng):
    files["contacts.yaml"]["groups"]["night"] = [{"mail": "night@example.com"}]
    return {"": ["contact group `night` is new"]}


def team_routes_elsewhere(files, rng):
    files["contacts.yaml"]["teams"]["assistant-team"]["warning"] = ["spare"]
    return {"essay": ["warning also tells `spare`"], "search": ["warning no longer tells `assistant-ding`"]}


OPERATORS = [
    threshold_up, failure_threshold_down, level_removed, level_added, alarm_removed, alarm_added,
    default_alarm_switched_off, held_longer, more_runs_needed, slow_limit, only_by_day, repeats_less, routed_elsewhere,
    owner_changes, runbook_removed, retitled, sampled, several_reporters, direct_rules, dimension_added, source_changes,
    promises_made, logs_of_the_application, webhook_added, period_of_its_own, keyword_declared,
    renamed, renamed_without_saying_so, flow_added, flow_removed, file_moved, comment_written, said_what_is_usual,
    defaults_changed, inherited_alarm, contact_removed, robot_swapped, group_added, team_routes_elsewhere,
]  # fmt: skip


def pull_requests(count=117):
    """`count` of them: every operator in turn, each time on another flow or to another value."""
    for number in range(count):
        operator = OPERATORS[number % len(OPERATORS)]
        files = project()
        expected = operator(files, random.Random(number))
        yield f"{number}-{operator.__name__}", files, expected
