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

from nlwallet.errors import LocalError, NlWalletError, RemoteError
from nlwallet.holder import ConsentPrompt, Wallet
from nlwallet.issuer import Issuer
from nlwallet.registrar import Registrar
from nlwallet.registration import RelyingPartyRecord
from nlwallet.sandbox import Sandbox
from nlwallet.trust import Category, TrustAnchors
from nlwallet.verifier import Intermediary, PresentationRequest, PresentationResult, Verifier

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
