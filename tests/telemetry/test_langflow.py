"""The flows that a LangFlow tells of or exports."""

import gzip
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from flowvigil.telemetry.langflow import Listed, ListingError, listed

POEM = {"id": "5b0c7e52", "name": "写诗", "endpoint_name": "poem", "data": {"nodes": []}}
COMPONENT = {"id": "1", "name": "saved", "is_component": True}


@pytest.fixture
def packing():
    """How the body of an answer is packed."""
    return [bytes]


@pytest.fixture
def langflow(packing):
    """Answers as LangFlow does to who has the key."""
    asked = []

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            known = self.headers["x-api-key"] == "key"
            self.send_response(200 if known else 403)
            self.end_headers()
            text = json.dumps([POEM, COMPONENT] if known else {"detail": "no"}).encode()
            self.wfile.write(packing[0](text))

        def log_message(self, *_): ...

    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_running_langflow_is_asked_with_its_key_for_heads_only(langflow):
    url, asked = langflow
    assert listed(url + "/", {"LANGFLOW_API_KEY": "key"}) == [Listed("写诗", "5b0c7e52", "poem", live=True)]
    assert asked == ["/api/v1/flows/?get_all=true&header_flows=true&remove_example_flows=true"]


def test_a_list_that_langflow_compresses_unasked_is_read(langflow, packing):
    packing[0] = gzip.compress
    assert listed(langflow[0], {"LANGFLOW_API_KEY": "key"}) == [Listed("写诗", "5b0c7e52", "poem", live=True)]


def test_a_compressed_list_that_is_cut_off_is_told_so(langflow, packing):
    packing[0] = lambda text: gzip.compress(text)[:-12]
    with pytest.raises(ListingError, match="cut off or damaged"):
        listed(langflow[0], {"LANGFLOW_API_KEY": "key"})


def test_without_a_key_it_says_which_variable_to_set(langflow):
    with pytest.raises(ListingError, match=r"refused.*LANGFLOW_API_KEY"):
        listed(langflow[0], {})


def test_a_langflow_that_is_not_there_is_no_traceback():
    with pytest.raises(ListingError, match=r"no answer.*is LangFlow running"):
        listed("http://127.0.0.1:9", {})


@pytest.mark.parametrize("tree", [POEM, [POEM, COMPONENT], {"flows": [POEM]}])
def test_an_export_is_one_flow_or_several(tmp_path, tree):
    (tmp_path / "flows.json").write_text(json.dumps(tree))
    assert listed(str(tmp_path / "flows.json")) == [Listed("写诗", "5b0c7e52", "poem")]


def test_an_export_is_a_zip_or_a_folder_of_files_too(tmp_path):
    for name in ("b", "a"):
        (tmp_path / f"{name}.json").write_text(json.dumps({**POEM, "name": name}))
    with zipfile.ZipFile(tmp_path / "flows.zip", "w") as archive:
        archive.write(tmp_path / "b.json", "b.json")
    assert [one.name for one in listed(str(tmp_path))] == ["a", "b"]
    assert [one.name for one in listed(str(tmp_path / "flows.zip"))] == ["b"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"<html>", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[1]", "without a name"),
        (b'{"name": " "}', "without a name"),
        (b"PK\x03\x04broken", "not a zip"),
    ],
)
def test_what_is_no_export_is_told_so(tmp_path, text, why):
    (tmp_path / "x").write_bytes(text)
    with pytest.raises(ListingError, match=why):
        listed(str(tmp_path / "x"))


def test_a_file_that_is_not_there_is_told_what_would_be_right(tmp_path):
    with pytest.raises(ListingError, match="a file that LangFlow exported"):
        listed(str(tmp_path / "none.json"))
