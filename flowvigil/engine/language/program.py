"""Run by the project's Python: one Pulumi program, as the engine described it on standard input.

Exit code 0 is success; 32 means that the user has been told what is wrong; every other code is for the engine to tell.
It imports nothing of flowvigil, which the project's Python need not have.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import runpy
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import NoReturn

try:
    import grpc
    import pulumi
    import pulumi.runtime
    from pulumi.runtime import stack
except ImportError:
    sys.exit(f"{traceback.format_exc()}\nPulumi's SDK is not installed: run `{sys.executable} -m pip install pulumi`")

# What a resource raises when one that it needs has failed; the engine tells of that one. Older SDKs have no such class.
FAILED_BEFORE = getattr(stack, "ResourceRegistrationFailed", ())

TOLD = 32
INTERRUPTED = 130


def main() -> int:
    """Read the description, run the program, return the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end_quietly)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    description = json.load(sys.stdin)
    pulumi.runtime.set_all_config(description["config"], description["secret_keys"])
    pulumi.runtime.configure(pulumi.runtime.Settings(**description["settings"]))
    os.chdir(description["folder"])
    sys.argv = [description["program"], *description["arguments"]]
    # Unfinished futures of a failed program are expected; asyncio would report each of them.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    return run(Path(description["program"]), max(description["settings"]["parallel"], 1) * 4)


def end_quietly(_number: int, _frame: FrameType | None) -> NoReturn:
    """An interrupt is the user's wish, not an error of the program."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(INTERRUPTED)


def run(program: Path, threads: int) -> int:
    """Run the program inside a stack and turn its end into an exit code."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=threads)
    loop.set_default_executor(executor)
    code = 0
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: start(program)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        code = 1
    except FAILED_BEFORE:
        code = TOLD
    except grpc.RpcError as error:
        code = TOLD if error.code() == grpc.StatusCode.UNAVAILABLE else tell(error, program)
    except Exception as error:
        code = tell(error, program)
    finally:
        executor.shutdown(wait=True)
        loop.close()
    return code


def start(program: Path) -> None:
    """Run the user's file or folder as `python program` would."""
    if program.is_dir() and not (program / "__main__.py").exists():
        raise pulumi.RunError(f"there is no __main__.py in {program}")
    runpy.run_path(str(program), run_name="__main__")


def tell(error: Exception, program: Path) -> int:
    """Show the user's own lines of the traceback, without the layers underneath."""
    frames = error.__traceback__
    while frames and not is_of(frames.tb_frame.f_code.co_filename, program):
        frames = frames.tb_next
    lines = traceback.format_exception(type(error), error, frames or error.__traceback__)
    pulumi.log.error("Program failed with an unhandled exception:\n" + "".join(lines))
    return TOLD


def is_of(file: str, program: Path) -> bool:
    """Whether a frame's file belongs to the program: it is the program, or lies in its folder."""
    path = Path(file).resolve()
    return not file.startswith("<") and program.resolve() in (path, *path.parents)


if __name__ == "__main__":
    sys.exit(main())
