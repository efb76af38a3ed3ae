"""What holds for every test: Ctrl-C is heard, also where a shell started the tests in the background."""

import signal


def pytest_configure():
    """A shell lets what it starts in the background ignore SIGINT, and every process that a test starts inherits it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
