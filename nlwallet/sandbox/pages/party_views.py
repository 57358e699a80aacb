"""The pages of a relying party: what it asks and why, its code on the screen, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nlwallet.dcql import DcqlQuery
from nlwallet.http.html import Html, joined, tag
from nlwallet.sandbox.pages.layout import Frame, Reader, phone_address, picture
from nlwallet.sandbox.pages.party_sessions import Progress, Visit
from nlwallet.sandbox.pages.party_texts import say
from nlwallet.sandbox.pages.received import card_label, claim_label, received
from nlwallet.sandbox.pilot_scenario import Pilot
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.verifier import PresentationRequest


@dataclass(frozen=True, slots=True)
class PartyViews:
    """Everything the pages need that is not in a visit. ``wallet`` is the address of the sandbox's phone."""

    types: TypeMetadataRegistry
    wallet: str
    issuer_names: Mapping[str, str]
    """What an issuer is called, by its address."""

    def all_parties(self, reader: Reader, pilots: Mapping[str, Pilot]) -> str:
        """The list of the parties."""
        title = say(reader.language, "site")
        cards = (_card(reader, one) for one in pilots.values())
        content = (
            tag("h1", title),
            tag("p", say(reader.language, "intro")),
            tag("ul", *cards, class_="cards"),
        )
        return Frame(reader, title, "/").document(title, *content)

    def welcome(self, reader: Reader, pilot: Pilot, guard: Html) -> str:
        """The party's own page: why it asks, for what, and what will happen."""
        language, name = reader.language, pilot.record.trade_name
        start = tag(
            "form",
            guard,
            tag("button", say(language, "begin"), name="flow", value="cross_device", class_="main"),
            tag("button", say(language, "begin.here"), name="flow", value="same_device"),
            method="post",
            action=reader.address(f"/{pilot.id}/start"),
        )
        steps = (say(language, f"explain.{step}", name=name) for step in (1, 2, 3))
        content = (
            tag("h1", pilot.title[language]),
            tag("p", pilot.story[language]),
            tag("h2", say(language, "asks", name=name)),
            *self._asked(reader, pilot),
            self._agreed(reader, pilot),
            tag("h2", say(language, "explain")),
            tag("ol", *(tag("li", step) for step in steps)),
            start,
        )
        return self._frame(reader, pilot, f"/{pilot.id}").document(pilot.title[language], *content)

    def visit(self, reader: Reader, visit: Visit, progress: Progress, guard: Html) -> str:
        """The page of a visit, as it stands."""
        language, name, here = reader.language, visit.pilot.record.trade_name, f"/{visit.pilot.id}/{visit.id}"
        if progress in (Progress.WAITING, Progress.OPENED):
            title = say(language, "here" if visit.flow == "same_device" else "scan")
            shown = self._waiting(reader, visit, progress)
            stop = tag(
                "form", guard, tag("button", say(language, "stop")), method="post", action=f"{here}/stop"
            )
            look = tag(
                "a", say(language, "again"), href=reader.address(here), class_="button", data_unless_live=True
            )
            content: tuple[Html, ...] = (*shown, look, stop)
            live = tag(
                "div",
                tag("h1", title),
                *content,
                data_live=f"{here}/status",
                data_state=str(progress),
            )
            scripts = ("live.js",)
            return self._frame(reader, visit.pilot, here, scripts).document(title, live)
        title = say(language, str(progress))
        told = tag("p", say(language, f"{progress}.what", name=name))
        again = tag(
            "a", say(language, "back", name=name), href=reader.address(f"/{visit.pilot.id}"), class_="button"
        )
        content = (tag("h1", title), told, *self._ended(reader, visit, progress), tag("p", again))
        return self._frame(reader, visit.pilot, here).document(title, *content)

    def lost(self, reader: Reader) -> str:
        """The page for a visit that is not there, or not of this browser."""
        language = reader.language
        home = tag("a", say(language, "lost.home"), href=reader.address("/"), class_="button")
        title = say(language, "lost")
        content = (tag("h1", title), tag("p", say(language, "lost.what")), tag("p", home))
        return Frame(reader, say(language, "site"), "/").document(title, *content)

    def live(self, visit: Visit) -> dict[str, str]:
        """What the page's script changes while the state stays the same."""
        shown = visit.shown
        if visit.flow == "same_device" or shown is None:
            return {}
        return {
            "qr": picture(shown.qr_svg()),
            "link": shown.uri,
            "phone": self.phone(shown.uri, scanned=True),
        }

    def phone(self, link: str, *, scanned: bool = False) -> str:
        """Where the sandbox's phone opens a link; ``scanned``: as if it had read the code on this screen."""
        told = {"scanned": "yes"} if scanned else {}
        return phone_address(self.wallet, link, **told)

    def _frame(self, reader: Reader, pilot: Pilot, here: str, scripts: tuple[str, ...] = ()) -> Frame:
        return Frame(reader, pilot.record.trade_name, here, home=f"/{pilot.id}", scripts=scripts)

    # What is asked, and on which terms --------------------------------------------------------------

    def _asked(self, reader: Reader, pilot: Pilot) -> Iterator[Html]:
        language = reader.language
        query = DcqlQuery.parse(pilot.query or pilot.record.intended_use(pilot.intended_use).dcql())
        for one in query.credentials:
            type_ = one.types[0] if one.types else ""
            card = card_label(type_, self.types, language)
            labels = [claim_label(type_, claim.path, self.types, language) for claim in one.claims]
            listed = [tag("li", label) for label in labels] or [tag("li", say(language, "asks.all"))]
            yield joined(tag("p", say(language, "asks.of", card=card)), tag("ul", *listed))

    def _agreed(self, reader: Reader, pilot: Pilot) -> Html:
        language, name = reader.language, pilot.record.trade_name
        use = pilot.record.intended_use(pilot.intended_use)
        days = use.retention.days
        kept = say(language, "kept.days", days=days) if days else say(language, "kept.none", name=name)
        shared = say(language, "yes" if use.retention.shared_with_third_parties else "no")
        lines = ((say(language, "why"), use.purpose.in_language(language)), (say(language, "kept"), kept))
        return _rows(*lines, (say(language, "shared"), shared))

    # The code, and what came ------------------------------------------------------------------------

    def _waiting(self, reader: Reader, visit: Visit, progress: Progress) -> Iterator[Html]:
        language = reader.language
        words = say(language, str(progress))
        if progress is Progress.OPENED:
            yield tag("p", words, role="status", class_="notice")
            return
        assert visit.shown is not None
        if visit.flow == "same_device":
            yield from self._here(reader, visit.shown)
        else:
            yield from self._scan(reader, visit.shown)
        yield tag("p", words, role="status", class_="quiet")

    def _scan(self, reader: Reader, shown: PresentationRequest) -> Iterator[Html]:
        language = reader.language
        yield tag("p", say(language, "scan.how"))
        code = picture(shown.qr_svg())
        yield tag("img", src=code, alt=say(language, "qr"), class_="qr", data_shown="qr")
        yield tag("h2", say(language, "no_camera"))
        yield tag("p", self._to_phone(reader, "no_camera.open", shown.uri))
        text = tag("code", shown.uri, data_shown="link")
        yield tag("details", tag("summary", say(language, "no_camera.text")), text)

    def _here(self, reader: Reader, shown: PresentationRequest) -> Iterator[Html]:
        language = reader.language
        yield tag("p", say(language, "here.how"))
        address = self.phone(shown.uri)
        yield tag("p", tag("a", say(language, "here.open"), href=address, class_="button main"))
        scheme = shown.uri.partition("?")[0]
        yield tag("p", say(language, "here.link"), " ", tag("a", scheme, href=shown.uri))

    def _to_phone(self, reader: Reader, words: str, link: str) -> Html:
        return tag(
            "a",
            say(reader.language, words),
            href=self.phone(link, scanned=True),
            target="_blank",
            rel="noopener",
            class_="button",
            data_shown="phone",
        )

    def _ended(self, reader: Reader, visit: Visit, progress: Progress) -> Iterator[Html]:
        language, result = reader.language, visit.result
        assert result is not None
        if progress is Progress.FAILED and result.error is not None:
            yield tag("p", tag("code", str(result.error)))
        if progress is not Progress.VERIFIED:
            return
        for one in result.presentations:
            card = card_label(one.type, self.types, language)
            words = say(
                language, "verified.from", card=card, issuer=self.issuer_names.get(one.issuer, one.issuer)
            )
            yield tag("section", tag("h2", words), received(one, self.types, language), class_="card")
        if visit.offered:
            yield from self._given(reader, visit)
        name = visit.pilot.record.trade_name
        checks = (
            tag("li", f"{check['outcome']}: {check['what']} ({check['spec']})", lang="en")
            for check in result.report.as_dicts()
        )
        yield tag("details", tag("summary", say(language, "verified.checks", name=name)), tag("ul", *checks))

    def _given(self, reader: Reader, visit: Visit) -> Iterator[Html]:
        language, name = reader.language, visit.pilot.record.trade_name
        yield tag("h2", say(language, "given"))
        yield tag("p", say(language, "given.what", name=name))
        yield tag("p", self._to_phone(reader, "given.open", visit.offered))


def _card(reader: Reader, pilot: Pilot) -> Html:
    language = reader.language
    words = say(language, "open", name=pilot.record.trade_name)
    way = tag("p", tag("a", words, href=reader.address(f"/{pilot.id}")))
    return tag("li", tag("h2", pilot.title[language]), tag("p", pilot.story[language]), way, class_="card")


def _rows(*lines: tuple[str, Any]) -> Html:
    return tag("dl", *(tag("div", tag("dt", label), tag("dd", text)) for label, text in lines))
