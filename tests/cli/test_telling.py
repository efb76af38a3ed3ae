"""What `up` and `verify` say of findings, and which command is said to repair them."""

import pytest

from flowvigil.cli.console import Console, Exit
from flowvigil.cli.up_command import tell
from flowvigil.deploy.verify import Finding

DRIFT = Finding("poem", "p95", "Threshold is 1, planned is 2", "flow.poem.template")
DIRECT = Finding("song", "p95", "is missing")


@pytest.mark.parametrize(
    ("findings", "changed", "said"),
    [
        ([DRIFT], set(), "1 finding; repair it with: flowvigil verify --repair"),
        ([DIRECT], set(), "1 finding; repair it with: flowvigil up --refresh"),
        ([DRIFT, DIRECT], set(), "2 findings; repair them with: flowvigil up --refresh and flowvigil verify --repair"),
        ([DRIFT], {"poem"}, "1 finding; repair it with: flowvigil up"),
        ([DRIFT, DIRECT], {"poem"}, "2 findings; repair them with: flowvigil up and flowvigil up --refresh"),
    ],
    ids=["template", "direct", "both", "specs that changed", "one of two"],
)
def test_the_command_that_repairs_what_was_found_is_named(findings, changed, said):
    with pytest.raises(Exit) as ended:
        tell(findings, "fine", Console(), changed)
    assert str(ended.value) == said
