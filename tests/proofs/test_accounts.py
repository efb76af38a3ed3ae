"""A stack whose calls are made as a role of another account: where its objects are, and what it says when denied.

The provider assumes roles over TLS alone, so a terminator with a certificate of its own stands before the cloud.
"""

import datetime
import http.server
import ipaddress
import ssl
import threading
import urllib.request

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

pytestmark = pytest.mark.engine

OURS, THEIRS = "1000000000000001", "2000000000000002"
ROLE = {"roleArn": f"acs:ram::{THEIRS}:role/deployer", "sessionName": "ci"}


def certificate(folder):
    """A self-signed certificate of 127.0.0.1, with its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.timezone.utc)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    made = made.add_extension(here, critical=False).add_extension(x509.BasicConstraints(True, None), critical=True)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "certificate.pem"
    path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem) + private)
    return path


class Forward(http.server.BaseHTTPRequestHandler):
    """Hands every POST to the pretend cloud."""

    cloud = ""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kept = {name: text for name, text in self.headers.items() if name.lower() not in ("host", "accept-encoding")}
        request = urllib.request.Request(f"http://{self.cloud}{self.path}", body, kept, method="POST")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            text = answer.read()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(make_site, tmp_path_factory):
    """Keys of one account, a stack in another, and between them a role."""
    keys = {"key-of-ours": OURS, "key-of-theirs": THEIRS}
    config = {"alicloud__accessKey": "key-of-ours", "alicloud__accountId": THEIRS, "alicloud__assumeRole": ROLE}
    made = make_site(keys=keys, **config)
    trusted = certificate(tmp_path_factory.mktemp("tls"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Forward,), {"cloud": made.address}))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (endpoints,) = made.project.config(made.stack)["alicloud:endpoints"]
    made.configure(alicloud__endpoints=[{**endpoints, "sts": f"127.0.0.1:{server.server_port}"}])
    made.environment.update({"SSL_CERT_FILE": str(trusted), "REQUESTS_CA_BUNDLE": str(trusted)})
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def denied(site):
    """A first `up` while the role may not do two things, and what it says."""
    told = {"account": THEIRS, "role": "deployer"}
    site.door("permissions", {**told, "deny": ["cms:PutContact", "log:CreateProject"]}, "POST")
    said = site.up()
    site.door("permissions", {**told, "deny": []}, "POST")
    return said


def test_each_denied_action_is_named(denied):
    code, printed = denied
    assert code == 3
    assert "RAM denies the caller these actions:\n  cms:PutContact\n  log:CreateProject\n" in printed


@pytest.fixture(scope="module")
def brought_up(site, denied):
    code, printed = site.up()
    assert code == 0, printed
    return site, printed


def test_up_goes_on_once_the_actions_are_granted(brought_up):
    assert "verified: every planned rule is in the cloud as planned" in brought_up[1]


def test_everything_is_made_in_the_account_of_the_role(brought_up):
    site, _ = brought_up
    assert {"contact", "monitor_group", "template", "rule", "project"} <= site.objects(THEIRS).keys()
    assert site.objects(OURS) == {}


def test_the_look_at_what_is_not_ours_is_at_the_account_of_the_role(make_site, site, brought_up):
    other = site.sibling("staging")
    other.environment.update(site.environment)
    name = "acme-staging-assistant-robot"
    site.rpc("PutContact", key="key-of-theirs", ContactName=name, Describe="theirs", Channels={"Mail": "a@example.com"})
    code, printed = other.up()
    assert code == 4
    assert f"contact '{name}' exists in the account, and this stack did not make it" in printed
