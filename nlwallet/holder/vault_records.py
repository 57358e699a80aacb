"""All but the cards as records in the file of a wallet, and back: promised cards, renewals, anchors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nlwallet.clock import Clock
from nlwallet.crypto import Certificate, SigningKey
from nlwallet.encoding import b64url_decode, b64url_encode, parse_json_object
from nlwallet.errors import InvalidTypeMetadata
from nlwallet.holder.authorization import HeldToken
from nlwallet.holder.deliveries import PromisedCard, Renewal
from nlwallet.holder.issuer_session import IssuerSession
from nlwallet.holder.present_type import PresentType
from nlwallet.holder.vault_cards import Keys, Record, key_id
from nlwallet.holder.vault_format import MAX_VAULT_BYTES
from nlwallet.holder.wallet_instance import WalletProvider
from nlwallet.http import HttpClient
from nlwallet.openid4vci import CredentialIssuerMetadata, TokenResponse
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import Category, TrustAnchors

_CONFIGURATIONS = "credential_configurations_supported"


def anchors_record(anchors: TrustAnchors) -> Record:
    """Certificates by category, DER in base64url."""
    return {
        str(category): [b64url_encode(certificate.der) for certificate in certificates]
        for category, certificates in anchors.by_category.items()
    }


def anchors_of(record: Record) -> TrustAnchors:
    """The anchors of a record."""
    anchors = TrustAnchors()
    for category, certificates in record.items():
        read = (Certificate.from_der(b64url_decode(one)) for one in certificates)
        anchors = anchors.adding(Category(category), *read)
    return anchors


def types_record(types: TypeMetadataRegistry, known: TypeMetadataRegistry) -> list[str]:
    """The documents of the types that are not ``known`` anyway, base64url each."""
    return [b64url_encode(types.raw(vct)) for vct in types.types if vct not in known]


def types_of(record: list[str], known: TypeMetadataRegistry) -> TypeMetadataRegistry:
    """``known`` and the types of a record; a document that contradicts a known one is left out."""
    types = known
    for document in record:
        try:
            types = types.adding([b64url_decode(document)])
        except InvalidTypeMetadata:
            continue
    return types


def promise_record(promise: PromisedCard) -> Record:
    """A promised card, with the conversation that it was promised in."""
    return {
        "transaction_id": promise.transaction_id,
        "ask_at": promise.ask_at,
        "renewal": renewal_record(promise.renewal),
        "keys": [key_id(key) for key in promise.keys],
        "replaces": promise.replaces,
        "doubted": promise.doubted,
    }


def renewal_record(renewal: Renewal) -> Record:
    """What renews a card."""
    return {
        "configuration": renewal.configuration.id,
        "token": renewal.token.as_json(),
        "session": _session_record(renewal.session, renewal.configuration.id),
        "identifier": renewal.identifier,
    }


def told_record(told: frozenset[PresentType] | None) -> list[list[str]] | None:
    """Of which cards the browser may know; ``None`` for all."""
    return None if told is None else [[one.format, one.type] for one in sorted(told)]


def told_of(record: Any) -> frozenset[PresentType] | None:
    """The same, read. Raises ``TypeError`` or ``ValueError``."""
    if record is None:
        return None
    found = [PresentType(format_, type_) for format_, type_ in record]
    if not all(isinstance(text, str) for one in found for text in (one.format, one.type)):
        raise TypeError("told_to_browser")
    return frozenset(found)


def keys_of_session(session: IssuerSession) -> Iterator[SigningKey]:
    """The keys that a conversation cannot go on without."""
    yield session.dpop_key
    yield session.instance_key


@dataclass(frozen=True, slots=True)
class Revival:
    """Puts records back to work: over this transport, with these keys. Use it for all of a wallet."""

    http: HttpClient
    clock: Clock
    provider: WalletProvider | None
    keys: Keys
    _held: dict[str, HeldToken] = field(default_factory=dict, repr=False)
    """By the key that it is bound to, which is of one conversation: cards that hung on one token do so again."""
    _told: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    """What the issuer told in that conversation: all that these cards need of it, to be written again."""

    def promises(self, records: Iterable[Record]) -> list[PromisedCard]:
        """The promised cards of records."""
        return [self._promise(record) for record in records]

    def renewals(self, records: Mapping[str, Record]) -> dict[str, Renewal]:
        """What renews cards, by the card's id."""
        return {card: self._renewal(record) for card, record in records.items()}

    def _promise(self, record: Record) -> PromisedCard:
        return PromisedCard(
            record["transaction_id"],
            record["ask_at"],
            self._renewal(record["renewal"]),
            tuple(self.keys[key] for key in record["keys"]),
            record["replaces"],
            record.get("doubted", False),
        )

    def _renewal(self, record: Record) -> Renewal:
        bound_to = record["session"]["dpop_key"]
        # The metadata in the record is about its own configuration only.
        metadata = _document(record["session"]["issuer"])
        if bound_to not in self._held:
            token = TokenResponse.parse(record["token"], dpop=True)
            self._told[bound_to] = {**metadata, _CONFIGURATIONS: {**metadata[_CONFIGURATIONS]}}
            session = self._session(record["session"], self._told[bound_to])
            self._held[bound_to] = HeldToken(session, token)
        else:
            self._told[bound_to][_CONFIGURATIONS].update(metadata[_CONFIGURATIONS])
        configuration = CredentialIssuerMetadata.parse(
            metadata, expected_issuer=str(metadata.get("credential_issuer"))
        ).configuration(record["configuration"])
        return Renewal(configuration, self._held[bound_to], record["identifier"])

    def _session(self, record: Record, of_issuer: dict[str, Any]) -> IssuerSession:
        return IssuerSession.resume(
            (of_issuer, _document(record["server"])),
            dpop_key=self.keys[record["dpop_key"]],
            instance_key=self.keys[record["instance_key"]],
            http=self.http,
            clock=self.clock,
            provider=self.provider,
        )


def _session_record(session: IssuerSession, configuration_id: str) -> Record:
    of_issuer, of_server = session.documents
    # Documents from outside are text here: how deep they nest is not added to how deep this file does.
    needed = {configuration_id: of_issuer[_CONFIGURATIONS][configuration_id]}
    return {
        "issuer": json.dumps({**of_issuer, _CONFIGURATIONS: needed}, ensure_ascii=False),
        "server": json.dumps(of_server, ensure_ascii=False),
        "dpop_key": key_id(session.dpop_key),
        "instance_key": key_id(session.instance_key),
    }


def _document(text: str) -> dict[str, Any]:
    # Written by us, it may be longer than what came: its size was bounded on its way in, and so is that of the file.
    return parse_json_object(text, what="the kept metadata", max_bytes=MAX_VAULT_BYTES)
