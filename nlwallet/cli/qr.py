"""``nlwallet qr``: the QR code of a link, of an offer, of a request, or of a pilot that asks there and then."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Event
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.text import Text

from nlwallet.cli.pilot import find_pilot
from nlwallet.cli.signals import stopped_by_signals
from nlwallet.cli.source import read_source
from nlwallet.encoding import dump_json, parse_json_object
from nlwallet.errors import LocalError, MalformedInput, RemoteError
from nlwallet.openid4vci import CredentialOffer
from nlwallet.openid4vp import UnverifiedRequestObject
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.qr import QrCode
from nlwallet.sandbox import Pilot
from nlwallet.sandbox.pages.layout import phone_address
from nlwallet.sandbox.served import ServedSandbox
from nlwallet.verifier import PresentationResult

_LOOK_SECONDS: Final = 0.5
_HINT: Final = "a link such as openid4vp://?client_id=…, an offer as JSON, or a request object"


def qr(
    source: Annotated[
        str | None,
        typer.Argument(
            help="A link, an offer as JSON, a request object; a file with one of these, or - for standard input.",
            metavar="INPUT",
        ),
    ] = None,
    *,
    pilot: Annotated[
        str | None,
        typer.Option(
            "--pilot", help="Let the party of a pilot (its id, or a file) ask, and wait for the answer."
        ),
    ] = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="Write an SVG file.")] = None,
    png: Annotated[Path | None, typer.Option("--png", help="Write a PNG file.")] = None,
    data_url: Annotated[
        bool, typer.Option("--data-url", help="Print the PNG image as an address for a page.")
    ] = False,
) -> None:
    """Draw a QR code that a wallet can scan: in the terminal, as an SVG or PNG file, or as a data URL."""
    if (source is None) == (pilot is None):
        raise typer.BadParameter("give INPUT, or --pilot")
    if pilot is not None:
        _ask(find_pilot(pilot), svg, png, data_url=data_url)
    else:
        _draw(QrCode(link_of(read_source(source or ""))), svg, png, data_url=data_url)


def link_of(text: str) -> str:
    """The link that a QR code holds for a link, an offer, or a request object.

    Raises :class:`~nlwallet.errors.MalformedInput` for anything else.
    """
    if "://" in text[:40] and not any(character.isspace() for character in text):
        return text
    try:
        if text.lstrip().startswith("{"):
            return _link_of_json(parse_json_object(text, what="the input"))
        request = UnverifiedRequestObject.parse(text.strip(), profile=OPENID4VP_1_0)
    except RemoteError as error:
        raise MalformedInput(f"no QR code can be made of this: {error.message}", hint=_HINT) from None
    return f"openid4vp://?{urlencode({'client_id': request.claims.get('client_id', ''), 'request': text.strip()})}"


def _link_of_json(members: dict[str, Any]) -> str:
    if "credential_issuer" in members:
        offer = urlencode({"credential_offer": dump_json(members).decode()})
        return CredentialOffer.parse(f"openid-credential-offer://?{offer}").uri()
    if "client_id" in members and "request_uri" in members:
        return f"openid4vp://?{urlencode({name: str(value) for name, value in members.items()})}"
    raise MalformedInput("it is neither an offer nor a request by reference", hint=_HINT)


def _draw(code: QrCode, svg: Path | None, png: Path | None, *, data_url: bool) -> None:
    if svg is not None:
        _write(svg, code.svg().encode())
    if png is not None:
        _write(png, code.png())
    if data_url:
        print(code.data_url())
    if svg is None and png is None and not data_url:
        print(code.terminal(), end="")


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise LocalError(f"{path} cannot be written: {os.strerror(error.errno or 0)}") from None
    print(path)


def _ask(pilot: Pilot, svg: Path | None, png: Path | None, *, data_url: bool) -> None:
    """Serve the party, show its code, and wait for an answer."""
    console = Console(soft_wrap=True)
    with stopped_by_signals() as stop, ServedSandbox(port=0, pilots=(pilot,)) as served:
        party = served.edi.relying_party(pilot)
        request = party.request(pilot.query, intended_use=pilot.intended_use)
        _draw(QrCode(request.uri), svg, png, data_url=data_url)
        console.print(Text(f"{pilot.record.trade_name} asks. The link in the code:\n{request.uri}\n"))
        phone = phone_address(served.pages["wallet"], request.uri, scanned="yes")
        console.print(Text.assemble("Let the phone in your browser read it:\n", (phone, "cyan"), "\n"))
        console.print(Text("Waiting for a wallet; Ctrl-C stops.", "dim"))
        while not stop.wait(_LOOK_SECONDS):
            result = party.result(request)
            if result.status != "pending":
                _tell(console, result)
                return
    _stopped(stop)


def _tell(console: Console, result: PresentationResult) -> None:
    if result.error is not None:
        raise result.error
    for one in result.presentations:
        console.print(Text(f"{one.query_id}: {dump_json(dict(one.claims)).decode()}", "green"))


def _stopped(stop: Event) -> None:
    if stop.is_set():
        raise typer.Exit(143)
