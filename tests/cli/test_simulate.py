"""`flowvigil run simulate` before it needs a cloud: shapes, flows and what is refused."""

from flowvigil.cli import run


def test_the_shapes_are_listed_with_what_they_do(capsys):
    assert run(["run", "simulate", "--shapes"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == ["healthy", "creep", "outage", "low-traffic", "timeout-tail", "version-regression",
                      "reporter-dies", "silent"]  # fmt: skip


def test_a_shape_that_is_none_is_refused_with_those_that_are(capsys):
    assert run(["run", "simulate", "--shape", "storm"]) == 2
    assert "there is no 'storm'; shapes are healthy, creep" in capsys.readouterr().err
