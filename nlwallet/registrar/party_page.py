"""One party for people: who it is, what it asks and why, its certificates, and what changed (ARF Reg_04)."""

from __future__ import annotations

from typing import Final

from nlwallet.claim_path import ClaimPath, show_path
from nlwallet.errors import RemoteError
from nlwallet.http.html import Html, joined, tag
from nlwallet.mdoc import claim_path
from nlwallet.registrar.page_html import Reader, bullets, certificate_rows, outside, page, rows
from nlwallet.registrar.public_entry import PublicEntry
from nlwallet.registration import (
    CredentialType,
    IntendedUse,
    RegisteredCredential,
    RelyingPartyRecord,
    Service,
)
from nlwallet.sdjwt import TypeMetadata, known_types

MAX_CHANGES: Final = 100
_TYPES: Final = known_types()


def party_page(reader: Reader, entry: PublicEntry) -> str:
    """The page of a party; of one that was stopped only that, with its certificates and changes."""
    record, here = entry.record, f"/register/{entry.identifier}"
    told: list[str] = []
    if record is None:
        told.append(tag("p", reader.say("stopped"), class_="stopped"))
        told.append(rows((reader.say("state"), reader.say(f"state.{entry.state}"))))
    else:
        told.append(_who(reader, entry, record))
        told += [_service(reader, entry, record, service) for service in record.services]
        told.append(tag("p", reader.say("no_approval"), class_="quiet"))
    told += [_certificates(reader, entry), _changes(reader, entry)]
    if record is not None:
        machine = tag("a", reader.say("machine"), href=f"/wrp/{entry.identifier}", type="application/jwt")
        told.append(tag("p", machine))
    return page(reader, record.trade_name if record else entry.identifier, *told, here=here)


def _who(reader: Reader, entry: PublicEntry, record: RelyingPartyRecord) -> Html:
    authority, used = record.supervisory_authority, record.uses_intermediary
    reached = [authority.email or "", authority.phone or ""]
    supervisor = joined(
        outside(authority.uri, authority.name) if authority.uri else authority.name,
        "".join(f" · {one}" for one in reached if one),
    )
    return tag(
        "section",
        tag("h2", reader.say("who")),
        rows(
            (reader.say("state"), reader.say("state.active", day=reader.day(entry.registered_at))),
            (reader.say("official_name"), record.official_name),
            (reader.say("identifier"), tag("code", record.identifier)),
            (reader.say("country"), record.country),
            (reader.say("public_body"), reader.say("public_body.yes") if record.public_body else ""),
            (reader.say("role"), bullets(*(reader.say(f"role.{one}") for one in record.entitlements))),
            (
                reader.say("is_intermediary"),
                reader.say("is_intermediary.yes") if record.is_intermediary else "",
            ),
            (
                reader.say("uses_intermediary"),
                reader.link(f"/register/{used.identifier}", used.trade_name) if used else "",
            ),
            (reader.say("website"), outside(record.website)),
            (reader.say("contact"), outside(record.support_uri)),
            (reader.say("supervisor"), supervisor),
        ),
    )


def _service(reader: Reader, entry: PublicEntry, record: RelyingPartyRecord, service: Service) -> Html:
    language = reader.language
    descriptions = [tag("p", one.in_language(language)) for one in service.descriptions]
    issued = [
        tag("code", f"{name} ({one.format})") for one in service.provides_attestations for name in one.types
    ]
    return tag(
        "section",
        tag("h2", reader.say("service", name=service.trade_name)),
        *descriptions,
        rows((reader.say("issues"), bullets(*issued) if issued else "")),
        *(_use(reader, entry, service, record.intended_use(one)) for one in service.intended_uses),
    )


def _use(reader: Reader, entry: PublicEntry, service: Service, use: IntendedUse) -> Html:
    language = reader.language
    other = "en" if language == "nl" else "nl"
    days = use.retention.days
    kept = "none" if days == 0 else "day" if days == 1 else "days"
    proof = entry.registrations.get((service.id, use.id))
    address = f"/register/{entry.identifier}/services/{service.id}/uses/{use.id}.jwt"
    asked = [(reader.say("asks", card=_card(one, language)), _claims(reader, one)) for one in use.credentials]
    yes_or_no = {True: reader.say("yes"), False: reader.say("no")}
    return tag(
        "div",
        tag("h3", reader.say("purpose", purpose=use.purpose.in_language(language))),
        tag("p", use.purpose.in_language(other), class_="quiet", lang=other),
        *(joined(tag("p", label), claims) for label, claims in asked),
        rows(
            (reader.say("retention"), reader.say(f"retention.{kept}", days=days)),
            (reader.say("shared"), yes_or_no[use.retention.shared_with_third_parties]),
            (reader.say("deletable"), yes_or_no[use.retention.deletable]),
            (reader.say("privacy"), outside(use.privacy_policy)),
            (reader.say("proof"), tag("a", "JWT", href=address) if proof else ""),
        ),
        class_="card",
    )


def _claims(reader: Reader, credential: RegisteredCredential) -> Html:
    if not credential.claims:
        return bullets(reader.say("nothing_asked"))
    return bullets(*(_claim(credential, path, reader.language) for path in credential.claims))


def _certificates(reader: Reader, entry: PublicEntry) -> Html:
    names = {one.id: one.trade_name for one in entry.record.services} if entry.record else {}
    shown = [
        tag(
            "div",
            tag(
                "h3", f"{reader.say('certificate', number=number)}: {reader.say(f'certificate.{one.state}')}"
            ),
            certificate_rows(
                reader,
                one.certificate,
                f"/register/{entry.identifier}/certificates/{one.certificate.sha256().hex()}",
                (reader.say("for_service"), names.get(one.service_id, one.service_id)),
            ),
            class_="card",
        )
        for number, one in enumerate(entry.certificates, 1)
    ]
    intro = "certificates_intro" if shown else "no_certificates"
    return tag("section", tag("h2", reader.say("certificates")), tag("p", reader.say(intro)), *shown)


def _changes(reader: Reader, entry: PublicEntry) -> Html:
    lines = [
        tag(
            "li",
            f"{reader.day(one.at)}: {reader.say(f'change.{one.what}')}",
            *(joined(" ", tag("code", where)) for where in one.pointers[:20]),
        )
        for one in reversed(entry.changes[-MAX_CHANGES:])
    ]
    return tag("section", tag("h2", reader.say("changes")), tag("ol", *lines))


# Names from the types that are known; the technical name for any other --------------------------------------


def _metadata(name: str) -> TypeMetadata | None:
    try:
        return _TYPES.effective(name) if name in _TYPES else None
    except RemoteError:
        return None


def _card(credential: CredentialType, language: str) -> str:
    found = [(_metadata(name), name) for name in credential.types]
    return ", ".join(metadata.label(language) if metadata else name for metadata, name in found)


def _claim(credential: CredentialType, path: ClaimPath, language: str) -> str:
    name = credential.types[0]
    metadata, known = _metadata(name), claim_path(name, path)
    claim = metadata.claim(known) if metadata else None
    label = claim.label(language) if claim else None
    return label or show_path(path)
