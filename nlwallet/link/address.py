"""Where a device on this machine waits, told in its engagement: a member of our own, for there is no radio here."""

from __future__ import annotations

from typing import Any, Final

from nlwallet.errors import InvalidEngagement
from nlwallet.proximity import DeviceEngagement

LOOPBACK_PORT: Final = -1
"""The label: negative ones are an application's own."""
_FIRST_PORT: Final = 1024


def port_extension(port: int) -> dict[int, Any]:
    """The member for an engagement: a port of 127.0.0.1."""
    return {LOOPBACK_PORT: port}


def port_of(engagement: DeviceEngagement) -> int:
    """The port that ``engagement`` names. Raises :class:`~nlwallet.errors.InvalidEngagement` if it names none.

    Whoever makes a code can make a reader call at any of these ports, of this machine and no other; what arrives
    there is a message of a session, and nothing that a reader was told.
    """
    port = engagement.extensions.get(LOOPBACK_PORT)
    if type(port) is not int or not _FIRST_PORT <= port < 65_536:
        raise InvalidEngagement(
            "the code names no device on this machine",
            code="no_address",
            hint="it was made by a device with a radio, or with --socket: say where",
        )
    return port
