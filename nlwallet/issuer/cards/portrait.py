"""The portrait on every card that has one."""

from __future__ import annotations

import base64
from functools import cache
from importlib.resources import files


@cache
def portrait() -> str:
    """A drawing of nobody, as a ``data:`` URL of a JPEG."""
    picture = files("nlwallet.issuer.cards").joinpath("portrait.jpg").read_bytes()
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode('ascii')}"
