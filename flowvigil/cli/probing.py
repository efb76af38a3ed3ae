"""`flowvigil verify --probe` and `--clean`: says what it will do, asks, does it, prints and keeps the answers."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .console import BAD_INPUT, CLEAN, FINDINGS, MISSING, Console, Exit, need_a_person
from .opening import Open, account

if TYPE_CHECKING:
    from flowvigil.deploy.probe import Bench, Inquiry, Report
    from flowvigil.deploy.probe.listening import Listener

FREE = "calls of these APIs are free up to a million a month"
RAW = "one raw value, for which no price is published"


def clean(stack: str | None, *, yes: bool, as_json: bool) -> int:
    """Remove what probes left behind in the account."""
    from flowvigil.deploy import probe
    from flowvigil.provisioner import names

    console = Console()
    with account(stack, console) as open_:
        found = probe.leftovers(open_.cloud, names.namespace(open_.target.stack))
        for one in found:
            console.note(f"left by a probe: {one}")
        if found:
            _confirm(f"remove these {len(found)}?", yes=yes)
        stuck = probe.clean(open_.cloud, found, console.note)
    if as_json:
        removed = [str(one) for one in found if one not in stuck]
        console.json({"removed": removed, "stuck": [str(one) for one in stuck]})
    elif found:
        console.say(f"removed {len(found) - len(stuck)} of {len(found)}")
    else:
        console.say("nothing is left of any probe")
    return FINDINGS if stuck else CLEAN


def ask(stack: str | None, families: Sequence[str], callback: str, port: int, *, yes: bool, as_json: bool) -> int:
    """Ask the questions of these families and keep the answers in cloud-facts.json."""
    from flowvigil.deploy import probe
    from flowvigil.provisioner.facts import FACTS, accounts

    console = Console()
    inquiries = probe.chosen(families or probe.USUAL)
    with account(stack, console) as open_:
        path = open_.target.project.root / FACTS
        if path.exists():
            accounts(path.read_text(encoding="utf-8"))  # before anything is made, not after
        _same_account(open_)
        with _listener(open_, callback, port) as listener:
            for line in _forecast(inquiries):
                console.note(line)
            _confirm(f"ask account {open_.target.stack.account_id}?", yes=yes)
            report = probe.probe(_bench(open_, listener), inquiries, console.note)
        _keep(path, open_, report)
    _show(console, path, report, as_json=as_json)
    return FINDINGS if report.failed or report.stuck else CLEAN


def _bench(open_: Open, listener: Listener | None) -> Bench:
    from flowvigil.deploy.log_door import LogDoor
    from flowvigil.deploy.probe import PREFIX, Bench
    from flowvigil.deploy.probe.bench import Store
    from flowvigil.deploy.probe.waiting import clock_of
    from flowvigil.provisioner.logs import own_place

    stack, pretend = open_.target.stack, open_.target.pretend
    name, home = PREFIX + secrets.token_hex(3), own_place(stack)
    store = Store(LogDoor(open_.cloud, pretend), home.project, home.logstore)
    return Bench(open_.cloud, clock_of(pretend), stack.account_id, stack.region, name, listener, store)


def _same_account(open_: Open) -> None:
    found, wanted = open_.cloud.account(), open_.target.stack.account_id
    if found != wanted:
        raise Exit(BAD_INPUT, f"the credentials are of account {found}, and alicloud:accountId is {wanted}")


@contextmanager
def _listener(open_: Open, callback: str, port: int) -> Iterator[Listener | None]:
    """Our door for callbacks, where the cloud can reach it: the pretend one always can."""
    from flowvigil.deploy.probe.listening import Listener

    if not callback and not open_.target.pretend:
        yield None
        return
    try:
        with Listener(callback, port, "0.0.0.0" if callback else "127.0.0.1") as listener:  # noqa: S104 - asked for
            yield listener
    except OSError as error:
        raise Exit(MISSING, f"cannot listen on port {port}: {error.strerror}; choose another with --listen") from error


def _forecast(inquiries: Sequence[Inquiry]) -> Iterator[str]:
    """What it will do and cost at most, before anything is done."""
    from flowvigil.deploy.probe import AROUND
    from flowvigil.review.cost import prices

    for one in inquiries:
        minutes = f", up to {one.minutes} min" if one.minutes else ""
        yield f"{one.family:9} {one.asks}: up to {one.calls} calls{minutes}"
    series, price = sum(one.series for one in inquiries), prices()["series_hour"]
    total, longest = AROUND + sum(one.calls for one in inquiries), sum(one.minutes for one in inquiries)
    yield f"together at most {total} calls and {longest} minutes; {FREE}"
    raw = f"; {RAW}" if any("raw_points" in one.answers for one in inquiries) else ""
    yield (
        f"at most {series} custom series for the hour: {series * price['price']:.2f} CNY beyond the free ones "
        f"(price of {price['date']}){raw}"
    )
    yield "everything it makes is called flowvigil-probe-… and is removed at the end, also when interrupted"


def _confirm(question: str, *, yes: bool) -> None:
    if yes:
        return
    need_a_person()
    click.confirm(question, abort=True, err=True)


def _keep(path: Path, open_: Open, report: Report) -> None:
    from flowvigil.deploy.probe.recording import recorded

    stack, today = open_.target.stack, datetime.now(timezone.utc).date()
    path.write_text(recorded(path, stack.account_id, stack.region, report.facts, today), encoding="utf-8")


def _show(console: Console, path: Path, report: Report, *, as_json: bool) -> None:
    if as_json:
        console.json(_json(path, report))
    else:
        for fact in report.facts:
            console.say(f"{fact.name}: {'not known' if fact.answer is None else fact.answer} ({fact.seen})")
    for text in report.failed:
        console.error(text)
    for one in report.stuck:
        console.error(f"could not be removed: {one}; try: flowvigil verify --clean")
    console.note(f"wrote {path.name}; commit it: plans obey it, and so does flowvigil run emulator --facts {path.name}")


def _json(path: Path, report: Report) -> dict[str, Any]:
    facts = {one.name: {"answer": one.answer, "seen": one.seen} for one in report.facts}
    stuck = [str(one) for one in report.stuck]
    return {"file": str(path), "facts": facts, "failed": report.failed, "stuck": stuck}
