"""The EDI-stelsel, the Dutch European Digital Identity ecosystem, on one laptop.

::

    from nlwallet import Sandbox

    with Sandbox() as edi:
        frouke = edi.wallet("frouke")
        bar = edi.relying_party("cafe-de-vrije-val")
        request = bar.request()
        prompt = frouke.open(request.uri)
        prompt.approve(pin=Sandbox.PIN)
        bar.result(request).claims("pid")
"""

from typing import TYPE_CHECKING

from nlwallet.front_door import front_door

if TYPE_CHECKING:
    from nlwallet.errors import LocalError, NlWalletError, RemoteError
    from nlwallet.holder import ConsentPrompt, Wallet
    from nlwallet.issuer import Issuer
    from nlwallet.registrar import Registrar
    from nlwallet.registration import RelyingPartyRecord
    from nlwallet.sandbox import Sandbox
    from nlwallet.trust import Category, TrustAnchors
    from nlwallet.verifier import Intermediary, PresentationRequest, PresentationResult, Verifier
else:
    __getattr__, __dir__ = front_door(
        __name__,
        {
            "nlwallet.errors": ("LocalError", "NlWalletError", "RemoteError"),
            "nlwallet.holder": ("ConsentPrompt", "Wallet"),
            "nlwallet.issuer": ("Issuer",),
            "nlwallet.registrar": ("Registrar",),
            "nlwallet.registration": ("RelyingPartyRecord",),
            "nlwallet.sandbox": ("Sandbox",),
            "nlwallet.trust": ("Category", "TrustAnchors"),
            "nlwallet.verifier": ("Intermediary", "PresentationRequest", "PresentationResult", "Verifier"),
        },
    )

__all__ = [
    "Category",
    "ConsentPrompt",
    "Intermediary",
    "Issuer",
    "LocalError",
    "NlWalletError",
    "PresentationRequest",
    "PresentationResult",
    "Registrar",
    "RelyingPartyRecord",
    "RemoteError",
    "Sandbox",
    "TrustAnchors",
    "Verifier",
    "Wallet",
]
