"""Every error that nlwallet raises, in one hierarchy.

The first question an error answers is *whose mistake it is* (the idea of h11):

* :class:`LocalError`: the call is wrong, or a party of ours is set up wrongly. Mend the code.
* :class:`RemoteError`: what came from outside is wrong. Nothing of it was used.

Bad input from outside never raises anything but a :class:`RemoteError`. Each error carries

``code``     the protocol's own code where it has one (``invalid_request``), else a short name of ours
``spec``     the section that was broken, as ``"RFC 9901 §7.1"``
``pointer``  where in the input: a JSON pointer (RFC 6901) such as ``/vp_token/pid/0``
``hint``     what to do about it

No message, hint or pointer ever holds a secret, a token or an attribute value.
"""

from __future__ import annotations

from typing import ClassVar

MAX_TEXT = 1024
"""How long message, pointer and hint of an error may be, in characters each."""


class NlWalletError(Exception):
    """The root of all errors of this library."""

    default_code: ClassVar[str] = "error"
    default_spec: ClassVar[str] = ""

    def __init__(
        self, message: str, *, code: str = "", spec: str = "", pointer: str = "", hint: str = ""
    ) -> None:
        self.message = _shown(message)
        super().__init__(self.message)
        self.code = _shown(code) or self.default_code
        self.spec = spec or self.default_spec
        self.pointer = _shown(pointer)
        self.hint = _shown(hint)

    def __str__(self) -> str:
        """One line: what is wrong, where, which section says so, and what to do."""
        where = f" at {self.pointer}" if self.pointer else ""
        section = f" ({self.spec})" if self.spec else ""
        hint = f" Hint: {self.hint}" if self.hint else ""
        return f"{self.code}: {self.message}{where}{section}.{hint}"

    def diagnostics(self) -> dict[str, str]:
        """The same as data, for JSON output and reports; empty members are left out."""
        members = {
            "error": type(self).__name__,
            "code": self.code,
            "message": self.message,
            "spec": self.spec,
            "pointer": self.pointer,
            "hint": self.hint,
        }
        return {name: value for name, value in members.items() if value}


def _shown(text: str) -> str:
    """For people, logs and the other party: bounded, and ``?`` for each character that nobody can see.

    A pointer holds names from outside. A line break in one would write a line of its own into a log, half a
    surrogate pair cannot be written at all.
    """
    cut = text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"
    return cut if cut.isprintable() else "".join(each if each.isprintable() else "?" for each in cut)


# Whose mistake -------------------------------------------------------------------------------


class LocalError(NlWalletError):
    """Our own call or configuration is wrong; nothing was sent."""

    default_code = "usage"


class RemoteError(NlWalletError):
    """What came from outside is wrong; nothing of it was used."""

    default_code = "invalid_input"


# Any input -----------------------------------------------------------------------------------


class MalformedInput(RemoteError):
    """The input cannot be parsed: truncated, wrong alphabet, not JSON, a member of the wrong type."""

    default_code = "malformed"


class LimitExceeded(RemoteError):
    """The input is larger, deeper or more numerous than the documented limit."""

    default_code = "limit_exceeded"


class TransportError(RemoteError):
    """A message could not be fetched or delivered, or the HTTP policy forbids to try."""

    default_code = "transport"


# Cryptography --------------------------------------------------------------------------------


class AlgorithmNotAllowed(RemoteError):
    """The algorithm is ``none``, symmetric, unknown, or not on the list for this use."""

    default_code = "algorithm_not_allowed"
    default_spec = "RFC 8725 §3.1"


class InvalidSignature(RemoteError):
    """A signature does not verify."""

    default_code = "invalid_signature"


class DecryptionFailed(RemoteError):
    """A JWE does not decrypt, or its header asks for something that was not offered."""

    default_code = "decryption_failed"


class UntrustedCertificate(RemoteError):
    """No path from the certificate to an anchor of its category, or a certificate breaks its profile."""

    default_code = "untrusted_certificate"
    default_spec = "RFC 5280 §6"


# Credentials ---------------------------------------------------------------------------------


class InvalidSdJwt(RemoteError):
    """An SD-JWT breaks a rule of RFC 9901."""

    default_code = "invalid_sd_jwt"
    default_spec = "RFC 9901 §7.1"


class InvalidKeyBinding(RemoteError):
    """The key binding JWT is missing, or is not for this verifier, this request or this presentation."""

    default_code = "invalid_key_binding"
    default_spec = "RFC 9901 §7.3"


class InvalidCredential(RemoteError):
    """A credential breaks a rule of its format (SD-JWT VC) or of the profile."""

    default_code = "invalid_credential"


class InvalidMdoc(RemoteError):
    """An mdoc breaks a rule of ISO/IEC 18013-5: its structure, its digests, its issuer's signature."""

    default_code = "invalid_mdoc"
    default_spec = "ISO/IEC 18013-5 §9.3.1"


class InvalidDeviceAuth(RemoteError):
    """The device's signature or MAC is missing, or is not over this document, this session or by this device."""

    default_code = "invalid_device_auth"
    default_spec = "ISO/IEC 18013-5 §9.1.3"


class OutsideValidity(RemoteError):
    """Something is expired or not yet valid."""

    default_code = "outside_validity"


class InvalidTypeMetadata(RemoteError):
    """Type metadata is malformed, does not match its integrity, or the credential does not match it."""

    default_code = "invalid_type_metadata"


class InvalidStatus(RemoteError):
    """A status list token is invalid, or says that the referenced token is not valid."""

    default_code = "invalid_status"


# Trust ---------------------------------------------------------------------------------------


class InvalidTrustedList(RemoteError):
    """A list of trusted entities is malformed, not signed by its operator, out of date, or an older one."""

    default_code = "invalid_trusted_list"
    default_spec = "ETSI TS 119 602 §6"


# Registration --------------------------------------------------------------------------------


class InvalidRegistration(RemoteError):
    """A registration certificate is malformed, not from a trusted provider, or not of this party."""

    default_code = "invalid_registration"
    default_spec = "ETSI TS 119 475 §5.2"


class ProviderNotRegistered(InvalidRegistration):
    """An issuer does not show that it is registered for what it offers; nothing was asked of it.

    ``code`` says why, in small letters, as :data:`~nlwallet.registration.ProviderReason` has it.
    """

    default_code = "not_registered"
    default_spec = "ARF RPRC_22a"


# Presentation (OpenID4VP) --------------------------------------------------------------------


class InvalidQuery(RemoteError):
    """A DCQL query breaks OpenID4VP §6."""

    default_code = "invalid_request"
    default_spec = "OpenID4VP 1.0 §6"


class InvalidRequest(RemoteError):
    """An authorization request cannot be accepted; ``code`` is the code of OpenID4VP §8.5."""

    default_code = "invalid_request"
    default_spec = "OpenID4VP 1.0 §5"


class RefusedByProfile(InvalidRequest):
    """Another wallet may take the request; one of this profile does not. The message names the profile."""


class InvalidResponse(RemoteError):
    """An authorization response does not answer its request."""

    default_code = "invalid_response"
    default_spec = "OpenID4VP 1.0 §8.6"


class RefusedByWallet(RemoteError):
    """The wallet answered with an authorization error response; ``code`` is the wallet's."""

    default_code = "access_denied"
    default_spec = "OpenID4VP 1.0 §8.5"


# Proximity (ISO/IEC 18013-5) -----------------------------------------------------------------


class InvalidEngagement(RemoteError):
    """A device engagement, or the NFC handover that brought it, breaks ISO/IEC 18013-5 §8.2."""

    default_code = "invalid_engagement"
    default_spec = "ISO/IEC 18013-5 §8.2.1"


class InvalidSessionMessage(RemoteError):
    """A message of a proximity session is malformed, or has no place in the session as it stands."""

    default_code = "invalid_session_message"
    default_spec = "ISO/IEC 18013-5 §9.1.1.4"


class SessionEnded(RemoteError):
    """A proximity session is over: the other side ended it, went away, or took too long; ``code`` says which."""

    default_code = "session_terminated"
    default_spec = "ISO/IEC 18013-5 §9.1.1.4"


# Issuance (OpenID4VCI) -----------------------------------------------------------------------


class InvalidOffer(RemoteError):
    """A credential offer or issuer metadata cannot be accepted by a wallet."""

    default_code = "invalid_offer"
    default_spec = "OpenID4VCI 1.0 §4"


class IssuanceRefused(RemoteError):
    """An issuer refuses a token or credential request; ``code`` is the code of OpenID4VCI §6.3 or §8.3.1."""

    default_code = "invalid_credential_request"
    default_spec = "OpenID4VCI 1.0 §8.3.1"


class InvalidIssuableDocument(RemoteError):
    """An issuer's own server wants something issued that cannot be (disclosure-based issuance)."""

    default_code = "invalid_issuable_document"
    default_spec = "NL Wallet issuance_server"


# Holder --------------------------------------------------------------------------------------


class PromptClosed(LocalError):
    """A consent prompt was answered already, or expired; a request is answered once."""

    default_code = "prompt_closed"


class ApprovalNotPossible(LocalError):
    """The wallet lacks what is asked, or its policy forbids to share it; ``deny()`` is what remains."""

    default_code = "approval_not_possible"


class WarningsNotAcknowledged(LocalError):
    """Approval despite warnings must be explicit, each warning by its code or all of them."""

    default_code = "warnings_not_acknowledged"
    default_spec = "ARF RPA_07b"


class WrongPin(LocalError):
    """The holder's PIN is wrong or missing; attempts are left."""

    default_code = "wrong_pin"


class WalletLocked(LocalError):
    """Too many wrong PINs: wait, or the wallet is blocked."""

    default_code = "wallet_locked"


class InvalidVault(RemoteError):
    """The file of a wallet is damaged, changed, or of a newer version; nothing of it was used."""

    default_code = "invalid_vault"


# Files of settings ---------------------------------------------------------------------------


class InvalidConfiguration(RemoteError):
    """A file of settings, or what the environment says in its place, cannot be used; ``pointer`` is the key."""

    default_code = "invalid_configuration"


# Tests ---------------------------------------------------------------------------------------


class InvalidCassette(RemoteError):
    """A file is no cassette of an exchange, or one of a newer version; nothing of it was used."""

    default_code = "invalid_cassette"
