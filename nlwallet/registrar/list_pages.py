"""The lists of trusted entities for people (ARF TLPub_05); the signed lists are what counts."""

from __future__ import annotations

from collections.abc import Iterator

from nlwallet.crypto import Certificate
from nlwallet.http.html import Html, joined, tag
from nlwallet.registrar.list_publisher import ListPublisher
from nlwallet.registrar.page_html import Reader, certificate_rows, outside, page, rows
from nlwallet.trust import LIST_KINDS, NOTIFIED, ListKind, TrustedEntity, TrustedService


def lists_page(reader: Reader, lists: ListPublisher) -> str:
    """Which lists there are, and who signs them."""
    items = [
        tag(
            "li",
            reader.link(f"/lists/{kind.name}", reader.say(f"list.{kind.name}")),
            tag("div", str(len(lists.entities(kind))), class_="quiet"),
        )
        for kind in LIST_KINDS.values()
    ]
    signer = tag(
        "section",
        tag("h2", reader.say("signer")),
        tag("p", reader.say("signer_intro")),
        certificate_rows(reader, lists.signer, _address(lists.signer)),
    )
    intro = tag("p", reader.say("lists_intro"))
    return page(
        reader, reader.say("lists"), intro, tag("ul", *items, class_="parties"), signer, here="/lists"
    )


def list_page(reader: Reader, kind: ListKind, lists: ListPublisher) -> str:
    """Who is on one list, and with which certificates."""
    entities = lists.entities(kind)
    signed = tag("a", reader.say("list_signed"), href=f"/lists/{kind.name}.jwt", type="application/jwt")
    shown = [_entity(reader, kind, one) for one in entities] or [tag("p", reader.say("list_empty"))]
    back = tag("p", reader.link("/lists", reader.say("back_lists")))
    here = f"/lists/{kind.name}"
    return page(reader, reader.say(f"list.{kind.name}"), tag("p", signed), *shown, back, here=here)


def find_in_lists(lists: ListPublisher, name: str) -> Certificate | None:
    """The certificate with that SHA-256 hash, in hexadecimal, if a list has it or signs with it."""
    return next((one for one in _certificates(lists) if one.sha256().hex() == name), None)


def _certificates(lists: ListPublisher) -> Iterator[Certificate]:
    yield lists.signer
    for kind in LIST_KINDS.values():
        for entity in lists.entities(kind):
            for service in entity.services:
                yield from service.certificates


def _entity(reader: Reader, kind: ListKind, entity: TrustedEntity) -> Html:
    return tag(
        "section",
        tag("h2", entity.trade_name or entity.name),
        rows(
            (reader.say("official_name"), entity.name),
            (reader.say("country"), entity.country),
            (reader.say("website"), outside(entity.website)),
        ),
        *(_service(reader, kind, service) for service in entity.services),
    )


def _service(reader: Reader, kind: ListKind, service: TrustedService) -> Html:
    what = reader.say("issuance" if service.service_type == kind.issuance else "revocation")
    state = ""
    if service.status:
        state = f": {reader.say('status.notified' if service.status == NOTIFIED else 'status.withdrawn')}"
    return tag(
        "div",
        tag("h3", f"{what}{state}"),
        joined(*(certificate_rows(reader, one, _address(one)) for one in service.certificates)),
        class_="card",
    )


def _address(certificate: Certificate) -> str:
    return f"/lists/certificates/{certificate.sha256().hex()}"
