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
    """A command as a line in the help; ``where`` (``file:function``) is the rest of it."""

    def __init__(self, name: str, where: str, line: str) -> None:
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
    found = getattr(import_module(f"nlwallet.cli.{module}"), attribute)
    around = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
    else:
        around.command(name)(found)
    command = get_group(around).commands[name]
    assert isinstance(command, TyperCommand | TyperGroup)
    return command


def _group(name: str, line: str, *commands: Later) -> TyperGroup:
    return TyperGroup(name=name, help=line, commands=commands, no_args_is_help=True, rich_markup_mode=None)


COMMANDS: Final = (
    Later(
        "attack",
        "attack:attack",
        "Attack a relying party: an honest presentation first, then every hostile case.",
    ),
    Later(
        "attack-wallet",
        "attack_wallet:attack_wallet",
        "Attack a wallet: an honest PID, request and offer first, then every hostile case.",
    ),
    Later(
        "eu-verifier",
        "eu_verifier:eu_verifier",
        "Serve the EU reference verifier's interface, for a front end that is made for it.",
    ),
    Later(
        "issue",
        "issue:issue",
        "Issue a card over HTTPS on this machine: prints the link, and the command that receives it.",
    ),
    Later(
        "qr",
        "qr_command:qr",
        "Draw a QR code that a wallet can scan: in the terminal, as an SVG or PNG file, or as a data URL.",
    ),
    Later(
        "sandbox",
        "sandbox_command:sandbox",
        "Start the whole ecosystem: registrar, lists, issuers, relying parties and a wallet for the browser.",
    ),
    Later(
        "issuance-server",
        "issuance_server:issuance_server",
        "Serve cards in return for what wallets present, as the NL Wallet's issuance_server does.",
    ),
    Later(
        "verification-server",
        "verification_server:verification_server",
        "Serve the NL Wallet's interface for relying parties, as its verification_server does.",
    ),
    Later("demo", "demo_command:demo", "Walk the pilots: register, issue, ask, consent, present, verify."),
    Later("decode", "decode_command:decode", "Show what a token, mdoc, link, query or certificate holds."),
    Later(
        "verify",
        "verify_command:verify",
        "Verify a card (SD-JWT VC or mdoc), a presentation, or a registration certificate, and list every check.",
    ),
    Later(
        "lint",
        "lint_command:lint",
        "Find what is wrong with a request before a wallet does, and what it could do without.",
    ),
    Later(
        "match",
        "match_command:match",
        "Tell per card and claim why a query matches or not, and the nearest thing that is there.",
    ),
    Later(
        "check-rp",
        "check_rp:check_rp",
        "Check a relying party as a wallet does: its registration, its certificates and its request.",
    ),
    Later("explain", "explain_cassette:explain", "Tell the story of a cassette."),
    Later(
        "explain-transcript",
        "explain_transcript:explain_transcript",
        "Find which session transcript a device signed.",
    ),
    _group(
        "wallet",
        "A wallet in an encrypted file: receive cards, look at them, share from them.",
        Later("create", "wallet:create", "Make an empty wallet, and choose its PIN."),
        Later("receive", "wallet:receive", "Take what an issuer offers."),
        Later("collect", "wallet:collect", "Get the cards that issuers promised, if they are there now."),
        Later("renew", "wallet:renew", "Get a card anew from its issuer, in the place of the old one."),
        Later("check", "wallet:check", "Ask the issuers' status lists whether the cards still hold."),
        Later("open", "wallet:open_request", "Look at what somebody asks, and share it or not."),
        Later("cards", "wallet:cards", "List the cards."),
        Later("show", "wallet:show", "Show everything on a card."),
        Later("delete", "wallet:delete", "Throw a card away, with its keys; its issuer is not told."),
        Later(
            "trust",
            "wallet:trust",
            "List whom the wallet trusts, or let it trust more: FILE --category access_ca.",
        ),
        Later(
            "provider",
            "wallet:provider",
            "Print the CA that vouches for this wallet, in PEM: for an issuer that wants to know its wallets.",
        ),
        Later("pin", "wallet:pin", "Choose another PIN."),
        Later(
            "erase",
            "wallet_history:erase",
            "Draft a request to a party to erase what it got (GDPR, Article 17).",
        ),
        Later(
            "report",
            "wallet_history:report",
            "Draft a report of a suspicious request to the data protection authority.",
        ),
        Later(
            "shared-with",
            "wallet_history:shared_with",
            "Tell what a party got over time, and what you did about it.",
        ),
        Later(
            "log",
            "wallet_history:log_app",
            "List what the wallet received, shared and refused; export, import or delete from it.",
        ),
    ),
    _group(
        "pki",
        "Certificates for your own tests: make a hierarchy, and check one.",
        Later(
            "new", "pki:new", "Make authorities of every category and signers of every kind, with their keys."
        ),
        Later("check", "pki:check", "Say what a wallet objects to in certificates, and how to mend it."),
    ),
    _group(
        "pilot",
        "Scenarios that people can walk through: list them, make one (new), run them (run).",
        Later("list", "pilot:list_", "The pilots that come with nlwallet."),
        Later("new", "pilot:new", "Write the file of a new pilot, to be changed by you."),
        Later(
            "run", "pilot:run", "Walk pilots with a careful citizen, in process, and print how each ended."
        ),
    ),
    _group(
        "proximity",
        "Without a network: show a code to a reader nearby (show), or read one (read). ISO/IEC 18013-5.",
        Later("show", "proximity:show", "Show a code, wait for a reader, and decide what it gets."),
        Later("read", "proximity:read", "Read a code, ask, and print what was verified."),
    ),
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
