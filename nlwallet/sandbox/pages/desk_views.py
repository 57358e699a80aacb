"""The pages of the issuers' desks: the cards, for whom, and the offer on the screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nlwallet.http.html import Html, joined, tag
from nlwallet.issuer import IssuedOffer, OfferStatus, ReadyMadeCard
from nlwallet.sandbox.pages.desk_texts import say
from nlwallet.sandbox.pages.layout import Frame, Reader, phone_address, picture
from nlwallet.sdjwt import TypeMetadataRegistry

OPEN = (OfferStatus.WAITING, OfferStatus.TAKEN)
MAX_NAMED = 6


@dataclass(frozen=True, slots=True)
class DeskViews:
    """``wallet`` is the address of the sandbox's phone."""

    types: TypeMetadataRegistry
    wallet: str

    def all_cards(self, reader: Reader, cards: Mapping[str, ReadyMadeCard]) -> str:
        """The cards that there are."""
        language, title = reader.language, say(reader.language, "title")
        listed = (self._card(reader, one) for one in cards.values())
        content = (tag("h1", title), tag("p", say(language, "intro")), tag("ul", *listed, class_="cards"))
        return Frame(reader, say(language, "site"), "/").document(title, *content)

    def card(self, reader: Reader, card: ReadyMadeCard, people: Mapping[str, str], guard: Html) -> str:
        """One card, and for whom it may be."""
        language, here = reader.language, f"/{card.name}"
        title = say(language, "card", card=self._label(reader, card))
        choices = (
            tag(
                "label",
                tag("input", type="radio", name="person", value=name, required=True),
                tag("span", label),
                class_="choice",
            )
            for name, label in people.items()
        )
        person = tag(
            "fieldset",
            tag("legend", say(language, "person")),
            tag("p", say(language, "person.hint"), class_="quiet"),
            *choices,
        )
        box = tag("input", type="checkbox", name="tx_code", value="yes", aria_describedby="tx_code_hint")
        with_code = joined(
            tag("label", box, tag("span", say(language, "tx_code")), class_="choice"),
            tag("p", say(language, "tx_code.hint"), class_="quiet", id="tx_code_hint"),
        )
        submit = tag("button", say(language, "offer"), class_="main")
        form = tag(
            "form", guard, person, with_code, submit, method="post", action=reader.address(f"{here}/offer")
        )
        login = joined(
            tag("h2", say(language, "login")),
            tag("p", say(language, "login.what")),
            tag(
                "form",
                guard,
                tag("button", say(language, "login.offer"), name="login", value="yes"),
                method="post",
                action=reader.address(f"{here}/offer"),
            ),
        )
        told = (tag("p", line) for line in self._told(reader, card))
        back = tag("p", tag("a", say(language, "back"), href=reader.address("/")))
        return self._frame(reader, here).document(title, tag("h1", title), *told, form, login, back)

    def offered(self, reader: Reader, card: str, id_: str, offer: IssuedOffer, status: OfferStatus) -> str:
        """An offer, as it stands."""
        language, here = reader.language, f"/{card}/{id_}"
        if status in OPEN:
            title = say(language, "scan")
            live = tag(
                "div",
                tag("h1", title),
                *self._scan(reader, offer, status),
                tag(
                    "a",
                    say(language, "again"),
                    href=reader.address(here),
                    class_="button",
                    data_unless_live=True,
                ),
                data_live=f"{here}/status",
                data_state=str(status),
            )
            return self._frame(reader, here, ("live.js",)).document(title, live)
        return self._told_off(reader, here, str(status))

    def lost(self, reader: Reader) -> str:
        """The page for an offer that is not there, or not of this browser."""
        return self._told_off(reader, "/", "lost")

    def _told_off(self, reader: Reader, here: str, name: str) -> str:
        language, title = reader.language, say(reader.language, name)
        back = tag("p", tag("a", say(language, "back"), href=reader.address("/"), class_="button"))
        told = tag("p", say(language, f"{name}.what"))
        return self._frame(reader, here).document(title, tag("h1", title), told, back)

    def _scan(self, reader: Reader, offer: IssuedOffer, status: OfferStatus) -> Iterator[Html]:
        language, link = reader.language, offer.link()
        if status is OfferStatus.WAITING:
            yield tag("p", say(language, "scan.how"))
            if offer.offer.pre_authorized_code is None:
                yield tag("p", say(language, "login.how"))
            yield tag("img", src=picture(offer.qr_svg()), alt=say(language, "qr"), class_="qr")
        if offer.tx_code is not None:
            yield tag("h2", say(language, "code"))
            yield tag("p", say(language, "code.how"), " ", tag("strong", offer.tx_code))
        if status is OfferStatus.WAITING:
            yield tag("h2", say(language, "no_camera"))
            address = phone_address(self.wallet, link, scanned="yes")
            words = say(language, "no_camera.open")
            phone = tag("a", words, href=address, target="_blank", rel="noopener", class_="button")
            yield tag("p", phone)
            yield tag("details", tag("summary", say(language, "no_camera.text")), tag("code", link))
        invited = offer.offer.pre_authorized_code is None
        yield tag("p", say(language, "invited" if invited else str(status)), role="status", class_="quiet")

    def _card(self, reader: Reader, card: ReadyMadeCard) -> Html:
        label = self._label(reader, card)
        words = joined(say(reader.language, "get"), tag("span", f": {label}", class_="unseen"))
        way = tag("p", tag("a", words, href=reader.address(f"/{card.name}")))
        told = (tag("p", line) for line in self._told(reader, card))
        return tag("li", tag("h2", label), *told, way, class_="card")

    def _told(self, reader: Reader, card: ReadyMadeCard) -> Sequence[str]:
        language = reader.language
        known = self.types.effective(card.configuration.vct).claims
        named = [one.label(language) for one in known if len(one.path) == 1]
        labels = [label for label in named if label][:MAX_NAMED]
        return (
            say(language, "from", organization=card.organization),
            say(language, "on_it.more" if len(named) > MAX_NAMED else "on_it", claims=", ".join(labels)),
        )

    def _label(self, reader: Reader, card: ReadyMadeCard) -> str:
        return self.types.effective(card.configuration.vct).label(reader.language)

    def _frame(self, reader: Reader, here: str, scripts: tuple[str, ...] = ()) -> Frame:
        return Frame(reader, say(reader.language, "site"), here, scripts=scripts)
