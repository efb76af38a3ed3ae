"""The policy pack as its own process would load it, and a judge that collects what a rule reports."""

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from pulumi_policy import PolicyResource, ResourceValidationArgs, StackValidationArgs

PACK = Path(__file__).parents[2] / "policies"
MODULES = ("wire", "alarms", "access", "keeping", "rules")
URN = "urn:pulumi:prod::acme::type::it"


@pytest.fixture(scope="session")
def pack():
    """Every name of the pack's modules, and RULES."""
    sys.path.insert(0, str(PACK))
    try:
        loaded = [importlib.import_module(name) for name in MODULES]
    finally:
        sys.path.remove(str(PACK))
        for name in MODULES:
            sys.modules.pop(name, None)
    return SimpleNamespace(**{key: value for module in loaded for key, value in vars(module).items()})


@pytest.fixture
def judge(pack):
    """What one rule says of one resource."""

    def run(rule, kind, props, config=None, *, name="it", region=None):
        provider = SimpleNamespace(props={"region": region}) if region else None
        args = ResourceValidationArgs(getattr(pack, kind), props, URN, name, None, provider, config or {})
        messages = []
        getattr(pack, rule)(args, messages.append)
        return messages

    return run


@pytest.fixture
def judge_stack(pack):
    """What one rule says of a whole stack, given as (kind, props, dependencies)."""

    def run(rule, resources, config=None):
        made = [resource(getattr(pack, kind), props, needs) for kind, props, needs in resources]
        messages = []
        getattr(pack, rule)(StackValidationArgs(made, config or {}), messages.append)
        return messages

    def resource(token, props, needs):
        needed = [resource(getattr(pack, kind), inner, ()) for kind, inner in needs]
        return PolicyResource(token, props, URN, "it", None, None, None, needed, {})

    return run
