"""TLS and proxies over real sockets: certificates are checked, CONNECT carries the proxy's user, no_proxy is obeyed."""

import base64
import datetime
import select
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from flowvigil.reporter.wire.http import NoAnswerError, Transport

from .builders import Service
from .listening import Listener, some


def certificate(folder: Path) -> Path:
    """A certificate of `localhost` that signs itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now, day = datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(days=1)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    plain = serialization.NoEncryption()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = folder / "certificate.pem"
    path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(form[0]) + key.private_bytes(*form))
    return path


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service behind TLS whose certificate this process trusts."""
    path = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    service = Service(context)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    service.url = service.url.replace("http://127.0.0.1", "https://localhost")
    yield service
    service.close()


class Proxy:
    """Opens tunnels; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self._listener = Listener(self._tunnel)
        self.place = f"127.0.0.1:{self._listener.port}"

    def _tunnel(self, near: socket.socket) -> None:
        head = b""
        with suppress(OSError), near:
            while b"\r\n\r\n" not in head:
                head += some(near)
            self.asked.append(head)
            host, port = head.split()[1].decode().split(":")
            with socket.create_connection((host, int(port))) as far:
                near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                ends = {near: far, far: near}
                while True:
                    for end in select.select(list(ends), [], [])[0]:
                        ends[end].sendall(some(end))

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    proxy = Proxy()
    yield proxy
    proxy.close()


def posted(url: str, times: int = 1) -> list[int]:
    transport = Transport()
    statuses = [transport.request("POST", url + "/", b"x", {}, 60.0).status for _ in range(times)]
    transport.close()
    return statuses


def test_over_tls_a_service_is_reached_and_its_connection_kept(secure: Service) -> None:
    assert posted(secure.url, 3) == [200] * 3
    assert secure.connections == 1


def test_a_service_that_nobody_vouches_for_is_no_answer(secure: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(NoAnswerError, match="CERTIFICATE_VERIFY_FAILED"):
        posted(secure.url)
    assert secure.requests == []


def test_a_service_under_another_name_is_no_answer(secure: Service) -> None:
    with pytest.raises(NoAnswerError, match="CERTIFICATE_VERIFY_FAILED"):
        posted(secure.url.replace("localhost", "127.0.0.1"))
    assert secure.requests == []


@pytest.mark.parametrize("user", ["", "me:p%40ss@"])
def test_a_secure_request_goes_through_a_tunnel_of_the_proxy(
    secure: Service, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    monkeypatch.setenv("https_proxy", f"http://{user}{proxy.place}")
    monkeypatch.setenv("no_proxy", "")
    assert posted(secure.url, 2) == [200] * 2
    (head,) = proxy.asked
    assert head.startswith(f"CONNECT {secure.url.removeprefix('https://')} HTTP/1.".encode())
    login = b"Proxy-Authorization: Basic " + base64.b64encode(b"me:p@ss")
    assert (login in head) == bool(user)
    assert not any("Proxy-Authorization" in headers for _path, headers, _body in secure.requests)


def test_a_plain_request_tells_the_proxy_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service()
    monkeypatch.setenv("http_proxy", service.url.replace("http://", "http://me:p%40ss@"))
    monkeypatch.setenv("no_proxy", "")
    assert posted("http://cms.test", 2) == [200, 200]
    service.close()
    logins = [headers["Proxy-Authorization"] for _path, headers, _body in service.requests]
    assert logins == ["Basic " + base64.b64encode(b"me:p@ss").decode()] * 2


@pytest.mark.parametrize(
    ("exempt", "asked"),
    [("localhost", 0), ("*", 0), (".example.com, localhost", 0), ("host", 1), ("example.com", 1), ("", 1)],
)
def test_what_no_proxy_names_is_reached_without_one(
    secure: Service, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, exempt: str, asked: int
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.place)
    monkeypatch.setenv("no_proxy", exempt)
    assert posted(secure.url) == [200]
    assert len(proxy.asked) == asked
