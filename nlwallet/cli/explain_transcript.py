"""``nlwallet explain-transcript``: which session transcript a wallet signed, when device authentication fails."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from nlwallet.cli.source import read_source
from nlwallet.cli.transcript import facts_of
from nlwallet.mdoc import explain_session_transcript
from nlwallet.profiles import OPENID4VP_1_0

_MODES = tuple(OPENID4VP_1_0.response_modes)


def explain_transcript(
    source: Annotated[
        str,
        typer.Argument(
            help="The presentation: a DeviceResponse in base64url, a file with one, or -.",
            metavar="PRESENTATION",
        ),
    ],
    *,
    request: Annotated[
        str,
        typer.Option("--request", "-r", help="The request object, or its parameters as JSON: text or file."),
    ],
    origin: Annotated[
        str, typer.Option("--origin", help="The page's origin, if the request went through the browser.")
    ] = "",
    response: Annotated[
        str, typer.Option("--response", help="The encrypted answer (JWE), for the apu in its header.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Find which session transcript a device signed. Exit code 0: that of the request. 1: another.

    The document itself is not verified; nonces and attribute values are not shown.
    """
    facts = facts_of(read_source(request), origin, read_source(response) if response else "")
    found = explain_session_transcript(
        read_source(source), facts, algorithms=OPENID4VP_1_0.signing_algorithms
    )
    print(json.dumps(found.as_dict(), ensure_ascii=False, indent=2) if as_json else found)
    raise typer.Exit(0 if found.as_asked else 1)
