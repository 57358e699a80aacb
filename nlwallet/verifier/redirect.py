"""The way back to the relying party on the same device, with a response code (OpenID4VP 1.0 §8.2, §14.2)."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from nlwallet.errors import InvalidRequest, LocalError
from nlwallet.openid4vp import ResponseMode, check_https_uri
from nlwallet.verifier.session import Flow

RESPONSE_CODE_PLACEHOLDER = "{RESPONSE_CODE}"


def check_flow(flow: Flow, redirect_uri: str | None, response_mode: ResponseMode) -> None:
    """A same-device request brings the user back, a cross-device one does not (HAIP 1.0 §5.1).

    An answer in a fragment travels in the user's own browser, so it is for the same device only.

    Raises :class:`~nlwallet.errors.LocalError`.
    """
    if response_mode == "fragment" and flow != "same_device":
        raise LocalError("an answer in a fragment comes back on the same device", hint="flow='same_device'")
    if flow == "same_device":
        if redirect_uri is None:
            raise LocalError(
                "a same-device request needs a redirect_uri",
                spec="HAIP 1.0 §5.1",
                hint="the page to which the wallet brings the user back, with the response code",
            )
        try:
            check_https_uri(
                redirect_uri.replace(RESPONSE_CODE_PLACEHOLDER, "x").partition("#")[0],
                pointer="/redirect_uri",
            )
        except InvalidRequest as error:
            raise LocalError(error.message, spec=error.spec, hint=error.hint) from None
    elif redirect_uri is not None:
        raise LocalError(
            "a cross-device request has no redirect_uri", hint="there is no browser on the phone to return to"
        )


def with_response_code(redirect_uri: str, response_code: str) -> str:
    """Where the wallet sends the user: the code in place of the placeholder, else as a query parameter."""
    if RESPONSE_CODE_PLACEHOLDER in redirect_uri:
        return redirect_uri.replace(RESPONSE_CODE_PLACEHOLDER, response_code)
    parts = urlsplit(redirect_uri)
    query = f"{parts.query}&" if parts.query else ""
    return urlunsplit(parts._replace(query=f"{query}response_code={response_code}"))
