"""The real provider, spoken to as the engine does, against a pretend cloud of its own."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
import yaml
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from flowvigil import emulator
from flowvigil.engine import find

STORES = (
    ("fields-project", "fields-store"),
    ("fields-project", "fields-store-2"),
    ("fields-project", "fields-moving"),
    ("fields-project-2", "fields-moving"),
)
"""Stores that an index may move between."""
CASES = yaml.load((Path(__file__).parent / "cases.yaml").read_text(), yaml.CSafeLoader)


class Silent(engine_pb2_grpc.EngineServicer):
    """The engine's side: provider logs go nowhere."""

    def Log(self, request, context):
        return empty_pb2.Empty()


def struct(values):
    return json_format.ParseDict(values, struct_pb2.Struct())


def plain(message):
    return json_format.MessageToDict(message)


@dataclass
class Provider:
    """Create, read, diff, update and delete of one kind of resource."""

    stub: provider_pb2_grpc.ResourceProviderStub
    address: str = ""

    def urn(self, token, name):
        return f"urn:pulumi:test::acme::{token}::{name}"

    def check(self, token, name, props):
        request = provider_pb2.CheckRequest(urn=self.urn(token, name), news=struct(props), olds=struct({}))
        answer = self.stub.Check(request)
        assert not answer.failures, answer.failures
        return plain(answer.inputs)

    def create(self, token, name, props):
        inputs = self.check(token, name, props)
        request = provider_pb2.CreateRequest(urn=self.urn(token, name), properties=struct(inputs), timeout=30)
        answer = self.stub.Create(request)
        return answer.id, plain(answer.properties)

    def read(self, token, name, id_, state):
        request = provider_pb2.ReadRequest(id=id_, urn=self.urn(token, name), properties=struct(state))
        answer = self.stub.Read(request)
        return plain(answer.properties) if answer.id else None

    def diff(self, token, name, id_, state, props):
        """(changes, fields that differ, fields that force a replacement)."""
        inputs = self.check(token, name, props)
        request = provider_pb2.DiffRequest(
            id=id_, urn=self.urn(token, name), olds=struct(state), news=struct(inputs), old_inputs=struct({})
        )
        answer = self.stub.Diff(request)
        return answer.changes == provider_pb2.DiffResponse.DIFF_SOME, set(answer.diffs), set(answer.replaces)

    def update(self, token, name, id_, state, props):
        inputs = self.check(token, name, props)
        request = provider_pb2.UpdateRequest(
            id=id_, urn=self.urn(token, name), olds=struct(state), news=struct(inputs), timeout=30
        )
        return plain(self.stub.Update(request).properties)

    def delete(self, token, name, id_, state):
        self.stub.Delete(
            provider_pb2.DeleteRequest(id=id_, urn=self.urn(token, name), properties=struct(state), timeout=30)
        )


@pytest.fixture(scope="session")
def provider(tmp_path_factory):
    state = tmp_path_factory.mktemp("emulator")
    address = emulator.start(port=0, state=state)
    engine = grpc.server(ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(Silent(), engine)
    port = engine.add_insecure_port("127.0.0.1:0")
    engine.start()
    process = _start(port, address)
    channel = grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}")
    stub = provider_pb2_grpc.ResourceProviderStub(channel)
    stub.Configure(provider_pb2.ConfigureRequest(args=struct(_settings(address)), acceptSecrets=False))
    yield Provider(stub, address)
    channel.close()
    process.terminate()
    process.communicate(timeout=60)
    engine.stop(0).wait()
    emulator.stop(state)


def _start(port, address):
    plugin = next(Path(find().home).glob("plugins/resource-alicloud-*/pulumi-resource-alicloud"))
    environment = {**os.environ, "HTTP_PROXY": f"http://{address}"}
    return subprocess.Popen(
        [str(plugin), f"127.0.0.1:{port}"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )


def _settings(address):
    services = ("cms", "ram", "sts", "location", "bssopenapi")
    endpoints = [{**dict.fromkeys(services, address), "log": "httpsls.test"}]
    return {
        "region": "cn-hangzhou",
        "accessKey": "emulator",
        "secretKey": "emulator",
        "accountId": "1000000000000001",
        "accountType": "Domestic",
        "protocol": "HTTP",
        "skipRegionValidation": "true",
        "endpoints": json.dumps(endpoints),
    }


@pytest.fixture(scope="session")
def ground(provider):
    """What the cases refer to: contacts, groups, a log project, RAM names."""

    def make(token, name, **props):
        return provider.create(f"alicloud:{token}", name, props)[0]

    for name in ("fields-contact", "fields-contact-2"):
        make("cms/alarmContact:AlarmContact", name, alarmContactName=name, describe=name, channelsMail="a@example.com")
    for name in ("fields-oncall", "fields-team"):
        make("cms/alarmContactGroup:AlarmContactGroup", name, alarmContactGroupName=name)
    for name in ("fields-project", "fields-project-2"):
        make("log/project:Project", name, projectName=name)
    for number, place in enumerate(STORES):
        make("log/store:Store", f"ground-{number}", **dict(zip(("projectName", "logstoreName"), place, strict=True)))
    for name in ("fields-policy", "fields-policy-2"):
        make("ram/policy:Policy", name, **_ram("policyName", "policyDocument", name, "ram/policy:Policy"))
    for name in ("fields-role", "fields-role-2"):
        make("ram/role:Role", name, **_ram("roleName", "assumeRolePolicyDocument", name, "ram/role:Role"))
    groups = [make("cms/monitorGroup:MonitorGroup", name, monitorGroupName=name) for name in ("one", "two")]
    return {"{group}": groups[0], "{group2}": groups[1]}


def _ram(name_property, document_property, name, token):
    return {name_property: name, document_property: CASES[f"alicloud:{token}"]["base"][document_property]}
