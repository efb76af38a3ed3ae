"""Script and HTML in every text that the page shows: names, messages, log lines, queries, addresses."""

import json

import pytest

from flowvigil.emulator.page.charts import Line, axis, chart, pie
from flowvigil.emulator.page.markdown import rendered, shown
from tests.emulator.alarming import LEVEL, scene
from tests.emulator.conftest import ESCALATION
from tests.emulator.lines import PROJECT, STORE, group, make_store, put, runs
from tests.emulator.scenery import BOARD, board, see

EVIL = "\"'><img src=x onerror=alert(1)><script>alert(2)</script></textarea></title>{{ 7 * 7 }}"
FLOW = "<svg onload=alert(3)>"
OURS = {"/page/page.js"}


@pytest.fixture
def stage(virtual_cloud):
    series = json.dumps([{"groupId": "0", "dimension": f"flow={FLOW}"}])
    part = {**LEVEL, "Threshold": "3", "Times": "1"}
    made = scene(virtual_cloud, RuleName=EVIL, Resources=series, Labels=[{"Key": EVIL, "Value": f"javascript:{EVIL}"}],
                 Escalations={"Critical": part}, EmailSubject=EVIL)  # fmt: skip
    cloud = made.cloud
    make_store(cloud)
    line = {"flow": FLOW, "version": EVIL, "duration_ms": 5, "text": EVIL, EVIL: EVIL, "status": EVIL}
    put(cloud, group(*runs(line, at=cloud.world.now() // 1000), topic=EVIL))
    cloud.sls("POST", PROJECT, "/dashboards", board(FLOW, EVIL))
    made.advance(60)
    entry = {"GroupId": "0", "MetricName": "m", "Dimensions": json.dumps({"flow": FLOW}), "Type": "1", "Period": "60"}
    cloud.rpc(
        "PutCustomMetric", MetricList=[{**entry, "Time": cloud.world.now() - 60_000, "Values": '{"LastValue": 9}'}]
    )
    made.advance(60)
    posted = {"msgtype": "markdown", "markdown": {"title": EVIL, "text": EVIL}, "at": {"atMobiles": [EVIL]}}
    kind = {"Content-Type": "application/json"}
    cloud.send("POST", "/robot/send?access_token=t", json.dumps(posted).encode(), **kind)
    card = {"msgtype": "actionCard", "actionCard": {"title": EVIL, "text": EVIL, "singleURL": "javascript:alert(4)"}}
    cloud.send("POST", "/robot/send?access_token=t", json.dumps(card).encode(), **kind)
    cloud.put_rule(RuleId=EVIL, RuleName=EVIL, Escalations={"Critical": ESCALATION})
    return made


@pytest.mark.parametrize("path", [
    "/", "/flows/%3Csvg%20onload%3Dalert(3)%3E", "/dashboards", "/logs",
    f"/lognext/project/{PROJECT}/dashboard/{BOARD}",
    f"/lognext/project/{PROJECT}/logsearch/{STORE}", "/messages", "/requests", "/flows/%3Cscript%3E",
    f"/lognext/project/{PROJECT}/logsearch/{STORE}?queryString=%3C/textarea%3E%3Cscript%3Ealert(5)%3C/script%3E",
    f"/lognext/project/{PROJECT}/dashboard/{BOARD}?filters=%3Cscript%3E:%3Cscript%3E",
    "/?lang=%22%3E%3Cscript%3E&account=%3Cscript%3E",
])  # fmt: skip
def test_no_view_lets_a_text_become_an_element(stage, path):
    seen = see(stage.cloud, path)
    assert {attrs.get("src") for tag, attrs in seen.elements if tag == "script"} == OURS
    assert [tag for tag, _ in seen.elements if tag in ("img", "iframe", "object", "style", "embed", "base")] == []
    assert [name for _, attrs in seen.elements for name in attrs if name.startswith("on") or name == "style"] == []
    addresses = [str(attrs[name]) for _, attrs in seen.elements for name in ("href", "src", "action") if name in attrs]
    assert [one for one in addresses if one.strip().lower().startswith(("javascript:", "data:", "vbscript:"))] == []
    assert "49" not in seen.words.partition("{{")[0][-20:]


def test_hostile_texts_are_shown_as_they_are(stage):
    assert FLOW in see(stage.cloud, "/").words
    assert "<script>alert(2)</script>" in see(stage.cloud, "/messages").words


@pytest.mark.parametrize(("text", "html"), [
    ("### Title\n- a\n- b", '<p class="heading">Title</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n'),
    ("**bold** and *soft*", "<p><strong>bold</strong> and <em>soft</em></p>\n"),
    ("> quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>\n"),
    ("a\nb", "<p>a<br>\nb</p>\n"),
    ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"),
    ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
    ("[x](data:text/html,1)", "<p>[x](data:text/html,1)</p>\n"),
    ("![see](https://e.com/p.png)",
     '<p><a href="https://e.com/p.png" rel="noreferrer" target="_blank">see</a></p>\n'),
    ("log: https://e.com/a?b=1&c=2",
     '<p>log: <a href="https://e.com/a?b=1&amp;c=2" rel="noreferrer" target="_blank">e.com/a</a></p>\n'),
    ("[logs](https://sls.console.aliyun.com/lognext/project/p/logsearch/s?a=1)",
     '<p><a class="here" href="/lognext/project/p/logsearch/s?a=1">logs</a></p>\n'),
    ("[x](https://sls.console.aliyun.com.evil.com/lognext/a)",
     '<p><a href="https://sls.console.aliyun.com.evil.com/lognext/a" rel="noreferrer" target="_blank">x</a></p>\n'),
])  # fmt: skip
def test_the_markdown_of_a_message(text, html):
    assert rendered(text) == html


@pytest.mark.parametrize("address", ["javascript:alert(1)", "http://[", "//evil.com/lognext/x", "<a href=x>"])
def test_a_label_that_is_no_address_is_text(address):
    assert "<" not in shown(address).replace("&lt;", "")


def test_a_chart_escapes_what_it_draws():
    drawn = chart([Line(EVIL, [1.0, None, 3.0]), Line(EVIL, [2.0] * 3, limit=True)], axis([EVIL, "b", "c"]), EVIL, EVIL)
    assert "<img" not in drawn + pie([(EVIL, 1.0)], EVIL)


@pytest.mark.parametrize(
    "values", [[], [None], [float("nan")], [float("inf")], [-5.0, -1.0], [0.0], [1e300], [1.0] * 5000]
)
def test_a_chart_of_strange_numbers_is_still_one(values):
    assert "<svg" in chart([Line("a", values)], axis([str(n) for n in range(len(values))]), "", "strange")
