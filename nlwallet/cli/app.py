"""Run a command. Bad input ends in one line and exit code 1, wrong usage in exit code 2."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from nlwallet.cli.commands import nlwallet_command
from nlwallet.cli.one_input import one_line
from nlwallet.errors import NlWalletError

_INTERRUPTED = 130


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    try:
        nlwallet_command()(args=list(arguments) if arguments is not None else None)
    except SystemExit as done:
        if done.code == _INTERRUPTED and sys.stderr.isatty():
            print(file=sys.stderr)  # the shell goes on below what was asked
        return done.code if isinstance(done.code, int) else 0
    except BrokenPipeError:  # the reader of our output went away: say nothing more, also at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except NlWalletError as error:
        print(f"nlwallet: {one_line(str(error))}", file=sys.stderr)
        return 1
    return 0
