"""Where a wallet and a sandbox are when nobody says where (XDG Base Directory Specification)."""

from __future__ import annotations

import os
from pathlib import Path


def default_wallet() -> Path:
    """The file of the wallet."""
    return _folder("XDG_DATA_HOME", ".local/share") / "wallet.vault"


def default_database() -> Path:
    """The file of the sandbox; its folder is there, for this user only."""
    folder = _folder("XDG_DATA_HOME", ".local/share")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / "sandbox.sqlite"


def attempts_folder() -> Path:
    """Where wrong PINs are counted: for all wallets of this user, so that a copy of one has no count of its own."""
    return _folder("XDG_STATE_HOME", ".local/state") / "attempts"


def _folder(variable: str, otherwise: str) -> Path:
    named = os.environ.get(variable, "")
    # A relative path is to be ignored, says the specification.
    base = Path(named) if Path(named).is_absolute() else Path.home() / otherwise
    return base / "nlwallet"
