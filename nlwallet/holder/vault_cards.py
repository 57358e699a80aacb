"""Cards as records in the file of a wallet, and back: credentials as they were issued, keys by their thumbprint.

A credential that is read back was verified when it came in, and the file is sealed: of its issuer's signature is
checked that it still fits, but neither its validity nor its anchor is judged again. An expired card stays a card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol

from nlwallet.crypto import CertificateChain, SigningKey
from nlwallet.crypto.cose import CoseSign1
from nlwallet.dcql import CandidateCredential
from nlwallet.encoding import b64url_encode
from nlwallet.errors import InvalidMdoc, LocalError
from nlwallet.holder.copies import CardCopy, Copies, ReuseMethod, Usage
from nlwallet.holder.issuer_words import IssuerWords
from nlwallet.holder.vault import Card
from nlwallet.mdoc import Mdoc, verify_mdoc
from nlwallet.openid4vci import ReusePolicy
from nlwallet.profiles import Profile
from nlwallet.registration import DisclosurePolicy
from nlwallet.sdjwt import IssuerKey, SdJwtVc, verify_sd_jwt_vc

Record = dict[str, Any]
Keys = Mapping[str, SigningKey]
"""Keys by :func:`key_id`."""


def key_id(key: SigningKey) -> str:
    """What a record calls a key: its JWK thumbprint (RFC 7638), base64url."""
    return b64url_encode(key.public.thumbprint())


class CredentialFormat(Protocol):
    """How credentials of one format are written down."""

    def text(self, credential: Any) -> str:
        """The credential as issued, as text."""
        ...

    def read(self, text: str, *, received_at: int) -> Any:
        """The credential again. Raises a :class:`~nlwallet.errors.RemoteError`."""
        ...

    def candidate(self, credential: Any, *, card_id: str, types: tuple[str, ...]) -> CandidateCredential:
        """The card as the query language sees it."""
        ...


@dataclass(frozen=True, slots=True)
class _SdJwtVcFormat:
    """``dc+sd-jwt``: the compact serialization."""

    def text(self, credential: SdJwtVc) -> str:
        return credential.text

    def read(self, text: str, *, received_at: int) -> SdJwtVc:
        return verify_sd_jwt_vc(text, issuer_key=_as_received, now=received_at, profile=_AS_RECEIVED)

    def candidate(self, credential: SdJwtVc, *, card_id: str, types: tuple[str, ...]) -> CandidateCredential:
        chain = credential.chain
        return CandidateCredential(
            id=card_id,
            format="dc+sd-jwt",
            types=types,
            claims=credential.claims,
            authority_key_ids=chain.authority_key_ids if chain is not None else frozenset(),
            disclosable=credential.disclosable_paths(),
        )


@dataclass(frozen=True, slots=True)
class _MdocFormat:
    """``mso_mdoc``: base64url of IssuerSigned."""

    def text(self, credential: Mdoc) -> str:
        return credential.text

    def read(self, text: str, *, received_at: int) -> Mdoc:
        return verify_mdoc(
            text,
            issuer=_document_as_received,
            now=received_at,
            algorithms=_AS_RECEIVED.signing_algorithms,
            leeway=_AS_RECEIVED.clock_leeway,
            country_namespaces=(),
        )

    def candidate(self, credential: Mdoc, *, card_id: str, types: tuple[str, ...]) -> CandidateCredential:
        return CandidateCredential(
            id=card_id,
            format="mso_mdoc",
            types=types,
            claims=credential.claims,
            authority_key_ids=credential.chain.authority_key_ids,
            disclosable=credential.disclosable_paths(),
        )


FORMATS: Final[Mapping[str, CredentialFormat]] = {
    "dc+sd-jwt": _SdJwtVcFormat(),
    "mso_mdoc": _MdocFormat(),
}
"""By credential format identifier; another format is one more entry."""


def card_record(card: Card) -> Record:
    """The card as JSON, without its keys. Raises :class:`~nlwallet.errors.LocalError` for an unknown format."""
    usage, format_ = card.copies.usage, FORMATS.get(card.format)
    if format_ is None:
        raise LocalError(
            f"cards of the format {card.format!r} are not kept in a file",
            code="format",
            hint="vault_cards.FORMATS",
        )
    return {
        "id": card.id,
        "format": card.format,
        "types": list(card.types),
        "issuer": card.issuer,
        "names": dict(card.names),
        "received_at": card.received_at,
        "expires_at": card.expires_at,
        "status": card.status,
        "disclosure_policy": card.disclosure_policy.as_json() if card.disclosure_policy else None,
        "words": card.words.as_json(),
        "method": str(card.copies.method),
        "policy": asdict(card.copies.policy),
        "copies": [
            {"credential": format_.text(copy.credential), "key": key_id(copy.key)} for copy in card.copies.all
        ],
        "unused": list(usage.unused),
        "by_party": dict(usage.by_party),
    }


def card_of(record: Record, keys: Keys) -> Card:
    """The card of a record. Raises ``KeyError``, ``TypeError``, ``ValueError`` or a RemoteError for another one."""
    format_, received_at = FORMATS[record["format"]], record["received_at"]
    copies = [
        CardCopy(format_.read(one["credential"], received_at=received_at), keys[one["key"]])
        for one in record["copies"]
    ]
    for position in (*record["unused"], *record["by_party"].values()):
        copies[position]
    return Card(
        candidate=format_.candidate(copies[0].credential, card_id=record["id"], types=tuple(record["types"])),
        issuer=record["issuer"],
        names=record["names"],
        received_at=received_at,
        expires_at=record["expires_at"],
        copies=Copies(
            copies,
            ReuseMethod(record["method"]),
            ReusePolicy(**{**record["policy"], "methods": tuple(record["policy"]["methods"])}),
            usage=Usage(tuple(record["unused"]), record["by_party"]),
        ),
        status=record["status"],
        disclosure_policy=_policy(record.get("disclosure_policy")),
        words=_words(record.get("words")),
    )


def _policy(value: Any) -> DisclosurePolicy | None:
    """Cards from before there were policies have none."""
    return None if value is None else DisclosurePolicy.parse(value)


def _words(text: Any) -> IssuerWords:
    """Of cards from before words were kept there are none."""
    return IssuerWords() if text is None else IssuerWords.from_json(text)


_AS_RECEIVED: Final = Profile(
    name="as received",
    signing_algorithms=frozenset({"ES256", "ES384", "ES512", "EdDSA"}),
    sd_jwt_vc_types=frozenset({"dc+sd-jwt", "vc+sd-jwt"}),
    clock_leeway=1 << 40,
)


def _document_as_received(issuer_auth: CoseSign1, doctype: str, *, now: int) -> CertificateChain:
    chain = issuer_auth.chain
    if chain is None:
        raise InvalidMdoc("the document brings no certificate", pointer="/issuerAuth/x5chain")
    return chain


def _as_received(header: Mapping[str, Any], payload: Mapping[str, Any], *, now: int) -> IssuerKey:
    chain = CertificateChain.from_x5c(header.get("x5c"), pointer="/header/x5c")
    return IssuerKey(chain.leaf.public_key, chain)
