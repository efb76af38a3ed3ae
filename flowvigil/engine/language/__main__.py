"""Started by the engine: serves the language protocol, prints its port, ends when told to or when the engine dies."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import language_pb2_grpc

from flowvigil.engine.language.host import Host

LARGEST_MESSAGE = 400 << 20


def main(arguments: list[str]) -> None:
    """Serve until SIGINT, SIGTERM or the end of standard input, which the engine holds open while it lives."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: ended.set())
    host = Host(engine_address=arguments[-1] if arguments else "")
    server = grpc.server(
        ThreadPoolExecutor(max_workers=16), options=[("grpc.max_receive_message_length", LARGEST_MESSAGE)]
    )
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        threading.Thread(target=_watch_engine, args=(ended,), daemon=True).start()
    ended.wait()
    host.children.end_all()
    server.stop(0)
    # Threads of gRPC that still wait for a program would hold the interpreter back.
    os._exit(0)


def _watch_engine(ended: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    ended.set()


if __name__ == "__main__":
    main(sys.argv[1:])
