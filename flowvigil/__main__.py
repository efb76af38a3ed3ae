"""The console script. Works without the command's libraries: then it says what brings them."""

from __future__ import annotations

import gc
import signal
import sys
from io import TextIOWrapper

EXTRA = "The flowvigil command needs a few libraries: pip install 'flowvigil[provision,local]'"


def main() -> int:
    """Run the command line; returns the exit code. Loads click only here, so the reporter stays free of it.

    A job that is cancelled ends as Ctrl-C ends it: what a command leaves half done is put right, its document printed.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that is not UTF-8 shows what it can
    try:
        from flowvigil.cli import run
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130
    except ModuleNotFoundError as error:
        if error.name in ("click", "yaml"):
            print(EXTRA, file=sys.stderr)
            return 3
        raise
    code = run(sys.argv[1:])
    gc.freeze()  # the process ends: the collector need not walk through everything once more
    return code


if __name__ == "__main__":
    sys.exit(main())
