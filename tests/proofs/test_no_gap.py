"""While `up` changes what carries a flow's conditions, each condition stays watched at every moment.

Triggers in the pretend cloud's own database write down the rule table after each request that changed it.
"""

import json
import re
import sqlite3

import pytest

pytestmark = pytest.mark.engine

CONTACTS = """\
teams:
  assistant-team: {critical: [oncall], warning: [oncall]}
groups:
  oncall:
    - {dingtalk: assistant-robot}
  second:
    - {mail: second@example.com}
"""
WATCH = "alarms: {p95: {warning: 5s, critical: 8s}, failure_rate: {critical: 5%}}"
DIRECT = f"rules: direct\n{WATCH}"
CHANGES = {
    "threshold": (WATCH, WATCH.replace("5s", "6s")),
    "told": (WATCH, f"{WATCH}\nnotify: {{critical: [oncall, second], warning: [oncall, second]}}"),
    "repeated": (WATCH, f"{WATCH}\nrepeat: {{critical: 20m, warning: 20m}}"),
    "titled": (WATCH, f"{WATCH}\ntitle: 写诗"),
    "slower": (WATCH, WATCH.replace("critical: 8s", "critical: 8s, period: 5m, for: 5m")),
    "timed": (WATCH, WATCH.replace("critical: 8s", "critical: 8s, hours: Mon-Fri 09:00-20:00")),
    "freed": (WATCH, DIRECT),
    "direct-threshold": (DIRECT, DIRECT.replace("5s", "6s")),
    "direct-told": (DIRECT, f"{DIRECT}\nnotify: {{critical: [oncall, second], warning: [oncall, second]}}"),
    "direct-repeated": (DIRECT, f"{DIRECT}\nrepeat: {{critical: 20m, warning: 20m}}"),
    "direct-titled": (DIRECT, f"{DIRECT}\ntitle: 写诗"),
}
RENAMED = {"poem-old": (WATCH, "poem-new"), "verse-old": (DIRECT, "verse-new")}

HISTORY = """
CREATE TABLE IF NOT EXISTS history (n INTEGER PRIMARY KEY, op TEXT, kind TEXT, key TEXT, body TEXT);
CREATE TRIGGER IF NOT EXISTS made AFTER INSERT ON objects WHEN new.kind IN ('rule', 'monitor_group')
  BEGIN INSERT INTO history (op, kind, key, body) VALUES ('put', new.kind, new.key, new.body); END;
CREATE TRIGGER IF NOT EXISTS changed AFTER UPDATE ON objects WHEN new.kind IN ('rule', 'monitor_group')
  BEGIN INSERT INTO history (op, kind, key, body) VALUES ('put', new.kind, new.key, new.body); END;
CREATE TRIGGER IF NOT EXISTS dropped AFTER DELETE ON objects WHEN old.kind IN ('rule', 'monitor_group')
  BEGIN INSERT INTO history (op, kind, key) VALUES ('drop', old.kind, old.key); END;
CREATE TRIGGER IF NOT EXISTS step AFTER INSERT ON journal
  BEGIN INSERT INTO history (op, key) VALUES ('step', new.seq); END;
"""


@pytest.fixture(scope="module")
def watched(make_site):
    site = make_site()
    site.write("monitors/contacts.yaml", CONTACTS)
    (site.root / "monitors" / "poem-generator.yaml").unlink()
    with _database(site) as database:
        database.executescript(HISTORY)
    before(site)
    up(site)
    return site


def before(site):
    for flow, (old, _) in CHANGES.items():
        spec(site, flow, flow, old)
    for old, (text, _) in RENAMED.items():
        spec(site, old, old, text)


def after(site):
    for flow, (_, new) in CHANGES.items():
        spec(site, flow, flow, new)
    for old, (text, new) in RENAMED.items():
        spec(site, old, new, f"renamed_from: {old}\n{text}")


def spec(site, file, flow, text):
    site.write(f"monitors/{file}.yaml", f"flow: {flow}\nowner: assistant-team\n{text}\n")


def up(site, slow=()):
    """Bring the site up with some actions slowed down, so that an order that is not enforced shows."""
    for action in slow:
        site.door("faults", {"kind": "delay", "action": action, "seconds": 0.4, "times": 0})
    code, printed = site.up()
    site.door("faults", method="DELETE")
    assert code == 0, printed


def _database(site):
    return sqlite3.connect(site.root / ".flowvigil" / "emulator" / "emulator.sqlite", timeout=60)


def tables(site, since):
    """(journal number, rules in force by id, names of monitor groups by number) after each request since then."""
    with _database(site) as database:
        rows = database.execute("SELECT op, kind, key, body FROM history ORDER BY n").fetchall()
    objects = {"rule": {}, "monitor_group": {}}
    names = {}
    for op, kind, key, body in rows:
        if op == "put":
            objects[kind][key] = json.loads(body)
        if op == "put" and kind == "monitor_group":
            names[key] = objects[kind][key]["GroupName"]
        if op == "drop":
            del objects[kind][key]
        if op == "step" and int(key) > since:
            yield int(key), watches(objects["rule"].values(), dict(names))


def watches(rules, names):
    """What is watched: (flow, metric) → the ways in which an enabled rule judges it and whom it tells."""
    found = {}
    for rule in rules:
        if rule["EnableState"]:
            way = json.dumps([rule["Escalations"], sorted(rule["ContactGroups"].split(","))], sort_keys=True)
            found.setdefault((_flow(rule, names), rule["MetricName"]), set()).add(way)
    return found


def _flow(rule, names):
    named = re.search(r"flow=([\w.-]+)", rule["Resources"])
    flow = named[1] if named else names[rule["GroupId"]].removeprefix("acme-test-")
    return {new: old for old, (_, new) in RENAMED.items()}.get(flow, flow)


def gaps(site, since):
    """Moments at which a condition of both ends is watched neither as at the first nor as at the last."""
    steps = list(tables(site, since))
    (_, first), (_, last) = steps[0], steps[-1]
    return [
        (number, *condition)
        for number, table in steps
        for condition in first.keys() & last.keys()
        if not table.get(condition, set()) & (first[condition] | last[condition])
    ]


def seen(site):
    return max(entry["seq"] for entry in site.door("journal"))


def conditions(site):
    return set(watches(site.door("rules"), _names(site)))


def _names(site):
    groups = next(iter(site.door("objects").values()))["monitor_group"]
    return {key: body["GroupName"] for key, body in groups.items()}


def test_every_condition_of_every_flow_is_watched_to_begin_with(watched):
    flows = {*CHANGES, *RENAMED}
    found = conditions(watched)
    assert {flow for flow, _ in found} == flows
    assert len(found) >= 2 * len(flows)


def test_changes_leave_no_condition_unwatched_at_any_moment(watched):
    since = seen(watched)
    after(watched)
    up(watched, slow=["PutResourceMetricRule"])
    assert gaps(watched, since) == []


def test_taking_the_changes_back_leaves_no_condition_unwatched_at_any_moment(watched):
    since = seen(watched)
    before(watched)
    up(watched, slow=["ApplyMetricRuleTemplate", "CreateMonitorGroup"])
    assert gaps(watched, since) == []


def test_changes_that_fail_leave_the_conditions_as_they_were(watched):
    since = seen(watched)
    old = watches(watched.door("rules"), _names(watched))
    after(watched)
    for action in ("PutResourceMetricRule", "CreateMetricRuleTemplate"):
        watched.door("faults", {"kind": "fail", "action": action, "times": 0})
    code, printed = watched.up()
    watched.door("faults", method="DELETE")
    assert code == 3, printed
    unwatched = [(number, *one) for number, table in tables(watched, since) for one in old.keys() - table.keys()]
    assert unwatched == []
