"""A command that serves heeds SIGTERM at whatever moment it comes."""

from __future__ import annotations

import subprocess
import sys

AT_THE_WORST_MOMENT = """
import os, signal
from nlwallet.cli.signals import stopped_by_signals

with stopped_by_signals() as stop:
    with stop._cond:  # as in the midst of stop.wait()
        os.kill(os.getpid(), signal.SIGTERM)
    print(stop.wait(60))
"""


def test_the_signal_may_come_while_the_command_is_about_to_wait_for_it() -> None:
    command = [sys.executable, "-c", AT_THE_WORST_MOMENT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")
