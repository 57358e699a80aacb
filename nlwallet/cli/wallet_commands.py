"""All commands of ``nlwallet wallet``: what a wallet does, and what its holder can look back on."""

from __future__ import annotations

from nlwallet.cli.wallet import wallet_app
from nlwallet.cli.wallet_history import erase, log_app, report, shared_with

__all__ = ["wallet_app"]

wallet_app.add_typer(log_app, name="log")
wallet_app.command()(erase)
wallet_app.command()(report)
wallet_app.command(name="shared-with")(shared_with)
