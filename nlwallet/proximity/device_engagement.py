"""DeviceEngagement: the device's ephemeral key, and how to reach it (ISO/IEC 18013-5 §8.2.1.1, §8.2.2.3, §9.1.1.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cbor2 import CBORTag

from nlwallet.crypto import PublicKey
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.crypto.cose_key import encode_cose_key, parse_cose_key
from nlwallet.crypto.encoded_cbor import ENCODED_CBOR_TAG
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import AlgorithmNotAllowed, InvalidEngagement, LimitExceeded, LocalError
from nlwallet.mdoc.reading import decode, member, typed, unwrap
from nlwallet.proximity.reading import refused_as
from nlwallet.proximity.retrieval_method import RetrievalMethod, method_of

ENGAGEMENT_VERSION: Final = "1.0"
CIPHER_SUITE: Final = 1
"""ECDH, HKDF with SHA-256 and AES-256-GCM, the only one there is (§9.1.5.2)."""
SCHEME: Final = "mdoc:"
MAX_ENGAGEMENT_BYTES: Final = 4096
MAX_METHODS: Final = 16
MAX_MEMBERS: Final = 32
SESSION_CURVES: Final = frozenset({"P-256", "P-384", "P-521"})

_VERSION, _SECURITY, _METHODS, _CAPABILITIES = 0, 1, 2, 6
_READER_AUTH_ALL, _EXTENDED_REQUEST = 3, 4
_SPEC: Final = "ISO/IEC 18013-5 §8.2.1.1"


@dataclass(frozen=True, slots=True)
class DeviceEngagement:
    """What the device shows in a QR code, or hands over by NFC; made by :meth:`create` or :meth:`parse`."""

    device_key: PublicKey
    """EDeviceKey: for this one session, of which the device has the private half."""
    methods: tuple[RetrievalMethod, ...]
    extensions: Mapping[int, Any] = field(repr=False)
    """Members with a negative label: of an application's own, not of the specification."""
    encoded: bytes = field(repr=False)
    """The octets as sent: both sides put them into the session transcript."""
    takes_second_edition: bool = False
    """Whether the device says that it takes requests of the second edition, signed as a whole and with use cases."""

    @classmethod
    def create(
        cls,
        device_key: PublicKey,
        *,
        methods: Sequence[RetrievalMethod] = (),
        extensions: Mapping[int, Any] | None = None,
    ) -> DeviceEngagement:
        """A new engagement. Raises :class:`~nlwallet.errors.LocalError` for what no reader would take."""
        own = dict(extensions or {})
        if (
            device_key.curve not in SESSION_CURVES
            or any(label >= 0 for label in own)
            or len(methods) > MAX_METHODS
        ):
            raise LocalError(
                "an engagement has a key that can agree, few methods, and extensions with a negative label",
                spec=_SPEC,
            )
        key = CBORTag(ENCODED_CBOR_TAG, encode_cose_key(device_key))
        members: dict[int, Any] = {_VERSION: ENGAGEMENT_VERSION, _SECURITY: [CIPHER_SUITE, key]}
        if methods:
            members[_METHODS] = [one.as_cbor() for one in methods]
        encoded = dump_cbor(members | own)
        if len(encoded) > MAX_ENGAGEMENT_BYTES:
            raise LocalError(f"an engagement has at most {MAX_ENGAGEMENT_BYTES} bytes", spec=_SPEC)
        return cls(device_key, tuple(methods), own, encoded)

    @classmethod
    def parse(cls, data: bytes) -> DeviceEngagement:
        """Read an encoded engagement. Raises a :class:`~nlwallet.errors.RemoteError`."""
        if len(data) > MAX_ENGAGEMENT_BYTES:
            raise LimitExceeded(f"the engagement has more than {MAX_ENGAGEMENT_BYTES} bytes", spec=_SPEC)
        with refused_as(InvalidEngagement, _SPEC):
            members = typed(decode(data, what="the engagement"), dict, "the engagement", "")
            if len(members) > MAX_MEMBERS or any(type(label) is not int for label in members):
                raise InvalidEngagement(
                    f"an engagement has at most {MAX_MEMBERS} members, numbered", spec=_SPEC
                )
            version = member(members, _VERSION, str, "")  # type: ignore[arg-type]  # labels are numbers here
            if not version.startswith("1."):
                raise InvalidEngagement("it is of another major version than 1", spec=_SPEC, pointer="/0")
            methods = typed(members.get(_METHODS, []), list, "the retrieval methods", "/2")
            if len(methods) > MAX_METHODS:
                raise LimitExceeded(f"there are more than {MAX_METHODS} retrieval methods", pointer="/2")
            return cls(
                _device_key(members.get(_SECURITY)),
                tuple(method_of(one, f"/2/{position}") for position, one in enumerate(methods)),
                {label: value for label, value in members.items() if label < 0},
                data,
                version != ENGAGEMENT_VERSION and _takes_second_edition(members.get(_CAPABILITIES)),
            )

    @classmethod
    def from_uri(cls, text: str) -> DeviceEngagement:
        """Read what a QR code says: ``mdoc:`` and base64url (§8.2.2.3). Raises a RemoteError."""
        text = text.strip()
        if text[: len(SCHEME)].lower() != SCHEME or text[len(SCHEME) :].startswith("//"):
            raise InvalidEngagement(
                "this is no engagement of a device",
                spec="ISO/IEC 18013-5 §8.2.2.3",
                hint="it begins with mdoc:",
            )
        if len(text) > 2 * MAX_ENGAGEMENT_BYTES:
            raise LimitExceeded("the engagement is too long for a QR code", spec=_SPEC)
        with refused_as(InvalidEngagement, "ISO/IEC 18013-5 §8.2.2.3"):
            data = b64url_decode(text[len(SCHEME) :])
        return cls.parse(data)

    @property
    def uri(self) -> str:
        """The text of the QR code."""
        return SCHEME + b64url_encode(self.encoded)


def _takes_second_edition(capabilities: Any) -> bool:
    return isinstance(capabilities, dict) and all(
        capabilities.get(one) is True for one in (_READER_AUTH_ALL, _EXTENDED_REQUEST)
    )


def _device_key(security: Any) -> PublicKey:
    parts = typed(security, list, "Security", "/1")
    if len(parts) != 2 or type(parts[0]) is not int:
        raise InvalidEngagement("Security is a cipher suite and a key", spec=_SPEC, pointer="/1")
    if parts[0] != CIPHER_SUITE:
        raise AlgorithmNotAllowed(
            f"cipher suite {CIPHER_SUITE} is the only one", spec="ISO/IEC 18013-5 §9.1.5.2", pointer="/1/0"
        )
    return session_key(unwrap(parts[1], "EDeviceKeyBytes", "/1/1"), what="EDeviceKey", pointer="/1/1")


def session_key(encoded: bytes, *, what: str, pointer: str) -> PublicKey:
    """An ephemeral key of either side from its encoded COSE_Key. Raises a :class:`~nlwallet.errors.RemoteError`."""
    decoded = parse_cbor(encoded, what=what, pointer=pointer, max_bytes=1024, indefinite_lengths=False)
    key = parse_cose_key(decoded, what=what, pointer=pointer)
    if key.curve not in SESSION_CURVES:
        raise AlgorithmNotAllowed(
            f"{what} is on a curve that cannot agree on a secret",
            spec="ISO/IEC 18013-5 §9.1.5.2",
            pointer=pointer,
            hint=f"one of {', '.join(sorted(SESSION_CURVES))}",
        )
    return key
