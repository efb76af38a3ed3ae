"""The engine's side of the talk with our language host, over real gRPC: what it hears, it remembers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import (
    engine_pb2_grpc,
    language_pb2,
    language_pb2_grpc,
    resource_pb2,
    resource_pb2_grpc,
)

DEBUG = 0


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Accepts every resource but those named in `failing`, and remembers it."""

    def __init__(self):
        self.registered, self.outputs, self.failing = [], {}, set()

    def SupportsFeature(self, request, context):
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in ("secrets", "resourceReferences"))

    def RegisterResource(self, request, context):
        self.registered.append((request.type, request.name))
        result = resource_pb2.Result.FAIL if request.name in self.failing else resource_pb2.Result.SUCCESS
        answer = {"urn": f"urn:{request.name}", "id": "1", "object": request.object, "result": result}
        return resource_pb2.RegisterResourceResponse(**answer)

    def RegisterResourceOutputs(self, request, context):
        self.outputs = dict(request.outputs)
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, request, context):
        return empty_pb2.Empty()


class Log(engine_pb2_grpc.EngineServicer):
    """Remembers what the program says, and the root resource it names."""

    def __init__(self):
        self.messages, self.root = [], ""

    def Log(self, request, context):
        if request.severity != DEBUG:
            self.messages.append(request.message)
        return empty_pb2.Empty()


class Engine:
    """A running language host, and what the engine's side of the talk needs."""

    def __init__(self, folder: Path):
        self.folder, self.monitor, self.log = folder, Monitor(), Log()
        self.server = grpc.server(ThreadPoolExecutor(max_workers=8))
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(self.monitor, self.server)
        engine_pb2_grpc.add_EngineServicer_to_server(self.log, self.server)
        self.address = f"127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"
        self.server.start()
        command = [sys.executable, "-m", "flowvigil.engine.language", self.address]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        self.host = subprocess.Popen(command, **pipes, start_new_session=True)
        self.channel = grpc.insecure_channel(f"127.0.0.1:{int(self.host.stdout.readline())}")
        self.language = language_pb2_grpc.LanguageRuntimeStub(self.channel)

    def close(self):
        self.channel.close()
        if self.host.poll() is None:
            self.host.stdin.close()
        self.host.wait(timeout=60)
        for pipe in (self.host.stdin, self.host.stdout, self.host.stderr):
            pipe.close()
        self.server.stop(0).wait()

    def write(self, text: str, name: str = "__main__.py") -> None:
        (self.folder / name).write_text(text)

    def info(self, **options):
        struct = struct_pb2.Struct()
        struct.update(options)
        folder = str(self.folder)
        return language_pb2.ProgramInfo(
            root_directory=folder, program_directory=folder, entry_point=".", options=struct
        )

    def request(self, **options):
        return language_pb2.RunRequest(
            project="shop", stack="dev", pwd=str(self.folder), parallel=4, monitor_address=self.address,
            config={"shop:colour": "blue", "shop:key": "hidden"}, configSecretKeys=["shop:key"],
            organization="organization", info=self.info(**options),
        )  # fmt: skip

    def run(self, program: str, **options):
        self.write(program)
        return self.language.Run(self.request(**options), timeout=60)

    def plugin(self, **fields):
        request = language_pb2.RunPluginRequest(pwd=str(self.folder), info=self.info(), **fields)
        return self.language.RunPlugin(request, timeout=60)

    def ended(self):
        """Close the engine's end, wait for the host, return what it had to say."""
        return self.host.wait(timeout=60), self.host.stdout.read().decode(), self.host.stderr.read().decode()

    def begin(self, folder: Path) -> None:
        """Forget what was heard; programs now live in another folder."""
        self.folder = folder
        self.monitor.registered.clear()
        self.monitor.outputs, self.monitor.failing = {}, set()
        self.log.messages.clear()
        self.language.Handshake(language_pb2.LanguageHandshakeRequest(engine_address=self.address))


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def alive(process):
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
