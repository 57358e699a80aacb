"""Lists of trusted entities, LoTE: who may vouch for what, signed by the scheme operator (ETSI TS 119 602 V1.1.1).

The JSON binding: a compact JAdES baseline B signature, so a JWS with ``x5c`` and ``iat`` in its header.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from nlwallet.crypto import Certificate, CertificateChain, Jws, PrivateKey, parse_jws, sign_jws, verify_chain
from nlwallet.encoding import date_time, parse_json_object
from nlwallet.errors import InvalidTrustedList, LocalError, OutsideValidity
from nlwallet.trust.anchors import Category
from nlwallet.trust.list_kind import WITHDRAWN, ListKind
from nlwallet.trust.trusted_entity import TrustedEntity, malformed, member, parse_entity, postal_address, text

LOTE_TYP: Final = "trustlist+jwt"
"""Written; not looked at, as JAdES asks for no ``typ``."""
LOTE_ALGORITHMS: Final = frozenset({"ES256", "ES384", "ES512"})
MAX_LOTE_BYTES: Final = 8_388_608
MAX_ENTITIES: Final = 4096
MAX_LIFETIME: Final = 186 * 86_400
"""``NextUpdate`` is at most six months after the issue (Annexes D to H)."""
CLOCK_DIFFERENCE: Final = 300
HISTORY_FOREVER: Final = 65_535
EU: Final = "EU"
OPERATOR_WEBSITE: Final = "https://lists.example/"


@dataclass(frozen=True, slots=True)
class ListOfTrustedEntities:
    """A list whose signature, kind, territory and times were checked; or one that is to be signed.

    ``issued_at`` and ``next_update`` are seconds since the epoch.
    """

    kind: ListKind
    sequence_number: int
    issued_at: int
    next_update: int
    operator: str
    entities: tuple[TrustedEntity, ...]
    territory: str = EU
    website: str = OPERATOR_WEBSITE
    """That of the operator, as it is written; not read."""
    digest: bytes = field(default=b"", repr=False)
    """SHA-256 of the payload, for a list that was read."""

    def anchors(self, category: Category, *, now: int) -> tuple[Certificate, ...]:
        """Whom the list makes an anchor of ``category`` at ``now``.

        Left out are services that were withdrawn, certificates outside their validity, and, where the kind of list
        wants authorities, certificates that are none.
        """
        found = (
            certificate
            for entity in self.entities
            for service in entity.services
            if self.kind.category(service.service_type) is category and service.status != WITHDRAWN
            for certificate in service.certificates
            if certificate.not_before <= now <= certificate.not_after
            and (certificate.is_ca or not self.kind.authorities_only)
        )
        return tuple(dict.fromkeys(found))

    @property
    def unreadable(self) -> int:
        """How many certificates were left out, because this library does not take their keys (RSA)."""
        return sum(service.unreadable for entity in self.entities for service in entity.services)

    @property
    def categories(self) -> tuple[Category, Category]:
        """The two categories that this kind of list speaks of."""
        return self.kind.issuance_category, self.kind.revocation_category

    def as_json(self) -> dict[str, Any]:
        """The payload, with all that the profiles of the EU's lists have of the scheme (Annexes D to H)."""
        website = [{"lang": "en", "uriValue": self.website}]
        history = {"HistoricalInformationPeriod": HISTORY_FOREVER} if self.kind.with_status else {}
        return {
            "LoTE": {
                "ListAndSchemeInformation": {
                    "LoTEVersionIdentifier": 1,
                    "LoTESequenceNumber": self.sequence_number,
                    "LoTEType": self.kind.lote_type,
                    "SchemeOperatorName": [{"lang": "en", "value": self.operator}],
                    "SchemeOperatorAddress": {
                        "SchemeOperatorPostalAddress": [postal_address(self.territory)],
                        "SchemeOperatorElectronicAddress": website,
                    },
                    "SchemeName": [{"lang": "en", "value": f"{self.territory}:{self.kind.name}"}],
                    "SchemeInformationURI": website,
                    "StatusDeterminationApproach": self.kind.status_determination,
                    "SchemeTypeCommunityRules": [{"lang": "en", "uriValue": self.kind.scheme_rules}],
                    "SchemeTerritory": self.territory,
                    # Readers differ on the type of LoTELegalNotice, so this says where the policy is.
                    "PolicyOrLegalNotice": [{"LoTEPolicy": website[0]}],
                    **history,
                    "ListIssueDateTime": date_time(self.issued_at),
                    "NextUpdate": date_time(self.next_update),
                },
                "TrustedEntitiesList": [entity.as_json(self.kind) for entity in self.entities],
            }
        }


def sign_lote(lote: ListOfTrustedEntities, *, key: PrivateKey, chain: CertificateChain) -> str:
    """The signed list. The signer's certificate names the operator and the territory (§6.8).

    Raises :class:`~nlwallet.errors.LocalError` for a list that no reader would accept.
    """
    subject = chain.leaf.subject
    if (subject.organization, subject.country) != (lote.operator, lote.territory):
        raise LocalError(
            "the certificate names another operator or territory than the list", spec="ETSI TS 119 602 §6.8"
        )
    if not 0 < lote.next_update - lote.issued_at <= MAX_LIFETIME:
        raise LocalError("the next update is within six months", spec="ETSI TS 119 602 Annex D")
    header = {"x5c": chain.x5c(), "iat": lote.issued_at}
    return sign_jws(lote.as_json(), key, typ=LOTE_TYP, header=header)


def verify_lote(
    token: str,
    *,
    kind: ListKind,
    signers: Sequence[Certificate],
    now: int,
    territory: str = EU,
    previous: ListOfTrustedEntities | None = None,
) -> ListOfTrustedEntities:
    """Read a list of the expected ``kind`` and ``territory``, signed by one of ``signers`` or under one of them.

    ``signers`` are pinned: known from elsewhere, as the Official Journal publishes them. ``previous`` is the list of
    this kind that was taken last: an older one is refused, and so is another one under the same number. Raises
    :class:`~nlwallet.errors.InvalidTrustedList` or another RemoteError.
    """
    what = "the list of trusted entities"
    jws = parse_jws(token, typ=None, algorithms=LOTE_ALGORITHMS, what=what, max_bytes=MAX_LOTE_BYTES)
    signer = _signer(jws, signers, now=now)
    payload = parse_json_object(jws.payload, what=what, max_bytes=MAX_LOTE_BYTES)
    lote = _parse(payload, kind, hashlib.sha256(jws.payload).digest())
    subject = signer.subject
    if lote.territory != territory:
        raise malformed("it is of another territory", "/LoTE/ListAndSchemeInformation/SchemeTerritory")
    if (subject.organization, subject.country) != (lote.operator, lote.territory):
        raise InvalidTrustedList(
            "the list is signed by another than its operator",
            spec="ETSI TS 119 602 §6.8",
            hint="organizationName is SchemeOperatorName, countryName is SchemeTerritory",
        )
    _check_times(lote, now)
    _check_order(lote, previous)
    return lote


def _signer(jws: Jws, signers: Sequence[Certificate], *, now: int) -> Certificate:
    chain = CertificateChain.from_x5c(jws.header.get("x5c"), pointer="/header/x5c")
    leaf = chain.leaf
    jws.verify(leaf.public_key)
    if leaf not in signers:
        verify_chain(chain, signers, now=now, what="the signer of the list", anchor_in_x5c="accepted")
    elif not leaf.not_before <= now <= leaf.not_after:
        raise OutsideValidity(
            "the certificate of the list's signer is not valid now", spec="RFC 5280 §4.1.2.5"
        )
    return leaf


def _parse(payload: dict[str, Any], kind: ListKind, digest: bytes) -> ListOfTrustedEntities:
    root = member(payload, "LoTE", dict, "")
    where = "/LoTE/ListAndSchemeInformation"
    scheme = member(root, "ListAndSchemeInformation", dict, "/LoTE")
    if member(scheme, "LoTEVersionIdentifier", int, where) != 1:
        raise malformed("its version is unknown", f"{where}/LoTEVersionIdentifier")
    if member(scheme, "LoTEType", str, where) != kind.lote_type:
        raise malformed("it is of another kind", f"{where}/LoTEType")
    entities = root.get("TrustedEntitiesList", [])
    if not isinstance(entities, list) or len(entities) > MAX_ENTITIES:
        raise malformed(f"it has at most {MAX_ENTITIES} entities", "/LoTE/TrustedEntitiesList")
    return ListOfTrustedEntities(
        kind=kind,
        sequence_number=member(scheme, "LoTESequenceNumber", int, where),
        issued_at=_seconds(scheme, "ListIssueDateTime", where),
        next_update=_seconds(scheme, "NextUpdate", where),
        operator=text(scheme, "SchemeOperatorName", "value", where),
        entities=tuple(
            parse_entity(one, kind, f"/LoTE/TrustedEntitiesList/{n}") for n, one in enumerate(entities)
        ),
        territory=member(scheme, "SchemeTerritory", str, where),
        digest=digest,
    )


def _check_times(lote: ListOfTrustedEntities, now: int) -> None:
    where = "/LoTE/ListAndSchemeInformation"
    if lote.issued_at > now + CLOCK_DIFFERENCE:
        raise InvalidTrustedList("the list is of the future", pointer=f"{where}/ListIssueDateTime")
    if now >= lote.next_update:
        raise InvalidTrustedList(
            "the list is out of date: its next update was due",
            pointer=f"{where}/NextUpdate",
            code="list_out_of_date",
        )
    if lote.next_update - lote.issued_at > MAX_LIFETIME:
        raise InvalidTrustedList(
            "the list wants to last longer than six months", pointer=f"{where}/NextUpdate"
        )


def _check_order(lote: ListOfTrustedEntities, previous: ListOfTrustedEntities | None) -> None:
    if previous is None:
        return
    older = lote.sequence_number < previous.sequence_number or lote.issued_at < previous.issued_at
    other = lote.sequence_number == previous.sequence_number and lote.digest != previous.digest
    if older or other:
        raise InvalidTrustedList(
            "an older list than the one that is known, or another one under its number",
            pointer="/LoTE/ListAndSchemeInformation/LoTESequenceNumber",
            code="list_rolled_back",
        )


def _seconds(scheme: dict[str, Any], name: str, pointer: str) -> int:
    value = member(scheme, name, str, pointer)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise malformed(f"{name} is no date and time", f"{pointer}/{name}") from None
    if moment.tzinfo is None:
        raise malformed(f"{name} has no time zone", f"{pointer}/{name}")
    return int(moment.timestamp())
