"""Who agrees to an authorization request: a person at a page, or a policy for tests (OpenID4VCI 1.0 §5)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeAlias
from urllib.parse import urlencode, urlsplit

from nlwallet.issuer.authorization_server import AuthorizationServer
from nlwallet.issuer.authorization_texts import LANGUAGES, TEXTS, PageTexts
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.metadata import IssuerDisplay
from nlwallet.issuer.pending import PushedRequest
from nlwallet.openid4vci import is_localhost_redirect, is_loopback_redirect
from nlwallet.sdjwt import TypeMetadataRegistry

Policy: TypeAlias = Callable[[PushedRequest], str | None]
"""Decides without a page: the person who agrees, or ``None`` for no."""

Login: TypeAlias = Policy | Mapping[str, str]
"""A policy; or the test people that one may log in as, by their name here, with a label each."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a user agent gets: a redirect to ``location``, or a page whose form leads to ``goes_on_to``."""

    location: str = ""
    html: str = ""
    goes_on_to: str = ""


@dataclass(frozen=True, slots=True)
class AuthorizationPage:
    """The authorization endpoint of one server."""

    server: AuthorizationServer
    login: Login
    configurations: Mapping[str, CredentialConfiguration]
    types: TypeMetadataRegistry
    display: Sequence[IssuerDisplay]

    def open(self, request_uri: str, client_id: str, language: str) -> Opened:
        """What a user agent that comes with a pushed request gets.

        Raises :class:`~nlwallet.errors.IssuanceRefused`: nobody is redirected then.
        """
        pushed = self.server.pending(request_uri, client_id)
        if callable(self.login):
            return Opened(location=self.server.decide(request_uri, client_id, self.login(pushed)))
        fields = {"request_uri": request_uri, "client_id": client_id}
        html = self._page(pushed, fields, self.login, language if language in TEXTS else LANGUAGES[0])
        return Opened(html=html, goes_on_to=pushed.request.redirect_uri)

    def answer(self, request_uri: str, client_id: str, person: str, *, agreed: bool) -> str:
        """Where the user agent goes after the form was sent.

        Raises :class:`~nlwallet.errors.IssuanceRefused`.
        """
        known = not callable(self.login) and person in self.login
        return self.server.decide(request_uri, client_id, person if agreed and known else None)

    def _page(
        self, pushed: PushedRequest, fields: Mapping[str, str], people: Mapping[str, str], language: str
    ) -> str:
        texts, issuer = TEXTS[language], escape(self._issuer(language))
        other = next(one for one in LANGUAGES if one != language)
        several = len(pushed.configuration_ids) > 1
        cards = "".join(self._card(id_, texts, language) for id_ in pushed.configuration_ids)
        choices = "".join(
            f'<label><input type="radio" name="person" value="{escape(name)}" required> {escape(label)}</label>'
            for name, label in people.items()
        )
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items()
        )
        link = escape("?" + urlencode({**fields, "lang": other}))
        place = escape(_place(pushed.request.redirect_uri, texts))
        return _document(
            language,
            texts.title.format(issuer=issuer),
            f'<p class="other"><a href="{link}" lang="{other}" hreflang="{other}">{texts.other_language}</a></p>'
            f"<h1>{texts.question_several if several else texts.question}</h1>"
            f"<p>{texts.from_issuer.format(issuer=issuer)}</p><ul>{cards}</ul>"
            f"<p>{texts.back_to.format(place=f'<strong>{place}</strong>')}</p>"
            f'<form method="post" autocomplete="off">{hidden}'
            f'<fieldset><legend>{texts.who}</legend><p class="test">{texts.test}</p>{choices}</fieldset>'
            f'<button class="yes" name="decision" value="agree">{texts.agree}</button>'
            f'<button name="decision" value="refuse" formnovalidate>{texts.refuse}</button></form>',
        )

    def _card(self, configuration_id: str, texts: PageTexts, language: str) -> str:
        """One card, and what it says of its holder: enough to decide on (§12.2.4)."""
        vct = self.configurations[configuration_id].vct
        known = self.types.effective(vct)
        names = [(one.locale, one.name) for one in known.display]
        paths = {claim.path for claim in known.claims}
        # An address is told as one: its parts are inside what is named already.
        whole = [
            one for one in known.claims if not any(one.path[:n] in paths for n in range(1, len(one.path)))
        ]
        labels = [claim.label(language) or str(claim.path[-1]) for claim in whole]
        told = f"<br>{texts.contents.format(claims=escape(', '.join(labels)))}" if labels else ""
        return f"<li><strong>{escape(_in(language, names) or vct)}</strong>{told}</li>"

    def _issuer(self, language: str) -> str:
        return _in(language, [(one.locale, one.name) for one in self.display])


def error_page(language: str) -> str:
    """The page for a request that cannot be answered."""
    chosen = language if language in TEXTS else LANGUAGES[0]
    texts = TEXTS[chosen]
    return _document(chosen, texts.failed_title, f"<h1>{texts.failed_title}</h1><p>{texts.failed}</p>")


def _in(language: str, names: Sequence[tuple[str, str]]) -> str:
    """The name in that language, else the first there is."""
    mine = (name for locale, name in names if locale.lower().partition("-")[0] == language)
    return next(mine, names[0][1] if names else "")


def _place(redirect_uri: str, texts: PageTexts) -> str:
    """How a person may know the wallet: its host, or the name that its app has among links."""
    if is_loopback_redirect(redirect_uri) or is_localhost_redirect(redirect_uri):
        return texts.this_device
    parts = urlsplit(redirect_uri)
    return parts.hostname or parts.scheme


def _document(language: str, title: str, content: str) -> str:
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>{content}</main></body></html>\n"
    )


_STYLE = """
body { font: 1.125rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 0 auto; padding: 1rem;
  color: #14213d; background: #fff; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.25 }
.other { text-align: right; margin: 0 } .other a { display: inline-block; padding: .25rem 0 }
a { color: #1d3f8f }
ul { padding-left: 1.25rem } li { margin-bottom: .75rem }
fieldset { border: 0; padding: 0; margin: 1.5rem 0 } legend { font-weight: 600; padding: 0 }
.test { margin: .25rem 0 .5rem; color: #46536b }
label { display: flex; align-items: center; gap: .75rem; min-height: 2.75rem }
input[type=radio] { width: 1.375rem; height: 1.375rem; margin: 0; flex: none; accent-color: #14213d }
button { font: inherit; min-height: 2.75rem; padding: .5rem 1.4rem; margin: 0 .75rem .75rem 0;
  border: 2px solid #14213d; border-radius: .4rem; background: #fff; color: #14213d }
button.yes { background: #14213d; color: #fff }
a:focus-visible, button:focus-visible, input:focus-visible { outline: 3px solid #b3530c; outline-offset: 2px }
@media (max-width: 24rem) { button { width: 100%; margin-right: 0 } }
"""

STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
"""What the policy of the page allows, and no other style (Content Security Policy Level 3 §2.3.1)."""
