"""The queue in front of a sink: what is retried, what is given up, and that every run is accounted for."""

from collections.abc import Sequence
from typing import Any

import pytest

from flowvigil.reporter import channel as channel_room
from flowvigil.reporter.channel import EXPIRY_S, LONGEST_PAUSE_S, MOST_PAUSE_S, NEVER, Channel, Kind, Parcel, Verdict
from flowvigil.reporter.health import sink_stats

OK = Verdict(Kind.DELIVERED)


class Scripted:
    """Answers from a list, then delivers; remembers every batch."""

    name = "scripted"
    entries = 4
    batch_bytes = 100
    queue = 10

    def __init__(self, *verdicts: Verdict) -> None:
        self.verdicts = list(verdicts)
        self.batches: list[list[Any]] = []
        self.poison: set[Any] = set()

    def deliver(self, payloads: Sequence[Any], now: float, timeout_s: float) -> Verdict:
        self.batches.append(list(payloads))
        if self.verdicts:
            return self.verdicts.pop(0)
        return Verdict(Kind.SPLIT, "refused") if self.poison & set(payloads) else OK

    def close(self) -> None: ...


def channel(*verdicts: Verdict) -> Channel:
    return Channel(Scripted(*verdicts), seed=1)


def parcels(count: int, size: int = 1, born: float = 0.0) -> list[Parcel]:
    return [Parcel(number, 1, born, size) for number in range(count)]


def drain(subject: Channel, now: float = 0.0) -> float:
    for _ in range(200):
        due = subject.step(now, 1.0)
        if due is NEVER:
            break
        now = max(now, due)
    return now


def balanced(subject: Channel) -> bool:
    ledger = subject.ledger
    return ledger.taken == ledger.delivered + sum(ledger.dropped.values()) + subject.pending


def test_a_batch_has_at_most_the_sinks_entries() -> None:
    subject = channel()
    subject.put(parcels(9))
    drain(subject)
    assert [len(batch) for batch in subject.sink.batches] == [4, 4, 1]


def test_a_batch_has_at_most_the_sinks_bytes() -> None:
    subject = channel()
    subject.put(parcels(3, size=60))
    drain(subject)
    assert [len(batch) for batch in subject.sink.batches] == [1, 1, 1]


def test_a_single_oversized_entry_is_still_tried() -> None:
    subject = channel()
    subject.put(parcels(1, size=1000))
    drain(subject)
    assert subject.ledger.delivered == 1


def test_a_failed_batch_waits_and_is_sent_again_unchanged() -> None:
    subject = channel(Verdict(Kind.RETRY, "server_error"))
    subject.put(parcels(3))
    due = subject.step(0.0, 1.0)
    assert 0.5 <= due <= 1.0
    assert subject.step(due - 0.01, 1.0) == due
    drain(subject, due)
    assert subject.sink.batches == [[0, 1, 2], [0, 1, 2]]
    assert (subject.ledger.delivered, subject.ledger.failures) == (3, {"server_error": 1})


def test_pauses_double_up_to_a_limit_and_never_line_up() -> None:
    subject = channel(*[Verdict(Kind.RETRY, "throttled")] * 12)
    subject.put(parcels(1))
    now, pauses = 0.0, []
    for _ in range(12):
        due = subject.step(now, 1.0)
        pauses.append(due - now)
        now = due
    assert all(pause <= LONGEST_PAUSE_S for pause in pauses)
    assert min(pauses[-3:]) >= LONGEST_PAUSE_S / 2
    assert len(set(pauses)) == 12


def test_a_failing_service_is_asked_a_bounded_number_of_times_a_minute() -> None:
    subject = channel(*[Verdict(Kind.RETRY, "throttled")] * 1000)
    subject.put(parcels(4, born=0.0))
    now = 0.0
    while now < 540:
        now = subject.step(now, 1.0)
    assert subject.ledger.attempts <= 7 + 540 / (LONGEST_PAUSE_S / 2)


def test_the_service_may_ask_for_a_longer_pause() -> None:
    subject = channel(Verdict(Kind.RETRY, "throttled", pause_s=20.0))
    subject.put(parcels(1))
    assert subject.step(0.0, 1.0) == 20.0


def test_a_correctable_refusal_is_tried_at_once_but_only_once() -> None:
    subject = channel(Verdict(Kind.AT_ONCE, "clock"), Verdict(Kind.AT_ONCE, "clock"))
    subject.put(parcels(1))
    assert subject.step(0.0, 1.0) == 0.0
    assert subject.step(0.0, 1.0) > 0.0


def test_a_refused_batch_is_halved_until_the_bad_entry_is_alone() -> None:
    subject = channel()
    subject.sink.poison = {2}
    subject.put(parcels(4))
    drain(subject)
    assert subject.sink.batches == [[0, 1, 2, 3], [0, 1], [2, 3], [2], [3]]
    assert (subject.ledger.delivered, subject.ledger.dropped) == (3, {"refused": 1})


def test_beyond_the_queue_the_oldest_go_and_are_counted() -> None:
    subject = channel()
    subject.put(parcels(13))
    assert (subject.waiting, subject.ledger.dropped) == (10, {"queue_full": 3})
    drain(subject)
    assert subject.sink.batches[0][0] == 3


def test_what_is_too_old_is_given_up() -> None:
    subject = channel()
    subject.put(parcels(2, born=0.0))
    assert subject.step(EXPIRY_S + 1, 1.0) is NEVER
    assert (subject.sink.batches, subject.ledger.dropped) == ([], {"expired": 2})


def test_a_sink_that_raises_is_a_failure_and_not_the_end() -> None:
    class Broken(Scripted):
        def deliver(self, payloads: Sequence[Any], now: float, timeout_s: float) -> Verdict:
            raise RuntimeError("boom")

    subject = Channel(Broken())
    subject.put(parcels(1))
    assert subject.step(0.0, 1.0) > 0
    assert (subject.ledger.failures, subject.pending) == ({"sink_error": 1}, 1)


def test_a_thread_killed_while_sending_loses_nothing() -> None:
    class Killed(Scripted):
        def deliver(self, payloads: Sequence[Any], now: float, timeout_s: float) -> Verdict:
            if not self.batches:
                self.batches.append([])
                raise SystemExit
            return super().deliver(payloads, now, timeout_s)

    subject = Channel(Killed())
    subject.put(parcels(3))
    with pytest.raises(SystemExit):
        subject.step(0.0, 1.0)
    drain(subject)
    assert subject.ledger.delivered == 3
    assert balanced(subject)


def test_giving_up_drops_everything_with_its_reason() -> None:
    subject = channel()
    subject.put(parcels(3))
    subject.give_up("after_shutdown")
    assert (subject.ledger.dropped, subject.waiting) == ({"after_shutdown": 3}, 0)


def test_a_nudge_forgets_the_pause() -> None:
    subject = channel(Verdict(Kind.RETRY, "no_answer", pause_s=60.0))
    subject.put(parcels(1))
    subject.step(0.0, 1.0)
    subject.nudge()
    assert subject.step(1.0, 1.0) is NEVER


def test_the_age_of_the_queue_is_that_of_its_oldest_entry() -> None:
    subject = channel()
    assert subject.age_s(100.0) == 0.0
    subject.put(parcels(1, born=40.0))
    assert subject.age_s(100.0) == 60.0


def test_the_books_tell_what_sending_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_room, "thread_time", iter((10.0, 10.25, 20.0, 20.5)).__next__)
    subject = channel(Verdict(Kind.RETRY, "no_answer"))
    subject.put(parcels(1))
    subject.step(0.0, 1.0)
    subject.step(5.0, 1.0)
    assert sink_stats(subject, 5.0)["cpu_s"] == 0.75


def test_what_arrives_after_a_failure_does_not_change_the_batch_that_is_repeated() -> None:
    subject = channel(Verdict(Kind.RETRY, "no_answer"))
    subject.put(parcels(2))
    subject.step(0.0, 1.0)
    subject.put([Parcel("late", 1, 0.0, 1)])
    drain(subject, 5.0)
    assert subject.sink.batches == [[0, 1], [0, 1], ["late"]]


def test_after_a_success_pauses_are_short_again() -> None:
    subject = channel(*[Verdict(Kind.RETRY, "no_answer")] * 6)
    subject.put(parcels(1))
    now = drain(subject)
    subject.sink.verdicts = [Verdict(Kind.RETRY, "no_answer")]
    subject.put(parcels(1, born=now))
    assert subject.step(now, 1.0) - now <= 1.0


def test_a_clock_that_is_put_back_after_a_failure_holds_nothing_up() -> None:
    subject = channel(Verdict(Kind.RETRY, "no_answer"))
    subject.put(parcels(1, born=7200.0))
    subject.step(7200.0, 1.0)
    assert subject.step(0.0, 1.0) is NEVER
    assert subject.ledger.delivered == 1


def test_the_longest_pause_that_a_service_asks_for_is_kept() -> None:
    subject = channel(Verdict(Kind.RETRY, "throttled", pause_s=MOST_PAUSE_S))
    subject.put(parcels(1))
    assert subject.step(0.0, 1.0) == subject.step(0.0, 1.0) == MOST_PAUSE_S
