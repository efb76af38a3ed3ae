"""How many rules, contacts and templates an account may have: makes them until the service refuses, or enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .bench import NO_ROBOT, Answer, Bench
from .cleaning import contact
from .inquiry import Fact, inquiry
from .templates import create, harmless

RULES, CONTACTS, TEMPLATES = 250, 120, 110


def _until_full(name: str, most: int, make: Callable[[int], Answer], count: Callable[[], int]) -> Fact:
    for number in range(most):
        answer = make(number)
        if not answer.taken:
            there = count()
            return Fact(name, str(there), f"with {there} in the account one more was {answer}")
    return Fact(name, "0", f"{most} more were taken; the account has {count()} now")


@inquiry("quotas", "rule_quota", asks="how many alarm rules may the account have", calls=RULES + 10, minutes=2)
def rules(bench: Bench) -> Iterator[Fact]:
    def count() -> int:
        return sum(1 for _ in bench.cloud.rules(bench.namespace))

    bench.group()
    yield _until_full("rule_quota", RULES, lambda number: bench.put_rule(f"q{number}"), count)


@inquiry("quotas", "contact_quota", asks="how many contacts may the account have", calls=CONTACTS + 5, minutes=1)
def contacts(bench: Bench) -> Iterator[Fact]:
    def make(number: int) -> Answer:
        name = f"{bench.prefix}-c{number}"
        bench.made.append(contact(name))
        return bench.ask("PutContact", ContactName=name, Describe="probe", Channels={"DingWebHook": NO_ROBOT})

    yield _until_full("contact_quota", CONTACTS, make, lambda: sum(1 for _ in bench.cloud.contacts()))


@inquiry("quotas", "template_quota", asks="how many templates may the account have", calls=TEMPLATES + 5, minutes=1)
def templates(bench: Bench) -> Iterator[Fact]:
    def make(number: int) -> Answer:
        return create(bench, f"q{number}", [harmless(bench, 0)])

    yield _until_full("template_quota", TEMPLATES, make, lambda: sum(1 for _ in bench.cloud.templates()))
