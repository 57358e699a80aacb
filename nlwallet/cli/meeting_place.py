"""Where two terminals find each other when nobody set anything up: a wallet and a reader that trust one sandbox.

Whoever of both comes first makes them, in a folder of this user; the authorities of the sandbox are gone after that,
so what is there can be used, and nothing can be added.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nlwallet.cli.reader_file import write_reader
from nlwallet.cli.wallet_place import attempts_folder
from nlwallet.clock import SystemClock
from nlwallet.crypto import PrivateKey
from nlwallet.errors import LocalError
from nlwallet.holder import FileVault
from nlwallet.http import HttpStatusLists
from nlwallet.issuer import persona, pid_claims
from nlwallet.sandbox import InProcess, Sandbox
from nlwallet.sandbox.pilots import BEACH_BAR
from nlwallet.status import STATUS_LIST_MEDIA_TYPE, StatusReference

LASTS: Final = 5 * 86_400
"""Seconds after which wallet and reader are made anew: certificates of the sandbox live short."""


@dataclass(frozen=True, slots=True)
class MeetingPlace:
    """The demonstration's two parties."""

    wallet: Path
    reader: Path
    made_now: bool


def meeting_place(*, fresh: bool = False) -> MeetingPlace:
    """The wallet of Frouke and the reader of the beach bar; made if they are not there. Raises LocalError."""
    folder = attempts_folder().parent / "proximity"
    place = MeetingPlace(folder / "frouke.vault", folder / "reader.json", made_now=False)
    try:
        if fresh or _too_old(place.reader):
            shutil.rmtree(folder, ignore_errors=True)
        if place.reader.exists():
            return place
        folder.parent.mkdir(parents=True, exist_ok=True)
        _make(folder)
    except OSError as error:
        raise LocalError(f"{folder} cannot be used: {os.strerror(error.errno or 0)}", code="file") from None
    return MeetingPlace(place.wallet, place.reader, made_now=True)


def _make(folder: Path) -> None:
    """All of it or nothing; if somebody else was first, theirs counts."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".proximity-") as made:
        within = Path(made) / "place"
        within.mkdir(mode=0o700)
        _fill(within)
        try:
            within.rename(folder)
        except OSError:
            if not (folder / "reader.json").exists():
                raise


def _fill(folder: Path) -> None:
    hosting, key = InProcess(), PrivateKey.generate()
    with Sandbox(hosting=hosting) as edi:
        certificates = edi.registrar.register(BEACH_BAR.record, key.public, dns_names=(BEACH_BAR.host,))
        with FileVault.create(folder / "frouke.vault", pin=Sandbox.PIN, attempts=attempts_folder()) as vault:
            wallet = edi.empty_wallet(pin=None, store=vault)
            claims = pid_claims(persona(BEACH_BAR.citizen), now=edi.clock.now())
            wallet.receive(edi.pid_issuer.offer("nl-pid-mdoc", claims).uri)
            vault.remember(anchors=edi.anchors)
            statuses = [copy.credential.status for card in wallet.cards for copy in card.copies.all]
        fetch = HttpStatusLists(hosting.client())
        uris = {StatusReference.parse(status, pointer="/status").uri for status in statuses if status}
        write_reader(
            folder / "reader.json",
            certificates=certificates,
            key=key,
            anchors=edi.anchors,
            status_lists={uri: fetch(uri, accept=STATUS_LIST_MEDIA_TYPE) for uri in uris},
        )


def _too_old(reader: Path) -> bool:
    return reader.exists() and reader.stat().st_mtime + LASTS < SystemClock().now()
