"""`flowvigil run simulate` before it needs a cloud: shapes, flows and what is refused."""

from flowvigil.cli import run
from flowvigil.cli.simulate_command import arrived

OWN = {"seq": 1, "status": "sent", "after": "Critical", "dimension": "flow=poem&service=svc", "text": "the service's"}


def relayed(
    seq, title, text="poem [logs](dingtalk://dingtalkclient/page/link?url=http%3A%2F%2Fx%2F%3Fa%3D1&pc_slide=false)"
):
    return {"seq": seq, "status": "sent", "message": {"markdown": {"title": title, "text": text}}}


def test_the_shapes_are_listed_with_what_they_do(capsys):
    assert run(["run", "simulate", "--shapes"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == ["healthy", "creep", "outage", "low-traffic", "timeout-tail", "version-regression",
                      "reporter-dies", "stuck", "silent"]  # fmt: skip


def test_a_shape_that_is_none_is_refused_with_those_that_are(capsys):
    assert run(["run", "simulate", "--shape", "storm"]) == 2
    assert "there is no 'storm'; shapes are healthy, creep" in capsys.readouterr().err


def test_the_relays_message_is_shown_instead_of_the_services_own_with_links_that_open_anywhere():
    warned, alarmed = relayed(2, "监控报警 警告 报警 poem p95"), relayed(3, "监控报警 严重 升级 poem p95")
    assert arrived([OWN, warned, alarmed], ["poem"]) == "poem [logs](http://x/?a=1)"
    assert arrived([OWN, warned], ["poem"]) == "the service's"


def test_a_relayed_message_of_before_or_of_another_flow_is_not_taken_for_it():
    before, other = relayed(0, "Monitor alarm critical alarm poem p95"), relayed(2, "critical alarm song p95", "song")
    assert arrived([before, OWN, other], ["poem"]) == "the service's"


def test_without_an_alarm_there_is_no_message():
    assert arrived([{**OWN, "after": "OK"}, relayed(2, "监控报警 严重 poem")], ["poem"]) == ""
