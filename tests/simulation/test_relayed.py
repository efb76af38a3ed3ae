"""A virtual clock waits for the relay beside it, and never forever."""

from flowvigil.simulation.relayed import POLLS, Follower

MINUTE = 1_800_000_000_000


class Told(Follower):
    """A relay that says these things of itself, the last for ever."""

    def __init__(self, *answers):
        self.slept = []
        super().__init__("127.0.0.1:1", self.slept.append)
        self.answers = list(answers)

    def _health(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def test_it_is_waited_for_until_nothing_is_due_and_this_minute_is_reported():
    relay = Told({"due": 2, "reported": 0}, {"due": 0, "reported": MINUTE - 60_000}, {"due": 0, "reported": MINUTE})
    assert relay.follow(MINUTE + 59_999)
    assert len(relay.slept) == 2


def test_one_that_never_follows_is_given_up():
    relay = Told({"due": 1, "reported": MINUTE})
    assert not relay.follow(MINUTE)
    assert len(relay.slept) == POLLS


def test_one_that_is_gone_is_not_waited_for():
    relay = Told(None)
    assert not relay.follow(MINUTE)
    assert relay.slept == []
