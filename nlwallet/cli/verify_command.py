"""The options of ``nlwallet verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlwallet.cli.one_input import AsJson, Input, print_json


def verify(
    source: Input,
    *,
    anchor: Annotated[
        list[Path] | None, typer.Option("--anchor", "-a", help="PEM file with a trust anchor; repeatable.")
    ] = None,
    issuer_key: Annotated[
        Path | None,
        typer.Option(
            "--issuer-key", help="JWK or PEM file with the issuer's public key, instead of an anchor."
        ),
    ] = None,
    audience: Annotated[str | None, typer.Option("--audience", help="The verifier's full client_id.")] = None,
    nonce: Annotated[str | None, typer.Option("--nonce", help="The nonce of the request.")] = None,
    at: Annotated[
        int | None, typer.Option("--at", help="The moment to verify at, in seconds since 1970.")
    ] = None,
    profile: Annotated[
        str, typer.Option("--profile", help="haip-1.0, strict, transitional or nl-wallet-0.6.")
    ] = "haip-1.0",
    request: Annotated[
        str,
        typer.Option(
            "--request",
            "-r",
            help="The request that a device response answers: its object, or JSON; text or file.",
        ),
    ] = "",
    origin: Annotated[
        str, typer.Option("--origin", help="The page's origin, if that request went through the browser.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Verify a card (SD-JWT VC or mdoc), a presentation, or a registration certificate, and list every check."""
    from nlwallet.cli.source import read_source
    from nlwallet.cli.verdict import print_verdict
    from nlwallet.cli.verify import VerifyOptions
    from nlwallet.cli.verify import verify as verify_text

    if not anchor and issuer_key is None:
        raise typer.BadParameter("say whom to trust: --anchor FILE.pem, or --issuer-key FILE")
    if (audience is None) != (nonce is None):
        raise typer.BadParameter("--audience and --nonce belong together")
    asked = read_source(request) if request else ""
    options = VerifyOptions(tuple(anchor or ()), issuer_key, audience, nonce, at, profile, asked, origin)
    verdict = verify_text(read_source(source), options)
    if as_json:
        print_json(verdict.as_dict())
    else:
        print_verdict(verdict)
    if verdict.error is not None:
        raise verdict.error
