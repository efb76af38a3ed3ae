"""The provider's own account of its resources, compared with the typed classes and with our use of it."""

from __future__ import annotations

import collections.abc
import importlib
import inspect
import json
import os
import subprocess
import typing

import pytest
from pulumi import _types

from flowvigil.engine.lookup import in_cache
from flowvigil.engine.parts import PROVIDER
from flowvigil.provisioner import objects as o
from flowvigil.provisioner.wire import KINDS

pytestmark = pytest.mark.engine

DIFFERENCES = {
    "Alarm.name: required by the provider, optional in Python": "the bridge makes up a name",
    "Resource.name: required by the provider, optional in Python": "the bridge makes up a name",
    "ServiceMetricAlarmRule.escalations.critical.preCondition: output of the provider, input in Python": "harmless",
    "ServiceMetricAlarmRule.escalations.warn.preCondition: output of the provider, input in Python": "harmless",
    "ServiceMetricAlarmRule.escalations.info.preCondition: output of the provider, input in Python": "harmless",
}

PYTHON_TYPES = {"string": str, "bool": bool, "int": int, "number": float, "list": list, "set": list, "map": dict}

LEVELS = tuple(o.Escalation(level, "P95", "GreaterThanThreshold", "5000", 3) for level in ("critical", "warn", "info"))
PAIR = (("flow", "poem"),)

OURS = [
    o.Contact("k", None, "n", "d", o.Secret("s"), "a@example.com", "13800000000"),
    o.ContactGroup("k", None, "n", "d", ("a",)),
    o.MonitorGroup("k", None, "n", ("g",)),
    o.Template("k", None, "n", "d", o.Ref("g"), 60, (o.TemplateRule("r", "ns", "m", LEVELS),), "https://example.com"),
    o.Rule("k", None, "id", "n", "ns", "m", "[]", ("g",), LEVELS, 60, 60, PAIR, webhook="https://example.com"),
    o.LogProject("k", None, "n", "d", protect=True),
    o.LogStore("k", None, "p", "n", 30, protect=True),
    o.LogIndex("k", None, "p", "s", (("flow", "text"), ("duration_ms", "double"))),
    o.Dashboard("k", None, "p", "n", "t", "[]"),
    o.LogAlert(
        "k", None, "p", "n", "t", (o.AlertQuery("s", "* | select 1", "-1m", "now"),), (o.AlertSeverity(10, "x > 1"),),
        ("flow",), PAIR, PAIR, "merge", "policy", 60,
    ),
    o.LogRecord("k", None, "t", "id", "tag", "{}"),
    o.RamPolicy("k", None, "n", "d", "{}"),
    o.RamRole("k", None, "n", "d", "{}"),
    o.RamAttachment("k", None, "p", "r"),
]  # fmt: skip


@pytest.fixture(scope="module")
def resources():
    found = in_cache(PROVIDER, os.environ)
    assert found, "the -schema flag is that of our own build: run `flowvigil engine install`"
    answer = subprocess.run([found.path, "-schema"], capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)["resources"]


def differences(path, fields, arguments):
    """What differs between a block of the provider and a class of Python, nested blocks included."""
    names = {pulumi: python for python, pulumi in _types.input_type_py_to_pulumi_names(arguments).items()}
    for name in names.keys() - fields.keys():
        yield f"{path}.{name}: only in Python"
    for name, field in fields.items():
        settable = (field.get("required") or field.get("optional")) and not field.get("removed")
        if name in names and not settable:
            yield f"{path}.{name}: output of the provider, input in Python"
        elif name in names:
            yield from of_field(f"{path}.{name}", field, arguments, names[name])
        elif settable:
            yield f"{path}.{name}: only in the provider"


def of_field(path, field, arguments, python):
    optional = inspect.signature(arguments.__init__).parameters[python].default is not inspect.Parameter.empty
    if optional and field.get("required"):
        yield f"{path}: required by the provider, optional in Python"
    if not optional and not field.get("required"):
        yield f"{path}: optional by the provider, required in Python"
    annotations = _types.input_type_types(arguments)
    outer, inner = types(annotations.get(python) or annotations[path.rpartition(".")[2]])
    if field["type"] != "object" and outer is not PYTHON_TYPES[field["type"]]:
        yield f"{path}: {field['type']} of the provider, {outer.__name__} in Python"
    if "fields" in field:
        yield from differences(path, field["fields"], inner)
    elif "element" in field and inner not in (typing.Any, PYTHON_TYPES[field["element"]["type"]]):
        yield f"{path}: element {field['element']['type']} of the provider, {inner.__name__} in Python"


def types(annotation):
    """The container and the element of an argument's type; twice the same where there is no container."""
    bare = _types.unwrap_type(annotation)
    origin = typing.get_origin(bare)
    if origin in (list, collections.abc.Sequence):
        return list, _types.unwrap_type(typing.get_args(bare)[0])
    if origin in (dict, collections.abc.Mapping):
        return dict, _types.unwrap_type(typing.get_args(bare)[1])
    return bare, bare


def classes(token):
    _, path, name = token.split(":")
    module = importlib.import_module(f"pulumi_alicloud.{path.split('/')[0]}")
    return getattr(module, name), getattr(module, f"{name}Args")


def test_every_input_of_the_provider_is_one_of_python_and_the_other_way_round(resources):
    found = [
        line
        for token, fields in resources.items()
        for line in differences(token.split(":")[2], fields, classes(token)[1])
    ]
    assert sorted(found) == sorted(DIFFERENCES)


def test_every_output_of_the_provider_is_one_of_python_and_the_other_way_round(resources):
    for token, fields in resources.items():
        properties = {name: one for name, one in vars(classes(token)[0]).items() if isinstance(one, property)}
        python = {getattr(one.fget, "_pulumi_name", name) for name, one in properties.items()}
        assert python == {name for name, field in fields.items() if not field.get("removed")}, token


def test_the_types_that_log_alarms_need_are_in(resources):
    assert {f"alicloud:log/{name}" for name in ("alert:Alert", "alertResource:AlertResource")} <= resources.keys()
    assert {
        f"alicloud:log/{name}" for name in ("resourceRecord:ResourceRecord", "resource:Resource")
    } <= resources.keys()


@pytest.mark.parametrize(
    ("token", "replacing"),
    [
        ("alicloud:cms/alarmContact:AlarmContact", {"alarmContactName"}),
        ("alicloud:cms/alarmContactGroup:AlarmContactGroup", {"alarmContactGroupName"}),
        ("alicloud:log/storeIndex:StoreIndex", {"project", "logstore"}),
        ("alicloud:ram/rolePolicyAttachment:RolePolicyAttachment", {"policyName", "policyType", "roleName"}),
    ],
)
def test_what_the_documentation_says_replaces_an_object_replaces_it(resources, token, replacing):
    assert {name for name, field in resources[token].items() if field.get("replaceOnChange")} == replacing


def test_every_class_of_object_is_compared():
    assert {type(one) for one in OURS} == KINDS.keys()


@pytest.mark.parametrize("one", OURS, ids=lambda one: type(one).__name__)
def test_what_we_register_is_what_the_provider_takes(resources, one):
    kind = KINDS[type(one)]
    assert list(misuses(resources[kind.token], kind.props(one, lambda value: value))) == []


def misuses(fields, values):
    """Each property that the provider does not take, takes as another type, or requires and does not get."""
    for name, field in fields.items():
        if field.get("required") and values.get(name) is None:
            yield f"{name} is required"
    for name, value in values.items():
        field = fields.get(name, {})
        if not (field.get("required") or field.get("optional")) or field.get("removed") or field.get("deprecated"):
            yield f"{name} is not taken"
        elif value is not None:
            yield from (f"{name}: {line}" for line in of_value(field, value))


def of_value(field, value):
    if isinstance(value, (o.Ref, o.Secret, o.Text)):
        return
    expected = dict if field["type"] == "object" else PYTHON_TYPES[field["type"]]
    if type(value) is not expected:
        yield f"{type(value).__name__} instead of {expected.__name__}"
    elif "fields" in field:
        for block in [value] if isinstance(value, dict) else value:
            yield from misuses(field["fields"], block)
