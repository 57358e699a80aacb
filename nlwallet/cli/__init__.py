"""The ``nlwallet`` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command; needs the extra ``sandbox``."""
    try:
        from nlwallet.cli.app import run
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich", "uvicorn"}:
            raise
        sys.exit(
            f"nlwallet: the command needs {error.name}; install it with: pip install 'nlwallet[sandbox]'"
        )
    sys.exit(run())
