"""Log in to the municipality on one device: the wallet brings you back, and only your own browser gets the answer."""

from urllib.parse import parse_qs, urlsplit

from nlwallet import Sandbox

with Sandbox() as edi:
    frouke = edi.wallet("frouke")
    city = edi.relying_party("gemeente-amsterdam")
    request = city.request(
        flow="same_device",
        redirect_uri="https://mijn.amsterdam.example/terug",
        browser_session="the cookie of Frouke's browser",
    )

    outcome = frouke.open(request.uri).approve(pin=Sandbox.PIN)

    back = parse_qs(urlsplit(outcome.redirect_uri).query)  # her browser opens this page, with a code
    result = city.result(
        request, response_code=back["response_code"][0], browser_session="the cookie of Frouke's browser"
    )
    print(result.claims("pid"))  # {'bsn': '999958379'}
