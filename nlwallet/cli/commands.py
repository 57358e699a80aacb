"""Which commands there are; what a command needs is imported when it is asked for.

A person waits for every import, so ``nlwallet --help`` imports no command, and a command none of the others. The
options of the commands that read one input stand apart from what they do, in ``..._command.py``: their ``--help``
waits for no room of the library.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group


class Later(TyperCommand):
    """A command, or a group of them, as a line in the help; ``where`` (``module:name``) is the rest of it."""

    def __init__(self, name: str, line: str, where: str) -> None:
        super().__init__(name, help=line, rich_markup_mode=None)
        self.where = where

    def loaded(self) -> TyperCommand | TyperGroup:
        """The command itself, with its options."""
        return _load(self.name or "", self.where)

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Here the command is really meant: to run it, for its help, or to complete its options."""
        return self.loaded().make_context(*args, **kwargs)


@cache
def _load(name: str, where: str) -> TyperCommand | TyperGroup:
    module, _, attribute = where.partition(":")
    found = getattr(import_module(module), attribute)
    around = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
    else:
        around.command(name)(found)
    command = get_group(around).commands[name]
    assert isinstance(command, TyperCommand | TyperGroup)
    return command


COMMANDS: Final = tuple(
    Later(name, line, f"nlwallet.cli.{where}")
    for name, line, where in (
        (
            "attack",
            "Attack a relying party: an honest presentation first, then every hostile case.",
            "attack:attack",
        ),
        (
            "attack-wallet",
            "Attack a wallet: an honest PID, request and offer first, then every hostile case.",
            "attack_wallet:attack_wallet",
        ),
        (
            "eu-verifier",
            "Serve the EU reference verifier's interface, for a front end that is made for it.",
            "eu_verifier:eu_verifier",
        ),
        (
            "issue",
            "Issue a card over HTTPS on this machine: prints the link, and the command that receives it.",
            "issue:issue",
        ),
        (
            "qr",
            "Draw a QR code that a wallet can scan: in the terminal, as an SVG or PNG file, or as a data URL.",
            "qr:qr",
        ),
        (
            "sandbox",
            "Start the whole ecosystem: registrar, lists, issuers, relying parties and a wallet for the browser.",
            "sandbox:sandbox",
        ),
        (
            "issuance-server",
            "Serve cards in return for what wallets present, as the NL Wallet's issuance_server does.",
            "issuance_server:issuance_server",
        ),
        (
            "verification-server",
            "Serve the NL Wallet's interface for relying parties, as its verification_server does.",
            "verification_server:verification_server",
        ),
        ("demo", "Walk the pilots: register, issue, ask, consent, present, verify.", "demo_command:demo"),
        ("decode", "Show what a token, mdoc, link, query or certificate holds.", "decode_command:decode"),
        (
            "verify",
            "Verify a card (SD-JWT VC or mdoc), a presentation, or a registration certificate, and list every check.",
            "verify_command:verify",
        ),
        (
            "lint",
            "Find what is wrong with a request before a wallet does, and what it could do without.",
            "lint_command:lint",
        ),
        (
            "match",
            "Tell per card and claim why a query matches or not, and the nearest thing that is there.",
            "match_command:match",
        ),
        (
            "check-rp",
            "Check a relying party as a wallet does: its registration, its certificates and its request.",
            "check_rp:check_rp",
        ),
        ("explain", "Tell the story of a cassette.", "explain_cassette:explain"),
        (
            "explain-transcript",
            "Find which session transcript a device signed.",
            "explain_transcript:explain_transcript",
        ),
        (
            "wallet",
            "A wallet in an encrypted file: receive cards, look at them, share from them.",
            "wallet_commands:wallet_app",
        ),
        ("pki", "Certificates for your own tests: make a hierarchy, and check one.", "pki:pki_app"),
        (
            "pilot",
            "Scenarios that people can walk through: list them, make one (new), run them (run).",
            "pilot:pilot_app",
        ),
        (
            "proximity",
            "Without a network: show a code to a reader nearby (show), or read one (read).",
            "proximity:proximity_app",
        ),
    )
)
"""In the order of the help; the lines are the beginnings of the commands' own, which a test compares."""


def nlwallet_command() -> TyperGroup:
    """The command ``nlwallet``."""
    return TyperGroup(
        name="nlwallet",
        help="The Dutch EDI ecosystem on one laptop: issuer, wallet, relying party and registrar.",
        commands=COMMANDS,
        no_args_is_help=True,
        rich_markup_mode=None,
    )
