"""A web shop that asks for more than it registered: the wallet says so, and a careful citizen says no."""

from nlwallet import Sandbox
from nlwallet.sandbox import pilot

with Sandbox() as edi:
    frouke = edi.wallet("frouke", language="en")
    shop = edi.relying_party("over-asking")
    request = shop.request(pilot("over-asking").query, intended_use="bezorgen")
    for warning in request.warnings:
        print(f"the shop could have known: {warning}")

    prompt = frouke.open(request.uri)
    print(prompt)
    assert prompt.consent().advised == "deny"
    prompt.deny()
    print(shop.result(request).status)  # refused; why, the shop does not learn
