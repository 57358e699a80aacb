"""Whom a wallet under test is to trust, in files: it is another program, and learns of the sandbox by them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from nlwallet.errors import LocalError
from nlwallet.sandbox import Sandbox
from nlwallet.trust import Category

FOLDER_NAME = "NLWALLET_TRUST"
TLS_NAME = "NLWALLET_TLS_ANCHOR"
ANCHOR_NAME = "NLWALLET_ANCHOR_"
TLS_FILE = "tls.pem"


def write_trust(edi: Sandbox, folder: Path, *, tls_anchor_pem: str) -> Mapping[str, str]:
    """Write ``CATEGORY.pem`` for each category and ``tls.pem``; gives what tells of them, as environment variables.

    ``NLWALLET_TRUST`` is the folder, ``NLWALLET_TLS_ANCHOR`` the file for TLS, ``NLWALLET_ANCHOR_PID_PROVIDER`` and the
    like the others. Raises :class:`~nlwallet.errors.LocalError`.
    """
    told = {FOLDER_NAME: str(folder), TLS_NAME: str(folder / TLS_FILE)}
    files = {TLS_FILE: tls_anchor_pem}
    for category in Category:
        if anchors := edi.anchors.of(category):
            files[f"{category}.pem"] = "".join(one.pem() for one in anchors)
            told[f"{ANCHOR_NAME}{category.upper()}"] = str(folder / f"{category}.pem")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, "ascii")
    except OSError as error:
        raise LocalError(
            f"{error.filename} cannot be written: {os.strerror(error.errno or 0)}", code="file"
        ) from None
    return told
