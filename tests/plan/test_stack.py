"""What a stack's configuration says, and what it may not."""

from pathlib import Path

import pytest

from flowvigil.provisioner.stack import SETTINGS, StackError, stack_from_config

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


def test_a_setting_that_is_none_is_refused_before_it_is_missed():
    with pytest.raises(StackError, match=r"^flowvigil:protetc: is no setting; did you mean flowvigil:protect\?"):
        stack(protetc="false")


def test_every_setting_is_described_where_a_newcomer_reads():
    described = (Path(__file__).parents[2] / "docs" / "first-run.md").read_text()
    assert [one for one in SETTINGS if f"`{one}`" not in described] == []


def test_a_setting_like_no_other_hears_which_there_are():
    with pytest.raises(StackError, match=r"^flowvigil:x: is no setting; legal are flowvigil:console, flowvigil:emulat"):
        stack(x="1")


@pytest.mark.parametrize("text", ["localhost", "8474", "127.0.0.1:", "127.0.0.1:99999", "http://127.0.0.1:8474", ""])
def test_the_address_of_the_pretend_cloud_is_a_host_and_a_port(text):
    with pytest.raises(StackError, match=r"^flowvigil:emulator: is '.*'; right is an address such as 127.0.0.1:8474$"):
        stack(emulator=text)


def test_what_is_missing_is_named_with_its_file():
    with pytest.raises(StackError, match=r"^alicloud:region: is missing \(such as cn-hangzhou\) in Pulumi.prod.yaml$"):
        stack_from_config("acme", "prod", {"alicloud:accountId": "1"})
