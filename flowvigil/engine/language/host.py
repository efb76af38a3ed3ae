"""The language protocol's answers. Methods that generate code are left unimplemented, which the engine is told."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from flowvigil.engine.parts import CLI, VERSIONS

from . import dependencies, plugin
from .children import Children
from .interpreter import Interpreter, NoInterpreter, choose

PROGRAM = Path(__file__).with_name("program.py")
TOLD = 32


class Host(language_pb2_grpc.LanguageRuntimeServicer):
    """Serves one engine; programs and plug-ins run as children of this process."""

    def __init__(self, engine_address: str) -> None:
        self.engine_address = engine_address
        self.children = Children()

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Take the engine's address, which wins over the one on the command line."""
        self.engine_address = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The version of Pulumi that this host was proven with."""
        return plugin_pb2.PluginInfo(version=VERSIONS[CLI])

    def About(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The interpreter that a program of this project gets."""
        return language_pb2.AboutResponse(**_inspected(request.info, context, "about"))

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The plug-ins that the installed packages ask for."""
        packages = [
            plugin_pb2.PackageDependency(
                name=item["name"], kind="resource", version=item.get("version", ""), server=item.get("server", "")
            )
            for item in _inspected(request.info, context, "plugins")
        ]
        return language_pb2.GetRequiredPackagesResponse(packages=packages)

    def GetProgramDependencies(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The installed distributions; without the transitive ones if the engine wants none."""
        installed = [
            language_pb2.DependencyInfo(name=item["name"], version=item["version"])
            for item in _inspected(request.info, context, "packages")
            if request.transitiveDependencies or not item["required"]
        ]
        return language_pb2.GetProgramDependenciesResponse(dependencies=installed)

    def RuntimeOptionsPrompts(self, request: Any, context: Any) -> Any:  # noqa: N802
        """There is nothing to ask."""
        return language_pb2.RuntimeOptionsResponse()

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        """Create the named virtual environment and install the requirements into it, showing pip's output."""
        options, root = _options(request.info), Path(request.info.root_directory or request.directory)
        for command in dependencies.commands(options, root, Path(request.directory), os.environ):
            process = self.children.start(command, Path(request.directory), os.environ, piped=True)
            context.add_callback(lambda process=process: self.children.end(process))
            for chunk in plugin.output(process):
                yield language_pb2.InstallDependenciesResponse(**chunk)
            if self.children.finish(process):
                context.abort(grpc.StatusCode.UNKNOWN, f"{' '.join(command)} failed")

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Run the program in a process of its own and say how it ended."""
        try:
            python = _interpreter(request.info)
        except NoInterpreter as error:
            return language_pb2.RunResponse(error=str(error))
        command = [python.python, "-u", str(PROGRAM)]
        environ = python.environment(os.environ)
        process = self.children.start(command, Path(request.pwd), environ, piped=False)
        context.add_callback(lambda: self.children.end(process))
        _describe_to(process.stdin, json.dumps(_description(request, self.engine_address)))
        return self._verdict(self.children.finish(process))

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        """Run a policy pack or another plug-in written in Python, passing its output on as it comes."""
        try:
            python = _interpreter(request.info)
            command = plugin.command(python.python, request)
        except (NoInterpreter, ValueError) as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        environ = python.environment(plugin.environment(request.env, os.environ))
        process = self.children.start(command, Path(request.pwd), environ, piped=True)
        context.add_callback(lambda: self.children.end(process))
        for chunk in plugin.output(process):
            yield language_pb2.RunPluginResponse(**chunk)
        yield language_pb2.RunPluginResponse(exitcode=self.children.finish(process))

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The user interrupted: end everything that runs."""
        self.children.end_all()
        return empty_pb2.Empty()

    def _verdict(self, code: int) -> Any:
        if code == 0:
            return language_pb2.RunResponse()
        if code == TOLD or self.children.cancelled:
            return language_pb2.RunResponse(bail=True)
        how = f"exited with non-zero exit code: {code}" if code > 0 else f"was ended by signal {-code}"
        return language_pb2.RunResponse(error=f"Program {how}")


def _options(info: Any) -> dict[str, Any]:
    options: dict[str, Any] = json_format.MessageToDict(info.options)
    return options


def _interpreter(info: Any) -> Interpreter:
    return choose(_options(info), Path(info.root_directory), os.environ)


def _inspected(info: Any, context: Any, what: str) -> Any:
    try:
        return _interpreter(info).inspect(what)
    except NoInterpreter as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))


def _describe_to(stdin: Any, text: str) -> None:
    # A program that ended at once has closed its end; its exit code tells more than this error.
    try:
        stdin.write(text.encode())
        stdin.close()
    except BrokenPipeError:
        return


def _description(request: Any, engine_address: str) -> dict[str, Any]:
    info = request.info
    return {
        "program": str(Path(info.program_directory, info.entry_point)),
        "arguments": list(request.args),
        "folder": request.pwd,
        "config": dict(request.config),
        "secret_keys": list(request.configSecretKeys),
        "settings": {
            "monitor": request.monitor_address,
            "engine": engine_address,
            "project": request.project,
            "stack": request.stack,
            "parallel": request.parallel,
            "dry_run": request.dryRun,
            "organization": request.organization,
            "root_directory": info.root_directory,
        },
    }
