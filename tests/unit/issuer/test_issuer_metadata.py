"""What an issuer says of itself: signed or not, in two languages, with an authorization server of its own name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.encoding import dump_json
from nlwallet.errors import LocalError
from nlwallet.issuer import CredentialConfiguration, IssuerDisplay, MetadataSigner, pid_configuration
from nlwallet.openid4vci import CredentialIssuerMetadata, verify_issuer_metadata
from nlwallet.sdjwt import TypeMetadataRegistry, known_types

Desk = Any
BASE, SERVER = "https://pid-issuer.example", "https://login.example/as"
WELL_KNOWN = "/.well-known/openid-credential-issuer"
NOW = 1_790_000_000
LOGO = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture(scope="module")
def access() -> CertificateAuthority:
    return CertificateAuthority.create("Access CA", now=NOW)


@pytest.fixture
def signer(access: CertificateAuthority) -> MetadataSigner:
    key = PrivateKey.generate()
    return MetadataSigner(key, access.issue(key.public, Subject("PID issuer"), now=NOW))


# Signed ------------------------------------------------------------------------------------------


@pytest.mark.req("I-04", "HI-03")
def test_a_wallet_that_wants_signed_metadata_gets_them(
    open_haip: Callable[..., Desk], access: CertificateAuthority, signer: MetadataSigner
) -> None:
    desk = open_haip(metadata_signer=signer)
    reply = desk.http.get(WELL_KNOWN, headers={"Accept": "application/jwt"})
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/jwt")
    read = verify_issuer_metadata(
        reply.text,
        expected_issuer=BASE,
        anchors=[access.certificate],
        now=desk.clock.now(),
        algorithms=("ES256",),
    )
    unsigned = desk.http.get(WELL_KNOWN).json()
    assert read.metadata == {**unsigned, "sub": BASE, "iat": NOW, "exp": NOW + 86_400}
    assert read.signer == signer.chain.leaf
    assert CredentialIssuerMetadata.parse(read.metadata, expected_issuer=BASE).credential_issuer == BASE
    desk.clock.travel(7200)
    later = desk.http.get(WELL_KNOWN, headers={"Accept": "application/jwt"})
    read = verify_issuer_metadata(
        later.text,
        expected_issuer=BASE,
        anchors=[access.certificate],
        now=desk.clock.now(),
        algorithms=("ES256",),
    )
    assert read.issued_at == NOW + 7200


@pytest.mark.req("I-02")
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/html", "application/json"),
        ("application/json", "application/json"),
        ("application/jwt;q=0.5, application/json", "application/json"),
        ("application/jwt;q=0, */*;q=0.1", "application/json"),
        ("application/jwt;q=0", "application/json"),
        ("application/jwt;q=0.1, */*", "application/json"),
        ("application/jwt, application/json;q=0.9", "application/jwt"),
        ("application/json, APPLICATION/JWT", "application/jwt"),
        ("application/jwt, */*;q=0.5", "application/jwt"),
        ("application/jwt;q=x", "application/jwt"),
        ("," * 5000 + "application/jwt", "application/json"),
    ],
)
def test_who_does_not_ask_for_signed_metadata_gets_json(
    open_haip: Callable[..., Desk], signer: MetadataSigner, accept: str | None, kind: str
) -> None:
    desk = open_haip(metadata_signer=signer)
    headers = {} if accept is None else {"Accept": accept}
    reply = desk.http.get(WELL_KNOWN, headers=headers)
    assert (reply.status_code, reply.headers["content-type"]) == (200, kind)
    assert reply.headers["vary"] == "Accept"


@pytest.mark.req("I-02")
def test_an_issuer_without_an_access_certificate_signs_nothing(desk: Desk) -> None:
    reply = desk.http.get(WELL_KNOWN, headers={"Accept": "application/jwt"})
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")


@pytest.mark.req("HI-03")
def test_nobody_signs_metadata_with_the_anchor_or_a_certificate_of_his_own(
    access: CertificateAuthority,
) -> None:
    key = PrivateKey.generate()
    chain = access.issue(key.public, Subject("PID issuer"), now=NOW)
    for wrong in (
        (key, CertificateChain(chain.leaf, (access.certificate,))),
        (PrivateKey.generate(), chain),
    ):
        with pytest.raises(LocalError, match="self-signed"):
            MetadataSigner(*wrong)


# In two languages --------------------------------------------------------------------------------


def test_the_issuer_and_each_card_have_a_name_in_two_languages(open_haip: Callable[..., Desk]) -> None:
    display = (
        IssuerDisplay("Uitgever", "nl", LOGO, "Een leeuw"),
        IssuerDisplay("Issuer", "en", "https://issuer.example/logo.svg"),
    )
    metadata = open_haip(display=display).issuer.issuer_metadata()
    assert metadata["display"] == [
        {"name": "Uitgever", "locale": "nl", "logo": {"uri": LOGO, "alt_text": "Een leeuw"}},
        {"name": "Issuer", "locale": "en", "logo": {"uri": "https://issuer.example/logo.svg"}},
    ]
    for entry in metadata["credential_configurations_supported"].values():
        described = entry["credential_metadata"]
        assert {one["locale"][:2] for one in described["display"]} == {"nl", "en"}
        for claim in described["claims"]:
            assert {one["locale"][:2] for one in claim["display"]} == {"nl", "en"}


def test_a_display_that_no_wallet_could_show(open_haip: Callable[..., Desk]) -> None:
    with pytest.raises(LocalError, match="one language"):
        open_haip(display=(IssuerDisplay("A", "nl"), IssuerDisplay("B", "NL")))
    for wrong in ({"name": ""}, {"logo_uri": "http://x.example/a.png"}, {"logo_uri": "data:text/html,x"}):
        with pytest.raises(LocalError, match="display"):
            IssuerDisplay(**{"name": "A", "locale": "nl", **wrong})


def test_the_looks_of_a_card_are_those_of_its_type_and_nothing_is_empty(desk: Desk) -> None:
    simple = {
        "logo": {"uri": LOGO, "uri#integrity": "sha256-x", "alt_text": "Logo"},
        "background_image": {"uri": "http://insecure.example/a.png"},
        "background_color": "#123456",
        "text_color": 7,
    }
    display = [{"locale": "nl", "name": "Pas", "description": "Een pas", "rendering": {"simple": simple}}]
    document = {"vct": "urn:example:pass", "display": display, "claims": [{"path": ["number"]}]}
    looks = known_types().adding([dump_json(document)])
    bare = known_types().adding([dump_json({"vct": "urn:example:bare"})])

    def described(vct: str, types: TypeMetadataRegistry) -> Any:
        configuration = CredentialConfiguration("pass", vct, "pass", ())
        issuer = desk.another(configurations=[configuration], types=types)
        metadata = issuer.issuer_metadata()
        CredentialIssuerMetadata.parse(metadata, expected_issuer=BASE).configuration("pass")
        return metadata["credential_configurations_supported"]["pass"]["credential_metadata"]

    assert described("urn:example:pass", looks) == {
        "display": [
            {
                "name": "Pas",
                "locale": "nl",
                "description": "Een pas",
                "background_color": "#123456",
                "logo": {"uri": LOGO, "alt_text": "Logo"},
            }
        ],
        "claims": [{"path": ["number"], "mandatory": False}],
    }
    assert described("urn:example:bare", bare) == {}


# How copies are to be used -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("methods", "option"),
    [
        (("once_only",), {"reissue_trigger_unused": 2}),
        (("limited_time",), {"reissue_trigger_lifetime_left": 604_800}),
        (("rotating-batch", "limited_time"), {"reissue_trigger_lifetime_left": 3600}),
        (
            ("per-relying-party", "once_only"),
            {"reissue_trigger_unused": 2, "reissue_trigger_lifetime_left": 604_800},
        ),
    ],
)
def test_methods_a_to_d_are_told_with_the_preferred_one_first(
    desk: Desk, methods: tuple[str, ...], option: dict[str, int]
) -> None:
    configuration = replace(
        pid_configuration(batch_size=10),
        reuse_methods=methods,
        renew_at_unused=option.get("reissue_trigger_unused"),
        renew_before_end=option.get("reissue_trigger_lifetime_left"),
    )
    metadata = desk.another(configurations=[configuration]).issuer_metadata()
    policy = metadata["credential_configurations_supported"]["nl-pid"]["credential_metadata"][
        "credential_reuse_policy"
    ]
    assert policy == {
        "id": "arf_annex_ii",
        "options": [{"details": list(methods), "batch_size": 10, **option}],
    }


@pytest.mark.parametrize(
    ("methods", "days", "told"),
    [
        (("once_only",), 365, {"reissue_trigger_unused": 1}),
        (("limited_time",), 365, {"reissue_trigger_lifetime_left": 604_800}),
        (("limited_time",), 1, {"reissue_trigger_lifetime_left": 43_200}),
        (("rotating-batch", "limited_time"), 10, {"reissue_trigger_lifetime_left": 432_000}),
        (
            ("per-relying-party", "once_only"),
            365,
            {"reissue_trigger_unused": 1, "reissue_trigger_lifetime_left": 604_800},
        ),
    ],
)
def test_when_new_copies_are_fetched_is_always_told(
    desk: Desk, methods: tuple[str, ...], days: int, told: dict[str, int]
) -> None:
    # ARF ISSU_45, ISSU_50 and ISSU_54: the issuer SHALL tell it.
    configuration = replace(
        pid_configuration(batch_size=10, days=days),
        reuse_methods=methods,
        renew_at_unused=None,
        renew_before_end=None,
    )
    metadata = desk.another(configurations=[configuration]).issuer_metadata()
    described = metadata["credential_configurations_supported"]["nl-pid"]["credential_metadata"]
    (option,) = described["credential_reuse_policy"]["options"]
    assert option == {"details": list(methods), "batch_size": 10, **told}


def test_the_pid_says_how_its_copies_are_to_be_used() -> None:
    assert pid_configuration().reuse_methods == ("once_only",)
    assert pid_configuration(batch_size=1).reuse_methods == ("limited_time",)


@pytest.mark.parametrize(
    "changes",
    [
        {"reuse_methods": ("once_only", "limited_time")},
        {"reuse_methods": ("per-relying-party",)},
        {"reuse_methods": ("once_only", "once_only")},
        {"reuse_methods": ("once_only", "twice")},
        {"reuse_methods": ("once_only",), "batch_size": 1, "renew_at_unused": None},
        {"reuse_methods": ("once_only",), "renew_at_unused": 10},
        {"reuse_methods": ("once_only",), "renew_at_unused": 0},
        {"reuse_methods": ("limited_time",), "renew_at_unused": None, "renew_before_end": 0},
        {"reuse_methods": ()},
    ],
)
def test_a_policy_that_no_wallet_could_follow(changes: dict[str, Any]) -> None:
    with pytest.raises(LocalError) as caught:
        replace(pid_configuration(batch_size=10), **changes)
    assert "ISSU" in caught.value.spec


# An authorization server with a name of its own --------------------------------------------------


@pytest.mark.req("AS-01")
def test_an_authorization_server_of_its_own_name(open_haip: Callable[..., Desk]) -> None:
    desk = open_haip(authorization_server=SERVER)
    metadata = desk.http.get(WELL_KNOWN).json()
    assert metadata["authorization_servers"] == [SERVER]
    assert CredentialIssuerMetadata.parse(metadata, expected_issuer=BASE).authorization_servers == (SERVER,)
    server = desk.oauth.get("/.well-known/oauth-authorization-server/as").json()
    assert server["issuer"] == SERVER
    assert server["token_endpoint"] == f"{SERVER}/token"
    # Neither is there where the other one is.
    assert desk.http.get("/.well-known/oauth-authorization-server").status_code == 404
    assert desk.http.post("/as/token").status_code == 404
    assert desk.oauth.post("/credential").status_code == 404
    token = desk.bound_token()["access_token"]
    body = {
        "credential_configuration_id": "nl-pid",
        "proofs": {"jwt": [desk.proof(iss=desk.client_id, nonce=desk.nonce())]},
    }
    assert desk.protected("/credential", token, body=body).status_code == 200


@pytest.mark.req("AS-01")
def test_an_authorization_server_below_the_same_origin(open_haip: Callable[..., Desk]) -> None:
    desk = open_haip(authorization_server=f"{BASE}/login")
    assert desk.http.get("/.well-known/oauth-authorization-server/login").json()["issuer"] == f"{BASE}/login"
    assert desk.bound_token()["token_type"] == "DPoP"


def test_a_server_without_a_name_of_its_own_is_not_told(desk: Desk) -> None:
    assert "authorization_servers" not in desk.issuer.issuer_metadata()


def test_an_authorization_server_has_an_https_url_as_its_name(open_haip: Callable[..., Desk]) -> None:
    for wrong in ("http://login.example", "https://login.example?x=1", "login.example"):
        with pytest.raises(LocalError, match="authorization_server"):
            open_haip(authorization_server=wrong)
