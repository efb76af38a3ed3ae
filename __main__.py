"""The program that Pulumi runs: configuration, monitors, plan, resources, outputs."""

from pathlib import Path

import pulumi

from flowvigil.provisioner import spec
from flowvigil.provisioner.approval import LOCK, LockError
from flowvigil.provisioner.facts import FACTS, learned
from flowvigil.provisioner.plan import PlanError, plan
from flowvigil.provisioner.resources import configuration, outputs, permit, provision
from flowvigil.provisioner.stack import StackError, stack_from_config

try:
    stack = learned(stack_from_config(pulumi.get_project(), pulumi.get_stack(), configuration()), Path(FACTS))
    planned = plan(spec.load(Path("monitors"), stack.environment), stack)
    permit(planned, Path(LOCK))
except (StackError, spec.SpecError, PlanError, LockError) as error:
    raise pulumi.RunError(str(error)) from None

for name, value in outputs(planned, provision(planned)).items():
    pulumi.export(name, value)
