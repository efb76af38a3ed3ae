"""The words before the tables of docs/spec.md."""

INTRODUCTION = """\
# The language

A monitors folder says what to watch: one YAML file per flow.
This page is generated from the schema of the language; `flowvigil export docs` prints it.

```yaml
flow: poem-generator
owner: assistant-team
alarms:
  p95: {warning: 5s, critical: 8s}
  failure_rate: {critical: 5%}
  slow_streak: {over: 5s, warning: 3}
```

```yaml
# contacts.yaml
teams:
  assistant-team: {critical: [oncall, assistant-ding], warning: [assistant-ding]}
groups:
  oncall: {existing: true}
  assistant-ding:
    - {dingtalk: assistant-robot}      # name of a secret, never the webhook itself
    - {dingtalk: assistant-robot-signed, via: relay, at: [zhangsan]}
```

## How files are read

- Values carry their unit: `800ms`, `5s`, `30m`, `1d`, `5%`; runs and tokens are plain numbers.
- Unknown and repeated keys are refused, and so are anchors, aliases, tags, merge keys, tabs and second documents.
- Plain words are read as JSON would read them: `yes`, `on`, `012` and dates are text.
- A webhook or AccessKey in clear text is refused in every file, and never printed.
- Hidden files are passed over; links may not lead out of the folder.

## Where a value comes from

Later wins:

1. built-in values,
2. `defaults.yaml` of the monitors folder, then of each folder on the way to the flow,
3. the profile that `extends` names,
4. the flow's file,
5. the block of the stack's environment in each of these files, in the same order.

Maps merge by key, scalars and lists replace, `none` removes.
`flowvigil explain FLOW` shows which file and line gave every value.

```yaml
# monitors/retrieval/defaults.yaml
owner: model-team
alarms:
  no_reports: {warning: 5m, critical: 30m}
locked: [alarms.no_reports.critical]   # no flow below may change it
bounds:
  alarms.p95.critical: {max: 30s}      # no flow below may exceed it
```

## What is watched without being asked

- `slow_streak`: warning after 3 runs in a row over the lowest latency threshold of the flow, or over 30s.
- `failure_streak`: critical after 3 failed runs in a row.
- `no_reports`: warning after 5m without a sign of life from the reporter.

`slow_streak: none` switches one off.

## Who is told

A severity goes to the groups in `notify`, else to those of the owner's team in `contacts.yaml`.
Where neither names any, the next more urgent severity's groups hear of it, else those of a less urgent one.
A flow without owner and `notify` goes to the only contact group, if there is exactly one.

## Editors

```yaml
# yaml-language-server: $schema=../.flowvigil/spec.schema.json
```

`flowvigil export schema -o .flowvigil/spec.schema.json` writes that file.
`--for contacts`, `defaults`, `profile` and `project` serve the other kinds of file."""
