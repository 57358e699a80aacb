"""A request on its way to the holder, however it came: by a link, through a browser, or from a reader nearby."""

from __future__ import annotations

from typing import Protocol

from nlwallet.crypto import CertificateChain
from nlwallet.dcql import DcqlQuery
from nlwallet.openid4vp import TransactionData


class AskedRequest(Protocol):
    """What the holder is asked, once it is known who asks."""

    @property
    def query(self) -> DcqlQuery:
        """What is asked."""
        ...

    @property
    def chain(self) -> CertificateChain | None:
        """The access certificate, if the requester is known by one."""
        ...

    @property
    def transaction_data(self) -> tuple[TransactionData, ...]:
        """What is to be authorised with it."""
        ...
