"""Which flows are outermost, in whatever order their spans arrive."""

import itertools

import pytest

from flowvigil.otlp.outermost import MOST_WAITING, Outermost

from .making import seen

OUTER, MIDDLE, INNER = seen(b"outer"), seen(b"middle", b"outer", flow=False), seen(b"inner", b"middle")


def names(spans):
    return [span.span for span in spans]


def test_a_root_is_decided_at_once():
    assert names(Outermost().take([OUTER], 0)) == [b"outer"]


@pytest.mark.parametrize("order", list(itertools.permutations([OUTER, MIDDLE, INNER])))
def test_a_flow_inside_a_flow_is_none_in_any_order_of_arrival(order):
    spans = Outermost()
    assert names([flow for one in order for flow in spans.take([one], 0)]) == [b"outer"]
    assert spans.rest() == []


def test_a_flow_inside_a_request_waits_for_the_request():
    spans = Outermost()
    assert spans.take([seen(b"flow", b"request")], 0) == []
    assert names(spans.take([seen(b"request", flow=False)], 5)) == [b"flow"]


def test_a_flow_waits_for_the_span_around_it_no_longer_than_patience():
    spans = Outermost(patience_s=30)
    spans.take([INNER], 100)
    assert spans.late(129.9) == []
    assert names(spans.late(130)) == [b"inner"]
    assert spans.late(1000) == []


def test_what_arrives_twice_counts_once():
    spans = Outermost()
    assert len(spans.take([OUTER, OUTER], 0) + spans.take([OUTER], 1)) == 1


def test_the_same_span_id_in_another_trace_is_another_span():
    assert len(Outermost().take([OUTER, seen(b"outer", trace=b"u" * 16)], 0)) == 2


def test_a_circle_of_parents_is_decided_by_patience():
    spans = Outermost(patience_s=1)
    assert spans.take([seen(b"a", b"b"), seen(b"b", b"a", flow=False)], 0) == []
    assert names(spans.late(1)) == [b"a"]


def test_a_flood_of_waiting_flows_is_decided_oldest_first():
    spans = Outermost()
    flood = [seen(number.to_bytes(8, "big"), b"gone") for number in range(1, MOST_WAITING + 3)]
    assert spans.take(flood, 0) == flood[:2]
