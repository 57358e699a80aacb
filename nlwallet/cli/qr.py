"""The QR code of a link, of an offer, or of a request: drawn in the terminal, or in a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from nlwallet.encoding import dump_json, parse_json_object
from nlwallet.errors import LocalError, MalformedInput, RemoteError
from nlwallet.openid4vci import CredentialOffer
from nlwallet.openid4vp import UnverifiedRequestObject
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.qr import QrCode

_HINT: Final = "a link such as openid4vp://?client_id=…, an offer as JSON, or a request object"


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


def draw(link: str, svg: Path | None, png: Path | None, *, data_url: bool) -> None:
    """Write the code of ``link`` to files, or print it. Raises :class:`~nlwallet.errors.LocalError`."""
    code = QrCode(link)
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
