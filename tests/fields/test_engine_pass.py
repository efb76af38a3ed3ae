"""The same fields through the real engine: one resource for each, brought up, changed and removed in one stack."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from flowvigil.engine import find

pytestmark = pytest.mark.engine

CASES = yaml.load((Path(__file__).parent / "cases.yaml").read_text(), yaml.CSafeLoader)
UNSETTLED = {  # shown in docs/fields.md; the product never sets or never changes them
    ("alicloud:log/project:Project", "policy"),
    ("alicloud:log/resourceRecord:ResourceRecord", "resourceName"),
}
REPLACES_UNDER_ONE_ID = {"ruleName", "contactGroups", "metricName", "namespace", "telemetryType"}

PROGRAM = """\
import json, pulumi
for token, name, props in json.load(open("resources.json")):
    pulumi.CustomResource(token, name, props, pulumi.ResourceOptions(version="3.105.0"))
"""


class Stack:
    """A stack whose program registers what resources.json lists."""

    def __init__(self, root, address):
        self.root = root
        (root / "state").mkdir()
        (root / "__main__.py").write_text(PROGRAM)
        (root / "Pulumi.yaml").write_text("name: fields\nruntime: {name: python, options: {toolchain: pip}}\n")
        (root / "Pulumi.test.yaml").write_text(json.dumps({"config": _config(address)}))
        self.environment = {
            **find().environment(os.environ),
            "PULUMI_BACKEND_URL": f"file://{root / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_PYTHON_CMD": sys.executable,
            "HTTP_PROXY": f"http://{address}",
        }
        self.run("stack", "init")

    def run(self, *arguments):
        done = subprocess.run(
            [str(find().pulumi), *arguments, "--stack", "test", "--non-interactive"],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:]

    def bring(self, which, ground):
        (self.root / "resources.json").write_text(json.dumps(resources(which, ground)))
        self.run("up", "--yes", "--skip-preview")
        self.run("preview", "--expect-no-changes")
        self.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")


def _config(address):
    services = dict.fromkeys(("cms", "ram", "sts", "location", "bssopenapi"), address)
    texts = {
        "region": "cn-hangzhou",
        "accessKey": "emulator",
        "secretKey": "emulator",
        "accountId": "1000000000000001",
        "accountType": "Domestic",
        "protocol": "HTTP",
        "skipRegionValidation": "true",
    }
    config = {f"alicloud:{key}": value for key, value in texts.items()}
    return {**config, "alicloud:endpoints": [{**services, "log": "httpsls.test"}]}


def resources(which, ground):
    """One resource for each field, the field at its first (0) or second (1) value."""
    listed = []
    fields = [(token, field) for token, case in CASES.items() for field in case["fields"]]
    for number, (token, field) in enumerate(fields):
        if (token, field) not in UNSETTLED and "rolePolicyAttachment" not in token:
            listed.append([token, f"field-{number}", _props(token, field, which, number, ground)])
    return listed


def _props(token, field, which, number, ground):
    case = CASES[token]
    # A replacement is written before the old object goes: under one rule id, deleting the old would take the new one.
    fresh = f"-{which}" if field in REPLACES_UNDER_ONE_ID else ""
    names = {**ground, "{n}": f"pass-{number}{fresh}", "{store}": f"pass-store-{number}"}
    props = {**case["base"], **case.get("with", {}).get(field, {})}
    text = json.dumps([props, case["fields"][field][which]])
    for hole, name in names.items():
        text = text.replace(hole, name)
    props, value = json.loads(text)
    *parents, leaf = field.split(".")
    place = props
    for parent in parents:
        place = place.setdefault(parent, {})
    place[leaf] = value
    return props


@pytest.fixture(scope="module")
def stack(provider, ground, tmp_path_factory):
    tokens = [token for token, case in CASES.items() for _ in case["fields"]]
    for number, token in enumerate(tokens):
        if "storeIndex" in token:
            name = f"pass-store-{number}"
            store = {"projectName": "fields-project", "logstoreName": name}
            provider.create("alicloud:log/store:Store", name, store)
    return Stack(tmp_path_factory.mktemp("engine"), provider.address)


def test_every_field_settles_when_set_and_when_changed_and_everything_can_be_removed(stack, ground):
    stack.bring(0, ground)
    stack.bring(1, ground)
    stack.run("destroy", "--yes", "--skip-preview")
