"""What a relying party needs to test with: a wallet in its own tests, and the browser in between.

:class:`DigitalCredentials` is the browser's Digital Credentials API with a wallet of ours behind it. Who holds
the wallet is a function: :func:`careful`, :func:`hasty`, :func:`never`, :func:`approves`, :func:`denies`,
:func:`closes`, :func:`undecided`, or one of your own. :data:`SITUATIONS` are requests to try them on.

:class:`HostileWallet` is a wallet that attacks, and :func:`attacks` is what it can do: see
:mod:`nlwallet.testing.hostile`.
"""

from typing import TYPE_CHECKING

from nlwallet.front_door import front_door

if TYPE_CHECKING:
    from nlwallet.testing.citizen import (
        UNDECIDED,
        Citizen,
        approves,
        careful,
        closes,
        denies,
        hasty,
        never,
        undecided,
    )
    from nlwallet.testing.digital_credentials import DigitalCredentials
    from nlwallet.testing.dom_exception import DomException
    from nlwallet.testing.exchange import Exchange
    from nlwallet.testing.hostile import HostileWallet, attacks
    from nlwallet.testing.situations import SITUATIONS, Situation, situation
else:
    __getattr__, __dir__ = front_door(
        __name__,
        {
            "nlwallet.testing.citizen": (
                "UNDECIDED",
                "Citizen",
                "approves",
                "careful",
                "closes",
                "denies",
                "hasty",
                "never",
                "undecided",
            ),
            "nlwallet.testing.digital_credentials": ("DigitalCredentials",),
            "nlwallet.testing.dom_exception": ("DomException",),
            "nlwallet.testing.exchange": ("Exchange",),
            "nlwallet.testing.hostile": ("HostileWallet", "attacks"),
            "nlwallet.testing.situations": ("SITUATIONS", "Situation", "situation"),
        },
    )

__all__ = [
    "SITUATIONS",
    "UNDECIDED",
    "Citizen",
    "DigitalCredentials",
    "DomException",
    "Exchange",
    "HostileWallet",
    "Situation",
    "approves",
    "attacks",
    "careful",
    "closes",
    "denies",
    "hasty",
    "never",
    "situation",
    "undecided",
]
