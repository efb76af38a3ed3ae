"""An engine built once: packed, named in FLOWVIGIL_ENGINE_URL, unpacked elsewhere with its checksums checked."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from flowvigil.engine import EngineMissing
from flowvigil.engine.archive import pack
from flowvigil.engine.download import fetch
from flowvigil.engine.install import install
from flowvigil.engine.machine import Machine
from flowvigil.engine.parts import CLI, PROVIDER
from flowvigil.engine.progress import Progress


@pytest.fixture
def packed(computer, served):
    """The address of an archive on a server, made on a computer that has built; the computer forgets what it built."""
    computer.go()
    install(Progress(io.StringIO()), computer.environ, machine=Machine(64, 500))
    pack(computer.root / "served" / "engine.tar.gz", computer.environ)
    computer.engine.rename(computer.root / "the other machine")
    (computer.root / "bin" / "go").unlink()
    computer.environ["FLOWVIGIL_ENGINE_URL"] = f"{served()}/engine.tar.gz"
    return computer.root / "served" / "engine.tar.gz"


def attempt(computer):
    out = io.StringIO()
    return install(Progress(out), computer.environ, machine=Machine(0, 0))


def refusal(computer):
    with pytest.raises(EngineMissing) as error:
        attempt(computer)
    return str(error.value)


def rewrite(archive, change):
    """Write the archive again with its manifest and files changed."""
    with tarfile.open(archive) as tar:
        files = {member.name: tar.extractfile(member).read() for member in tar}
    manifest = json.loads(files["manifest.json"])
    change(manifest, files)
    files["manifest.json"] = json.dumps(manifest).encode()
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def test_a_packed_engine_is_installed_elsewhere_without_go_or_memory(computer, packed):
    engine = attempt(computer)
    assert [part.source for part in engine.parts] == [
        f"archive {computer.environ['FLOWVIGIL_ENGINE_URL']}",
        "flowvigil",
        f"archive {computer.environ['FLOWVIGIL_ENGINE_URL']}",
    ]


@pytest.mark.parametrize("address", ["{}", "file://{}"])
def test_an_archive_may_be_a_file(computer, packed, address):
    computer.environ["FLOWVIGIL_ENGINE_URL"] = address.format(packed)
    assert attempt(computer).pulumi.exists()


def test_what_comes_out_is_what_went_in(computer, packed):
    attempt(computer)
    before = sorted((computer.root / "the other machine").glob("cli-*/pulumi"))[0]
    after = sorted(computer.engine.glob("cli-*/pulumi"))[0]
    assert (after.read_bytes(), after.stat().st_mode) == (before.read_bytes(), before.stat().st_mode)


def test_a_changed_byte_is_noticed(computer, packed):
    rewrite(packed, lambda _, files: files.update(pulumi=files["pulumi"][:-1] + b"!"))
    assert refusal(computer).endswith("engine.tar.gz is damaged: the checksum of pulumi does not match")
    assert [path.name for path in computer.engine.iterdir()] == ["lock"]


class Short(BaseHTTPRequestHandler):
    """Promises ten bytes and sends four."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "10")
        self.end_headers()
        self.wfile.write(b"four")

    def log_message(self, *_):
        pass


def test_an_archive_that_ends_early_is_told_with_its_sizes(tmp_path):
    with HTTPServer(("127.0.0.1", 0), Short) as site:
        threading.Thread(target=site.handle_request, daemon=True).start()
        with pytest.raises(EngineMissing, match=r"engine ended early: 4 of 10 bytes came$"):
            fetch(f"http://127.0.0.1:{site.server_port}/engine", tmp_path / "engine", Progress(io.StringIO()))
    assert not (tmp_path / "engine").exists()


def test_an_archive_of_other_sources_is_refused(computer, packed):
    rewrite(packed, lambda manifest, _: manifest["parts"][CLI].update(key="0123456789ab", version="3.200.0"))
    assert "holds cli 3.200.0 for linux-amd64, key 0123456789ab; this flowvigil needs 3.259.0 for" in refusal(computer)


def test_an_archive_for_another_machine_is_refused(computer, packed):
    rewrite(packed, lambda manifest, _: manifest.update(platform="plan9-mips"))
    assert "for plan9-mips" in refusal(computer)


def test_a_part_that_the_archive_lacks_is_sought_further_on(computer, packed):
    rewrite(packed, lambda manifest, _: manifest["parts"].pop(PROVIDER))
    computer.go()
    assert refusal(computer).startswith("building the engine needs 6.4 GB")
    assert len(list(computer.engine.glob("cli-*/pulumi"))) == 1


@pytest.mark.parametrize("content", [b"", b"not an archive", gzip.compress(b"x")], ids=["empty", "text", "gzip"])
def test_what_is_no_archive_is_said_to_be_none(computer, packed, content):
    packed.write_bytes(content)
    assert "(FLOWVIGIL_ENGINE_URL) is not an archive of `flowvigil engine pack`" in refusal(computer)


def test_an_archive_cut_short_is_refused(computer, packed):
    packed.write_bytes(packed.read_bytes()[:-40])
    assert "is not an archive" in refusal(computer) or "is damaged" in refusal(computer)


def test_an_address_that_is_not_there_is_named(computer, packed):
    packed.unlink()
    assert (
        refusal(computer)
        == f"{computer.environ['FLOWVIGIL_ENGINE_URL']} cannot be downloaded: HTTP Error 404: File not found"
    )


def test_a_signed_address_is_told_without_its_signature(computer, packed):
    computer.environ["FLOWVIGIL_ENGINE_URL"] += "?Signature=canary"
    engine = attempt(computer)
    assert "canary" not in str(engine.parts)


def test_a_file_that_is_not_there_is_named(computer):
    computer.environ["FLOWVIGIL_ENGINE_URL"] = "/nowhere/engine.tar.gz"
    assert refusal(computer) == "there is no file /nowhere/engine.tar.gz (named as /nowhere/engine.tar.gz)"


def test_packing_nothing_names_the_command_that_comes_first(computer):
    with pytest.raises(EngineMissing, match=r"nothing of ours to pack; run `flowvigil engine install` first"):
        pack(computer.root / "engine.tar.gz", computer.environ)
