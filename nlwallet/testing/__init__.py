"""What a relying party needs to test with: a wallet in its own tests, and the browser in between.

:class:`DigitalCredentials` is the browser's Digital Credentials API with a wallet of ours behind it. Who holds
the wallet is a function: :func:`approves`, :func:`denies`, :func:`closes`, :func:`undecided`, or one of your own.
"""

from nlwallet.testing.citizen import UNDECIDED, Citizen, approves, closes, denies, undecided
from nlwallet.testing.digital_credentials import DigitalCredentials
from nlwallet.testing.dom_exception import DomException
from nlwallet.testing.exchange import Exchange

__all__ = [
    "UNDECIDED",
    "Citizen",
    "DigitalCredentials",
    "DomException",
    "Exchange",
    "approves",
    "closes",
    "denies",
    "undecided",
]
