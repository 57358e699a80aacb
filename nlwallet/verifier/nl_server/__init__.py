"""The interface of the NL Wallet's ``verification_server``, for a relying party's back end, its page and wallets."""

from nlwallet.verifier.nl_server.ephemeral_id import EphemeralIds, Version
from nlwallet.verifier.nl_server.opened import OpenedServer, open_verification_server
from nlwallet.verifier.nl_server.public_face import public_app
from nlwallet.verifier.nl_server.refusal import Refusal
from nlwallet.verifier.nl_server.requester_face import requester_app
from nlwallet.verifier.nl_server.requester_session import Lifetimes, SessionState
from nlwallet.verifier.nl_server.return_url import ReturnUrlUse, SessionType
from nlwallet.verifier.nl_server.server import NL_WALLET, UNIVERSAL_LINK_BASE, VerificationServer
from nlwallet.verifier.nl_server.settings import Listener, ServerSettings
from nlwallet.verifier.nl_server.use_case import UseCase, supported_query

__all__ = [
    "NL_WALLET",
    "UNIVERSAL_LINK_BASE",
    "EphemeralIds",
    "Lifetimes",
    "Listener",
    "OpenedServer",
    "Refusal",
    "ReturnUrlUse",
    "ServerSettings",
    "SessionState",
    "SessionType",
    "UseCase",
    "VerificationServer",
    "Version",
    "open_verification_server",
    "public_app",
    "requester_app",
    "supported_query",
]
