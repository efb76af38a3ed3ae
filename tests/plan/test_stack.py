"""What a stack's configuration says of the live service."""

import pytest

from flowvigil.provisioner.stack import StackError, stack_from_config

NEEDED = {"alicloud:accountId": "1000000000000001", "alicloud:region": "cn-hangzhou"}


def stack(**facts):
    return stack_from_config("acme", "prod", {**NEEDED, **{f"flowvigil:{key}": text for key, text in facts.items()}})


def test_nothing_is_known_of_the_service_unless_the_stack_says_it():
    assert stack().facts.templates_take_custom_metrics is None


def test_a_stack_may_say_that_templates_take_no_custom_metrics():
    assert stack(templatesTakeCustomMetrics="false").facts.templates_take_custom_metrics is False


@pytest.mark.parametrize("text", ["0", "3651", "-1", "a week", "²"])
def test_logs_are_kept_for_a_whole_number_of_days(text):
    with pytest.raises(StackError, match=r"^flowvigil:retentionDays: .* legal are whole numbers from 1 to 3650$"):
        stack(retentionDays=text)


def test_a_fact_that_is_neither_true_nor_false_is_an_error_of_its_key():
    with pytest.raises(StackError, match=r"^flowvigil:templatesTakeCustomMetrics: is 'perhaps'; legal are true and"):
        stack(templatesTakeCustomMetrics="perhaps")
