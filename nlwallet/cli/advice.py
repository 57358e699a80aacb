"""What somebody at a terminal can do about an error."""

from __future__ import annotations

from collections.abc import Sequence

from nlwallet.errors import (
    AlgorithmNotAllowed,
    NlWalletError,
    ProviderNotRegistered,
    RemoteError,
    UntrustedCertificate,
)
from nlwallet.registration import UNSHOWN
from nlwallet.trust import PID_TYPES, Category

_HAIP_ALONE = frozenset(
    {
        ("/client_id", "OpenID4VP 1.0 §5.9.3"),
        ("/response_mode", "HAIP 1.0 §5.1"),
        ("/request_uri", "HAIP 1.0 §5.1"),
    }
)


def with_advice(error: RemoteError, types: Sequence[str]) -> NlWalletError:
    """The same error, with what to do about it here; ``types`` are those of the cards that it is about."""
    if isinstance(error, ProviderNotRegistered):
        if error.code == "untrusted_registrar":
            registrar = Category.REGISTRATION_CERTIFICATE_PROVIDER
            hint = f"if you trust their register: --anchor CA_OF_THEIRS.pem --category {registrar}"
        elif error.code in UNSHOWN:
            hint = (
                f"if you trust who vouches for them: --anchor CA_OF_THEIRS.pem --category {Category.ACCESS_CA}; "
                "only to test, --insecure-unregistered-issuer takes it with a warning"
            )
        else:
            return error
    elif isinstance(error, UntrustedCertificate) and error.spec == UntrustedCertificate.default_spec:
        # No path to an anchor. What is wrong with a certificate itself, no anchor mends.
        category = _category_of_signer(error, types)
        hint = f"if you trust them: --anchor CA_OF_THEIRS.pem --category {category}"
    elif error.code == "untrusted_tls_certificate":
        hint = "if you trust the server: --tls-anchor CA_OF_THEIRS.pem"
    elif error.code == "invalid_client":
        hint = "--anonymous, or let the issuer trust this wallet: nlwallet wallet provider > wallet-ca.pem"
    elif error.code == "private_address":
        hint = "--local lets the wallet reach this machine and its network"
    elif error.code == "https_required":
        hint = "use https; to test on this machine only: --insecure-local"
    elif not types and _is_of_haip_alone(error):
        first = f"{error.hint}. " if error.hint else ""
        hint = (
            f"{first}To test with who does not keep to HAIP 1.0: --profile eudi-reference, or openid4vp-1.0"
        )
    else:
        return error
    return type(error)(error.message, code=error.code, spec=error.spec, pointer=error.pointer, hint=hint)


def _category_of_signer(error: RemoteError, types: Sequence[str]) -> Category:
    """What the missing anchor has to vouch for."""
    if not types:
        return Category.ACCESS_CA
    pid, of_status = any(one.startswith(PID_TYPES) for one in types), "status list" in error.message
    if pid:
        return Category.PID_STATUS if of_status else Category.PID_PROVIDER
    return Category.STATUS_PROVIDER if of_status else Category.EAA_PROVIDER


def _is_of_haip_alone(error: RemoteError) -> bool:
    """Whether a request would be good if the wallet took all that OpenID4VP allows."""
    if "is unknown" in error.message:
        return False
    return isinstance(error, AlgorithmNotAllowed) or (error.pointer, error.spec) in _HAIP_ALONE
