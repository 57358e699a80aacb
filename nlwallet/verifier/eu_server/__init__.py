"""The interface of the EU reference verifier (eudi-srv-verifier-endpoint) over a Verifier."""

from nlwallet.verifier.eu_server.face import eu_app
from nlwallet.verifier.eu_server.refusal import EuRefusal
from nlwallet.verifier.eu_server.server import EuServer
from nlwallet.verifier.eu_server.transaction_request import TransactionRequest

__all__ = ["EuRefusal", "EuServer", "TransactionRequest", "eu_app"]
