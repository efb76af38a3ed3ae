"""A plan of nothing: what a new stack is compared with."""

from __future__ import annotations

from flowvigil.provisioner.plan import Plan
from flowvigil.provisioner.stack import Stack
from flowvigil.reporter.contract import Settings


def empty_plan(stack: Stack) -> Plan:
    """The plan of a stack that holds nothing yet."""
    return Plan(stack, (), {}, {}, "", {}, Settings(stack.prefix, stack.region), {}, ())
