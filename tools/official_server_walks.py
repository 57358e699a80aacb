"""What our wallet and a back end do at a ``verification_server``, step by step: see ``official_servers.py``."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from nlwallet import Sandbox
from nlwallet.errors import NlWalletError

if TYPE_CHECKING:
    from official_servers import Server

PID = "urn:eudi:pid:nl:1"
SHOP = "http://localhost:9"
AUTHORIZED = {
    PID: [
        ["age_over_18"], ["given_name"], ["family_name"], ["address", "locality"], ["nationalities"], ["address"],
        [PID, "given_name"], [PID, "family_name"], [PID, "birthdate"], [f"{PID}.address", "locality"],
    ],
    "urn:nlwallet:rental-contract:1": [["landlord", "name"]],
}  # fmt: skip
"""What the walks ask, in the spelling of either format."""
SESSIONS = "/disclosure/sessions"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def same_device(server: Server) -> None:
    """With a return URL; the result needs its nonce."""
    token = server.start()
    url = server.shares(token)
    server.status(token)
    server.result(token)
    server.result(token, "https://x/?nonce=" + "x" * 32)
    server.result(token, url)
    server.result(token, url)


def cross_device(server: Server) -> None:
    """Without one."""
    token = server.start()
    server.shares(token, "cross_device")
    server.status(token)
    server.result(token)


def both(server: Server) -> None:
    """A use case that leads back in either case."""
    token = server.start("both")
    server.result(token, server.shares(token, "cross_device"))


def mdoc(server: Server) -> None:
    """An mdoc of three elements, one of them in another name space."""
    paths = [[PID, "given_name"], [PID, "birthdate"], [f"{PID}.address", "locality"]]
    query = _query(("pid", "mso_mdoc", {"doctype_value": PID}, paths))
    token = server.start(dcql_query=query)
    server.result(token, server.shares(token))


def nested(server: Server) -> None:
    """Claims within claims."""
    paths = [["family_name"], ["address", "locality"], ["nationalities"]]
    token = server.start(dcql_query=_query(("pid", "dc+sd-jwt", {"vct_values": [PID]}, paths)))
    server.result(token, server.shares(token))


def two_cards(server: Server) -> None:
    """On two keys, so with the proof that the wallet has both."""
    query = _query(
        ("pid", "dc+sd-jwt", {"vct_values": [PID]}, [["family_name"]]),
        ("rent", "dc+sd-jwt", {"vct_values": ["urn:nlwallet:rental-contract:1"]}, [["landlord", "name"]]),
    )
    token = server.start(dcql_query=query)
    server.result(token, server.shares(token))


def two_mdocs(server: Server) -> None:
    """The same, with the one mdoc asked for twice: on one key."""
    query = _query(
        ("a", "mso_mdoc", {"doctype_value": PID}, [[PID, "given_name"]]),
        ("b", "mso_mdoc", {"doctype_value": PID}, [[PID, "family_name"]]),
    )
    token = server.start(dcql_query=query)
    server.result(token, server.shares(token))


def denied(server: Server) -> None:
    """The person says no."""
    token = server.start()
    server.tell("led to", server.wallet.open(server.link(token)).deny().redirect_uri or "nowhere")
    server.status(token)
    server.result(token)


def cancelled(server: Server) -> None:
    """By the page: before and after the wallet came, and when it is too late."""
    token = server.start()
    fetch = server.request_uri(token)
    server.send("DELETE", server.at(token), "cancel")
    server.send("POST", fetch, "request", headers=FORM)
    server.send("DELETE", server.at(token), "cancel again")
    server.status(token)
    token = server.start()
    prompt = server.wallet.open(server.link(token))
    server.status(token)
    server.send("DELETE", server.at(token), "cancel")
    try:
        prompt.approve(pin=Sandbox.PIN, despite_warnings=True)
    except NlWalletError as error:
        server.tell("approve", error.code)
    server.status(token)
    server.result(token)


def stale(server: Server) -> None:
    """A QR code of more than ten seconds ago; the session goes on with a new one."""
    token = server.start()
    fetch = server.request_uri(token, "cross_device")
    time.sleep(11)
    server.send("POST", fetch, "stale", headers=FORM)
    server.status(token)
    server.shares(token, "cross_device")
    server.result(token)


def altered_links(server: Server) -> None:
    """Another session type, another id, none."""
    for alter in (
        lambda url: url.replace("same_device", "cross_device"),
        lambda url: re.sub(r"ephemeral_id=..", "ephemeral_id=00", url),
        lambda url: re.sub(r"ephemeral_id=\w+", "ephemeral_id=zz", url),
        lambda url: re.sub(r"&ephemeral_id=\w+", "", url),
        lambda url: url.partition("?")[0],
        lambda url: url.replace("same_device", "other_device"),
    ):
        token = server.start()
        server.send("POST", alter(server.request_uri(token)), "altered", headers=FORM)
        server.status(token)


def fetching(server: Server) -> None:
    """GET and POST, once; the nonce of the wallet comes back."""
    for method, options in (
        ("GET", {}),
        ("POST", {"headers": FORM}),
        ("POST", {"data": {"wallet_nonce": "n" * 32}}),
        ("POST", {"json": {"wallet_nonce": "n" * 32}}),
        ("POST", {"data": {"wallet_nonce": "n" * 32, "wallet_metadata": "{}"}}),
        ("PUT", {"headers": FORM}),
    ):
        token = server.start()
        fetch = server.request_uri(token)
        reply = server.send(method, fetch, **options)
        kind = reply.headers.get("content-type", "-").partition(";")[0]
        server.tell(f"{method} {list(options)}", f"{reply.status_code} {kind}")
        if reply.status_code == 200:
            server.tell("cache", reply.headers.get("cache-control", "-"))
            server.tell("request", _request(reply.text))
        server.send("GET", fetch, "again")
        server.status(token)


def answers(server: Server) -> None:
    """What is no answer; and errors of wallets."""
    for options in (
        {"data": {"response": "x"}},
        {"data": {"other": "x"}},
        {"json": {"response": "x"}},
        {"headers": FORM},
        {"data": {"error": "access_denied"}},
        {"data": {"error": "invalid_request", "error_description": "odd"}},
        {"data": {"error": "vp_formats_not_supported"}},
        {"data": {"error": "something_else"}},
    ):
        token = server.start()
        server.send("POST", f"{server.at(token)}/response_uri", "too early", **options)
        server.send("POST", server.request_uri(token), headers=FORM)
        server.send("POST", f"{server.at(token)}/response_uri", f"answer {options}", **options)
        server.status(token)
        server.result(token)
        server.send("POST", f"{server.at(token)}/response_uri", "again", **options)


def starting(server: Server) -> None:
    """What a back end may send, and what not."""
    mixed = _query(
        ("a", "mso_mdoc", {"doctype_value": PID}, [[PID, "given_name"]]),
        ("b", "dc+sd-jwt", {"vct_values": [PID]}, [["given_name"]]),
    )
    sd_jwt = {"vct_values": [PID]}
    plain = _query(("a", "dc+sd-jwt", sd_jwt, [["given_name"]]))
    claims = plain["credentials"][0]["claims"]
    for body in (
        {"usecase": "adult"},
        {"usecase": "none"},
        {},
        {"usecase": 1},
        {"usecase": "adult", "more": 1},
        {"usecase": "bare"},
        {"usecase": "bare", "dcql_query": plain},
        {"usecase": "bare", "dcql_query": plain, "return_url_template": f"{SHOP}/{{session_token}}"},
        {"usecase": "adult", "dcql_query": None, "return_url_template": None},
        {"usecase": "adult", "dcql_query": mixed},
        {"usecase": "adult", "dcql_query": {"credentials": []}},
        {"usecase": "adult", "dcql_query": {**plain, "credential_sets": [{"options": [["a"]]}]}},
        {"usecase": "adult", "dcql_query": _query(("a", "dc+sd-jwt", sd_jwt, [["address", None]]))},
        {"usecase": "adult", "dcql_query": _query(("a", "dc+sd-jwt", sd_jwt, [["address", 1]]))},
        {"usecase": "adult", "dcql_query": _query(("a", "dc+sd-jwt", sd_jwt, []))},
        {"usecase": "adult", "dcql_query": _query(("a b", "dc+sd-jwt", sd_jwt, [["x"]]))},
        {"usecase": "adult", "dcql_query": _query(("a", "jwt_vc_json", sd_jwt, [["x"]]))},
        {"usecase": "adult", "dcql_query": _query(("a", "dc+sd-jwt", {}, [["x"]]))},
        {"usecase": "adult", "dcql_query": _query(("a", "dc+sd-jwt", {"vct_values": []}, [["x"]]))},
        {"usecase": "adult", "dcql_query": _with(plain, multiple=True)},
        {"usecase": "adult", "dcql_query": _with(plain, multiple=False)},
        {"usecase": "adult", "dcql_query": _with(plain, require_cryptographic_holder_binding=False)},
        {
            "usecase": "adult",
            "dcql_query": _with(plain, claims=[{**claims[0], "id": "c"}], claim_sets=[["c"]]),
        },
        {"usecase": "adult", "dcql_query": _with(plain, claims=[{**claims[0], "values": ["Frouke"]}])},
        {"usecase": "adult", "dcql_query": _with(plain, claims=[{**claims[0], "intent_to_retain": True}])},
        {"usecase": "adult", "dcql_query": _with(plain, claims=claims * 2)},
        {"usecase": "adult", "dcql_query": {"credentials": plain["credentials"] * 2}},
        {
            "usecase": "adult",
            "dcql_query": _with(plain, trusted_authorities=[{"type": "aki", "values": ["AQID"]}]),
        },
        {
            "usecase": "adult",
            "dcql_query": _with(plain, trusted_authorities=[{"type": "etsi_tl", "values": ["x"]}]),
        },
        {"usecase": "adult", "return_url_template": "https://shop.example/"},
        {"usecase": "adult", "return_url_template": "ftp://shop.example/{session_token}"},
        {"usecase": "adult", "return_url_template": "https://shop.example/?a={session_token}#b"},
    ):
        what = f"start {json.dumps(body)}"
        reply = server.send("POST", server.requester + SESSIONS, json=body)
        server.tell(
            what, f"{reply.status_code} {'' if reply.status_code == 200 else server.comparable(reply)}"
        )
    address = server.requester + SESSIONS
    server.send("POST", address, "no JSON", content=b"{", headers={"Content-Type": "application/json"})
    server.send("POST", address, "no type", content=b"{}")
    server.send("GET", address, "GET")


def unknown(server: Server) -> None:
    """Addresses of nothing, and what everybody may ask."""
    nobody = "x" * 32
    for address in ("", "/request_uri?session_type=same_device&ephemeral_id=00", "/other"):
        server.send("GET", server.at(nobody) + address, f"nobody {address}")
    server.send("GET", f"{server.at(nobody)}?session_type=x", "nobody, of no type")
    server.send("POST", f"{server.at(nobody)}/response_uri", "nobody's answer", data={"response": "x"})
    server.send("DELETE", server.at(nobody), "nobody's end")
    server.send("GET", f"{server.requester}{SESSIONS}/{nobody}/disclosed_attributes", "nobody's result")
    server.send("GET", f"{server.public}/health", "health")
    server.send("GET", f"{server.requester}/health", "health inside")
    token = server.start()
    server.send("GET", f"{server.at(token)}?session_type=x", "of no type")
    server.send("GET", f"{server.public}{SESSIONS}/{token}/disclosed_attributes", "result outside")
    server.send("POST", f"{server.public}{SESSIONS}", "start outside", json={"usecase": "adult"})
    for origin in ("http://localhost:8080", "https://evil.example"):
        for method, asked in (("GET", ""), ("OPTIONS", "GET"), ("OPTIONS", "DELETE"), ("OPTIONS", "PUT")):
            headers = {"Origin": origin, **({"Access-Control-Request-Method": asked} if asked else {})}
            reply = server.send(method, server.at(token), headers=headers)
            allowed = {
                name: value
                for name, value in sorted(reply.headers.items())
                if name.startswith("access-control") or name == "cache-control"
            }
            server.tell(f"{method} {asked} from {origin}", f"{reply.status_code} {allowed}")


WALKS: tuple[Callable[[Server], None], ...] = (
    same_device, cross_device, both, mdoc, nested, two_cards, two_mdocs, denied, cancelled, stale, altered_links,
    fetching, answers, starting, unknown,
)  # fmt: skip


def _query(*credentials: tuple[str, str, Mapping[str, Any], list[Any]]) -> dict[str, Any]:
    return {
        "credentials": [
            {"id": id_, "format": format_, "meta": dict(meta), "claims": [{"path": path} for path in paths]}
            for id_, format_, meta, paths in credentials
        ]
    }


def _with(query: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"credentials": [{**query["credentials"][0], **members}]}


def _request(text: str) -> object:
    """What a request object says, without what is another each time."""
    header, payload = (_decoded(part) for part in text.split(".")[:2])
    keys = [sorted(key) for key in payload["client_metadata"].pop("jwks")["keys"]]
    formats = payload["client_metadata"].pop("vp_formats_supported")  # theirs names both, ours what it asks
    header["x5c"] = len(header["x5c"])
    for name in ("iat", "exp", "nonce"):
        payload.pop(name, None)
    return [header, payload, keys, formats["dc+sd-jwt"]]


def _decoded(part: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))
