"""Links between two devices that are near each other: in one process, or in two of one machine."""

from nlwallet.link.in_process import InProcessLink, link_pair
from nlwallet.link.socket_link import Address, SocketLink, SocketListener, connect, listen

__all__ = [
    "Address",
    "InProcessLink",
    "SocketLink",
    "SocketListener",
    "connect",
    "link_pair",
    "listen",
]
