"""What a command lacks of a stack is a sentence and an exit code, whichever command it is."""

import pytest

from flowvigil.cli.console import FINDINGS, MISSING, Exit
from flowvigil.cli.opening import complete
from flowvigil.deploy.relay_secrets import LackingError
from flowvigil.deploy.reporter_settings import NotUp


@pytest.mark.parametrize(
    ("error", "code"),
    [(NotUp("not in stack local yet: poem"), FINDINGS), (LackingError("these secrets are not set:"), MISSING)],
)
def test_a_stack_that_lacks_something_ends_the_command_with_what_it_lacks(error, code):
    with pytest.raises(Exit, match=str(error)) as ended, complete():
        raise error
    assert ended.value.code == code
