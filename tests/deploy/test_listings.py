"""Listings of the account come whole, however many pages they have."""

from __future__ import annotations

from flowvigil.deploy.cloud import PAGE, Cloud, flattened


class Pages(Cloud):
    """A cloud with 150 of everything, in pages that are counted by the parameter that each action documents."""

    def __init__(self):
        self.asked = []

    def _call(self, _product, action, query):
        number = int(query["Page" if action == "DescribeMetricRuleList" else "PageNumber"])
        self.asked.append(number)
        assert number <= 2
        rows = [{"Name": str(one)} for one in range(150)][(number - 1) * PAGE : number * PAGE]
        return {"Templates": {"Template": rows}, "Alarms": {"Alarm": rows}, "Contacts": {"Contact": rows}}


def test_rules_templates_and_contacts_beyond_the_first_page_are_listed():
    cloud = Pages()
    assert [len(list(found)) for found in (cloud.templates(), cloud.rules("n"), cloud.contacts())] == [150, 150, 150]
    assert cloud.asked == [1, 2] * 3


def test_nested_parameters_are_numbered_from_one():
    assert flattened({"A": [{"B": 1}, {"C": {"D": "x"}}], "E": "y"}) == {"A.1.B": "1", "A.2.C.D": "x", "E": "y"}
