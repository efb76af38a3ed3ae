"""How objects are handed to Pulumi. What the engine gets of them is what the proofs look at."""

import gc
from types import SimpleNamespace

import pulumi
import pytest

from flowvigil.provisioner import resources
from flowvigil.provisioner.plan import plan
from tests.plan.builders import STACK, monitor, monitors

pytestmark = pytest.mark.engine  # imports Pulumi: a second


class Registered(pulumi.Resource):
    """A resource that remembers what it is made of, and of how much it could have made outputs at once."""

    def __init__(self, token, key, props, options):
        self.key, self.props, self.id = key, props, f"id of {key}"
        self.at_once = len(props)


@pytest.fixture
def provisioned(monkeypatch):
    """Provisions a flow, with these transformations of the user's; every object as it was registered, by key."""

    def provision(*transformations):
        root = SimpleNamespace(_transformations=list(transformations))
        monkeypatch.setattr(resources, "get_root_resource", lambda: root)
        monkeypatch.setattr(pulumi, "CustomResource", Registered)
        monkeypatch.setattr(pulumi, "ProviderResource", lambda *_: None)
        pulumi.runtime.set_all_config({"webhook:robot": "https://robot.example"})
        return resources.provision(plan(monitors(monitor()), STACK))

    threshold = gc.get_threshold()
    yield provision
    gc.set_threshold(*threshold)
    gc.unfreeze()


def test_no_output_is_made_for_a_property_that_nobody_reads(provisioned):
    assert {one.at_once for one in provisioned().values()} == {0}


def test_every_property_is_there_once_the_program_has_run(provisioned):
    group = provisioned()["flow.poem.group"]
    assert group.props == {"monitorGroupName": "acme-prod-poem", "contactGroups": ["acme-prod-ding"]}


def test_a_transformation_of_the_users_sees_every_property_at_once(provisioned):
    made = provisioned(lambda args: None)
    assert {key: one.at_once for key, one in made.items()} == {key: len(one.props) for key, one in made.items()}


@pytest.mark.parametrize("times", [1, 3])
def test_a_state_that_the_engine_is_writing_is_read_again(monkeypatch, times):
    answers = iter([*[Exception("invoke failed: failed to load checkpoint: EOF")] * times, {"slices": {"poem": "abc"}}])

    def invoke(*_):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(value={"outputs": answer})

    monkeypatch.setattr(pulumi.runtime, "invoke", invoke)
    monkeypatch.setattr(resources, "AGAIN_S", 0)
    assert resources._applied() == {"poem": "abc"}


def test_a_state_that_cannot_be_read_is_an_error(monkeypatch):
    def invoke(*_):
        raise OSError("no state")

    monkeypatch.setattr(pulumi.runtime, "invoke", invoke)
    monkeypatch.setattr(resources, "AGAIN_S", 0)
    with pytest.raises(OSError, match="no state"):
        resources._applied()
