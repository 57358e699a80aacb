"""Links between two devices that are near each other: in one process, or in two of one machine."""

from nlwallet.link.address import LOOPBACK_PORT, port_extension, port_of
from nlwallet.link.in_process import InProcessLink, link_pair
from nlwallet.link.socket_link import Address, AwaitedLink, SocketLink, SocketListener, connect, listen

__all__ = [
    "LOOPBACK_PORT",
    "Address",
    "AwaitedLink",
    "InProcessLink",
    "SocketLink",
    "SocketListener",
    "connect",
    "link_pair",
    "listen",
    "port_extension",
    "port_of",
]
