"""Why nothing comes over a link any more."""

from __future__ import annotations

from nlwallet.errors import TransportError


def closed() -> TransportError:
    """The other side, or this one, is gone."""
    return TransportError("the other device is gone", code="link_closed", hint="begin again with a new code")


def silent() -> TransportError:
    """Nothing came in time."""
    return TransportError("the other device did not answer in time", code="link_timeout")
