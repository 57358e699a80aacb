"""Who agrees to an authorization request: a person at a page, or a policy for tests (OpenID4VCI 1.0 §5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

from nlwallet.issuer.authorization_server import AuthorizationServer, PushedRequest
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.sdjwt import TypeMetadataRegistry

Policy: TypeAlias = Callable[[PushedRequest], str | None]
"""Decides without a page: the person who agrees, or ``None`` for no."""

Login: TypeAlias = Policy | Mapping[str, str]
"""A policy; or the test people that one may log in as, by their name here, with a label each."""


@dataclass(frozen=True, slots=True)
class AuthorizationPage:
    """The authorization endpoint of one server."""

    server: AuthorizationServer
    login: Login
    configurations: Mapping[str, CredentialConfiguration]
    types: TypeMetadataRegistry

    def open(self, request_uri: str, client_id: str) -> tuple[str, str]:
        """What a user agent that comes with a pushed request gets: a redirect, or a page; one of them is empty.

        Raises :class:`~nlwallet.errors.IssuanceRefused`: nobody is redirected then.
        """
        pushed = self.server.pending(request_uri, client_id)
        if callable(self.login):
            return self.server.decide(request_uri, client_id, self.login(pushed)), ""
        return "", self._page(pushed, request_uri, client_id, self.login)

    def answer(self, request_uri: str, client_id: str, person: str, *, agreed: bool) -> str:
        """Where the user agent goes after the form was sent.

        Raises :class:`~nlwallet.errors.IssuanceRefused`.
        """
        known = not callable(self.login) and person in self.login
        return self.server.decide(request_uri, client_id, person if agreed and known else None)

    def _page(
        self, pushed: PushedRequest, request_uri: str, client_id: str, people: Mapping[str, str]
    ) -> str:
        cards = "".join(f"<li>{escape(self._name(id_))}</li>" for id_ in pushed.configuration_ids)
        choices = "".join(
            f'<label><input type="radio" name="person" value="{escape(name)}" required> {escape(label)}</label>'
            for name, label in people.items()
        )
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">'
            for name, value in (("request_uri", request_uri), ("client_id", client_id))
        )
        return _PAGE.format(cards=cards, choices=choices, hidden=hidden)

    def _name(self, configuration_id: str) -> str:
        vct = self.configurations[configuration_id].vct
        display = self.types.effective(vct).display
        return next((one.name for one in display if one.locale.startswith("nl")), vct)


_PAGE = """<!doctype html>
<html lang="nl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Kaart ophalen</title><style>
body {{ font: 1.125rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 2rem auto; padding: 0 1rem;
color: #14213d }}
fieldset {{ border: 0; padding: 0; margin: 1.5rem 0 }} legend {{ font-weight: 600 }}
label {{ display: block; padding: .5rem 0 }}
input[type=radio] {{ width: 1.25rem; height: 1.25rem; vertical-align: middle }}
button {{ font: inherit; padding: .6rem 1.4rem; margin: 0 .8rem .8rem 0; border: 2px solid #14213d;
border-radius: .4rem; background: #fff; color: #14213d }} button.yes {{ background: #14213d; color: #fff }}
</style></head><body><main>
<h1>Wilt u deze kaart in uw wallet?</h1>
<ul>{cards}</ul>
<form method="post">{hidden}
<fieldset><legend>Wie bent u? (testpersonen)</legend>{choices}</fieldset>
<button class="yes" name="decision" value="agree">Ja, haal op</button>
<button name="decision" value="refuse" formnovalidate>Nee, stop</button>
</form></main></body></html>
"""
