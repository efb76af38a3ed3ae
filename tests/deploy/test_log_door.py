"""What Log Service's refusals mean: that something is not there, or that it cannot be asked."""

import pytest

from flowvigil.deploy.cloud import Access, Cloud, CloudError
from flowvigil.deploy.log_door import LogDoor


class Answering(LogDoor):
    """A Log Service that answers everything alike."""

    def __init__(self, code="", body=b"{}"):
        super().__init__(Cloud(Access("cn-hangzhou", {}, access_key="key", secret_key="secret")))
        self.told = code, "as documented", body

    def _answer(self, *_):
        return self.told


@pytest.mark.parametrize("code", ["ProjectNotExist", "LogStoreNotExist", "IndexConfigNotExist"])
def test_what_does_not_exist_is_not_there_and_has_no_rows(code):
    door = Answering(code, b"")
    assert not door.has_index("p", "s")
    assert door.rows("p", "s", "*", 0, 1) == []


def test_what_is_answered_is_there():
    assert Answering().has_project("p")
    assert Answering(body=b'[{"flow": "poem"}]').rows("p", "s", "*", 0, 1) == [{"flow": "poem"}]


def test_any_other_refusal_is_told_and_never_taken_for_missing():
    with pytest.raises(CloudError, match=r"^GET /logstores/s of log project p: Unauthorized: as documented$"):
        Answering("Unauthorized", b"").has_store("p", "s")
