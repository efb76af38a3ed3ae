"""Processes that end without `atexit`: children of multiprocessing, and those of celery's prefork pool.

Both leave through `os._exit` after hooks of their own; whoever is loaded is asked to call us. Nothing is imported here.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def hook(at_end: Callable[[], object]) -> None:
    """Have `at_end` called before this process ends, if it is one of those. Once for each process that reports."""
    process, util = sys.modules.get("multiprocessing.process"), sys.modules.get("multiprocessing.util")
    if process is not None and util is not None and process.parent_process() is not None:
        util.Finalize(None, at_end, exitpriority=0)
    signals = sys.modules.get("celery.signals")
    if signals is not None:
        signals.worker_process_shutdown.connect(lambda **_: at_end(), weak=False, dispatch_uid="flowvigil")
