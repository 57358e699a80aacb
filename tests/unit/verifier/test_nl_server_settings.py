"""``verification_server.toml`` as the NL Wallet's server reads it, and what is wrong with one, key by key."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from cryptography import x509

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.crypto.authority import _builder, _key_usage, _sign
from nlwallet.errors import InvalidConfiguration, LimitExceeded
from nlwallet.registration.reader_registration import READER_REGISTRATION
from nlwallet.verifier.nl_server import Listener, ReturnUrlUse, ServerSettings, open_verification_server
from nlwallet.verifier.nl_server.opened import READER_USAGE

NOW = 1_790_000_000
AUTHORITY = CertificateAuthority.create("Test Access CA", now=NOW)
OTHER_AUTHORITY = CertificateAuthority.create("Another CA", now=NOW)
KEY = PrivateKey.generate()
QUERY = {
    "credentials": [
        {
            "id": "pid",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
            "claims": [{"path": ["bsn"]}],
        }
    ]
}


def b64(der: bytes) -> str:
    return base64.b64encode(der).decode()


def certificate(*, usages: tuple[str, ...] = (), authority: CertificateAuthority = AUTHORITY) -> str:
    chain = authority.issue(
        KEY.public,
        Subject("Shop", country="NL", organization="Shop"),
        now=NOW,
        days=30,
        san_dns=("rp.example",),
        extended_key_usages=usages,
    )
    return b64(chain.leaf.der)


CERTIFICATE = certificate()


def members(**changes: Any) -> dict[str, Any]:
    anchor = [b64(AUTHORITY.certificate.der)]
    found = {
        "ephemeral_id_secret": "ab" * 32,
        "issuer_trust_anchors": anchor,
        "wrpac_trust_anchors": anchor,
        "wrprc_trust_anchors": anchor,
        "usecases": {"login": use_case()},
    } | changes
    return {name: value for name, value in found.items() if value is not None}


def use_case(**changes: Any) -> dict[str, Any]:
    found = {
        "certificate": CERTIFICATE,
        "private_key": b64(KEY.der()),
        "private_key_type": "software",
    } | changes
    return {name: value for name, value in found.items() if value is not None}


def with_use_case(**changes: Any) -> dict[str, Any]:
    return members(usecases={"login": use_case(**changes)})


def test_the_defaults_are_those_of_the_server() -> None:
    settings = ServerSettings.of(members())
    assert settings.version == "0.6"
    assert (settings.public, settings.internal) == (Listener("127.0.0.1", 8001), Listener("127.0.0.1", 8002))
    assert settings.public_url == "http://localhost:8001/"
    assert settings.universal_link_base_url == "walletdebuginteraction://wallet.edi.rijksoverheid.nl/"
    assert settings.wallet_client_ids == ("https://wallet.edi.rijksoverheid.nl",)
    assert (settings.allow_origins, settings.api_key, settings.extending) == ((), None, {})
    lifetimes = settings.lifetimes
    assert (lifetimes.expiration, lifetimes.after_success, lifetimes.after_failure) == (1800, 300, 14_400)
    assert (settings.status_cache.capacity, settings.status_cache.default_ttl) == (100, 0)
    (one,) = settings.use_cases
    assert (one.name, one.return_url_use, one.accept_undetermined_status) == ("login", "same_device", False)
    assert settings.warnings == ()


def test_a_whole_file() -> None:
    anchor = b64(AUTHORITY.certificate.der)
    text = f"""
        log_requests = true
        structured_logging = false
        ephemeral_id_secret = "{"0A" * 64}"
        issuer_trust_anchors = ["{anchor}"]
        wrpac_trust_anchors = ["{anchor}"]
        wrprc_trust_anchors = ["{anchor}"]
        public_url = "https://verify.rp.example/vs"
        universal_link_base_url = "https://app.example.com/deeplink/"
        allow_origins = ["https://shop.example/", "http://localhost:8080"]
        wallet_client_ids = ["https://wallet.example"]
        [extending_vct_values]
        "urn:eudi:pid:1" = ["urn:eudi:pid:nl:1"]
        [status_list_token_cache_settings]
        capacity = 7
        default_ttl_in_sec = 60
        error_ttl_in_sec = 5
        [internal_server]
        ip = "127.0.0.1"
        port = 3002
        [internal_server.authentication]
        api_key = "sesame"
        [wallet_server]
        ip = "::1"
        port = 3001
        [storage]
        url = "postgres://localhost/x"
        expiration_minutes = 10
        successful_deletion_minutes = 1
        failed_deletion_minutes = 2
        [usecases.login]
        certificate = "{CERTIFICATE}"
        private_key = "{b64(KEY.der())}"
        private_key_type = "software"
        session_type_return_url = "both"
        return_url_template = "https://shop.example/return?session_token={{session_token}}"
        disclosure_base_deep_link = "eu-eaap://"
        accept_undetermined_revocation_status = true
        [[usecases.login.dcql_query.credentials]]
        id = "pid"
        format = "dc+sd-jwt"
        meta = {{ vct_values = ["urn:eudi:pid:nl:1"] }}
        claims = [{{ path = ["bsn"] }}]
    """
    settings = ServerSettings.parse(text.encode())
    assert (settings.public, settings.internal) == (Listener("::1", 3001), Listener("127.0.0.1", 3002))
    assert (settings.api_key, settings.public_url) == ("sesame", "https://verify.rp.example/vs")
    assert settings.allow_origins == ("https://shop.example", "http://localhost:8080")
    assert settings.extending == {"urn:eudi:pid:1": ("urn:eudi:pid:nl:1",)}
    assert settings.lifetimes.expiration == 600
    assert settings.database == "postgresql://localhost/x"  # as SQLAlchemy calls it
    (one,) = settings.use_cases
    assert one.query is not None
    assert one.query.as_json() == QUERY
    assert (one.return_url_use, one.deep_link) == (ReturnUrlUse.BOTH, "eu-eaap://")
    assert one.accept_undetermined_status
    assert settings.warnings == ()
    for secret in ("sesame", b64(KEY.der())):
        assert secret not in repr(settings)


def test_the_environment_overrides_the_file() -> None:
    environment = {
        "VERIFICATION_SERVER__WALLET_SERVER__PORT": "9001",
        "VERIFICATION_SERVER__PUBLIC_URL": "https://rp.example/",
        "VERIFICATION_SERVER__ALLOW_ORIGINS": "https://a.example,https://b.example",
        "VERIFICATION_SERVER__USECASES__LOGIN__ACCEPT_UNDETERMINED_REVOCATION_STATUS": "true",
        "VERIFICATION_SERVER__WRPAC_TRUST_ANCHORS": b64(AUTHORITY.certificate.der),
        "VERIFICATION_SERVER__INTERNAL_SERVER__AUTHENTICATION__API_KEY": "sesame",
        "PATH": "/bin",
        "VERIFICATION_SERVER_X": "y",
    }
    settings = ServerSettings.of(members(wrpac_trust_anchors=["?"]), environment=environment)
    assert (settings.public.port, settings.public_url) == (9001, "https://rp.example/")
    assert settings.allow_origins == ("https://a.example", "https://b.example")
    assert settings.use_cases[0].accept_undetermined_status
    assert settings.api_key == "sesame"
    assert settings.warnings == ()
    with pytest.raises(InvalidConfiguration, match="no table"):
        ServerSettings.of(
            members(),
            environment={"VERIFICATION_SERVER__PUBLIC_URL__X": "1", "X": ""}
            | {"VERIFICATION_SERVER__PUBLIC_URL": "https://rp.example/"},
        )


def test_0_5_is_told_by_its_anchors() -> None:
    anchor = [b64(AUTHORITY.certificate.der)]
    given = members(
        wrpac_trust_anchors=None,
        wrprc_trust_anchors=None,
        reader_trust_anchors=anchor,
        usecases={"login": use_case(session_type_return_url="neither")},
    )
    settings = ServerSettings.of(given)
    assert (settings.version, settings.use_cases[0].return_url_use) == ("0.5", "neither")
    with pytest.raises(InvalidConfiguration, match="give one"):
        ServerSettings.of(given | {"wrpac_trust_anchors": anchor})
    # In 0.5 a certificate says that it is a reader's.
    with pytest.raises(InvalidConfiguration, match=r"1\.0\.18013\.5\.1\.6") as refused:
        opened(given)
    assert refused.value.pointer == "/usecases/login/certificate"
    given["usecases"]["login"]["certificate"] = reader_certificate(registration())
    assert opened(given).version == "0.5"


def registration(organization: Mapping[str, Any] | None = None, **changed: Any) -> bytes:
    """As the NL Wallet's server of March 2026 reads it."""
    text = {"nl": "Winkel", "en": "Shop"}
    members = {
        "purposeStatement": text,
        "retentionPolicy": {"intentToRetain": False},
        "sharingPolicy": {"intentToShare": False},
        "deletionPolicy": {"deleteable": True},
        "organization": {
            **dict.fromkeys(("displayName", "legalName", "description", "category"), text),
            "logo": {"mimeType": "image/svg+xml", "imageData": "<svg/>"},
            "webUrl": "https://rp.example",
            **(organization or {}),
        },
        "requestOriginBaseUrl": "https://rp.example/",
        "authorizedAttributes": {"urn:eudi:pid:nl:1": [["bsn"]]},
        **changed,
    }
    return utf8_string(json.dumps(members).encode())


def utf8_string(text: bytes) -> bytes:
    return b"\x0c\x82" + len(text).to_bytes(2) + text


def reader_certificate(extension: bytes | None) -> str:
    builder = _builder(
        Subject("Shop", country="NL", organization="Shop"),
        AUTHORITY.certificate.subject,
        KEY.public,
        NOW - 300,
        NOW + 86_400,
    )
    builder = builder.add_extension(_key_usage(digital_signature=True), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("rp.example")]), critical=False)
    usage = x509.ExtendedKeyUsage([x509.ObjectIdentifier(READER_USAGE)])
    builder = builder.add_extension(usage, critical=False)
    if extension is not None:
        value = x509.UnrecognizedExtension(x509.ObjectIdentifier(READER_REGISTRATION), extension)
        builder = builder.add_extension(value, critical=False)
    return b64(_sign(builder, AUTHORITY._key, AUTHORITY.certificate.public_key).der)


@pytest.mark.parametrize(
    ("extension", "said"),
    [
        (None, "there is no registration in the certificate"),
        (b"\x0c\x05{", "no UTF8String"),
        (utf8_string(b"{"), "not JSON"),
        (utf8_string(b'{"organization": []}'), "there is no organization (/organization in the extension)"),
        (registration({"description": None}), "(/organization/description in the extension)"),
        (registration({"category": "winkel"}), "(/organization/category in the extension)"),
        (registration({"displayName": {"nl": 1}}), "(/organization/displayName in the extension)"),
        (registration({"logo": {"mimeType": "image/gif"}}), "(/organization/logo in the extension)"),
        (registration({"webUrl": "rp"}), "(/organization/webUrl in the extension)"),
        (registration({"kvk": 12345678}), "(/organization/kvk in the extension)"),
        (registration(requestOriginBaseUrl="http://["), "(/requestOriginBaseUrl in the extension)"),
        (
            registration(retentionPolicy={"intentToRetain": "no"}),
            "(/retentionPolicy/intentToRetain in the extension)",
        ),
        (
            registration(authorizedAttributes={"urn:eudi:pid:nl:1": ["bsn"]}),
            "(/authorizedAttributes/urn:eudi:pid:nl:1",
        ),
    ],
)
def test_the_registration_in_a_certificate_of_0_5_is_one_that_can_be_read(
    extension: bytes | None, said: str
) -> None:
    given = members(
        wrpac_trust_anchors=None,
        wrprc_trust_anchors=None,
        reader_trust_anchors=[b64(AUTHORITY.certificate.der)],
        usecases={"login": use_case(certificate=reader_certificate(extension))},
    )
    with pytest.raises(InvalidConfiguration) as refused:
        opened(given)
    assert said in refused.value.message
    assert refused.value.pointer == "/usecases/login/certificate"


def opened(given: dict[str, Any]) -> Any:
    return open_verification_server(
        ServerSettings.of(given), clock=TravellingClock(NOW), status_lists=None
    ).server


def test_one_listener_needs_an_api_key() -> None:
    one = members(wallet_server={"port": 8001}, internal_server={"port": 8001})
    with pytest.raises(InvalidConfiguration, match="everybody comes") as refused:
        ServerSettings.of(one)
    assert refused.value.pointer == "/internal_server/port"
    one["internal_server"]["authentication"] = {"api_key": "sesame"}
    assert ServerSettings.of(one).internal is None


def without(name: str) -> Callable[[], dict[str, Any]]:
    return lambda: members(**{name: None})


WRONG: dict[str, tuple[Callable[[], dict[str, Any]], str, str]] = {
    "no secret": (without("ephemeral_id_secret"), "/ephemeral_id_secret", "missing"),
    "a short secret": (
        lambda: members(ephemeral_id_secret="ab" * 31),
        "/ephemeral_id_secret",
        "fewer than 32",
    ),
    "a secret that is not hex": (
        lambda: members(ephemeral_id_secret="x"),
        "/ephemeral_id_secret",
        "hexadecimal",
    ),
    "no anchors": (without("issuer_trust_anchors"), "/issuer_trust_anchors", "missing"),
    "an empty list": (lambda: members(issuer_trust_anchors=[]), "/issuer_trust_anchors", "nobody to trust"),
    "PEM": (lambda: members(issuer_trust_anchors=["-----BEGIN"]), "/issuer_trust_anchors", "base64"),
    "no certificate": (lambda: members(wrpac_trust_anchors=["aGk="]), "/wrpac_trust_anchors", "not an X.509"),
    "wrprc anchors left out, as in the guide": (
        without("wrprc_trust_anchors"),
        "/wrprc_trust_anchors",
        "missing",
    ),
    "no use case": (without("usecases"), "/usecases", "1 to"),
    "a use case that is none": (lambda: members(usecases={"login": 1}), "/usecases/login", "no table"),
    "no key": (lambda: with_use_case(private_key=None), "/usecases/login/private_key", "missing"),
    "a key that is none": (
        lambda: with_use_case(private_key="aGk="),
        "/usecases/login/private_key",
        "private key",
    ),
    "another key": (
        lambda: with_use_case(private_key=b64(PrivateKey.generate().der())),
        "/usecases/login/private_key",
        "not the key of the certificate",
    ),
    "a key in an HSM": (
        lambda: with_use_case(private_key_type="hsm"),
        "/usecases/login/private_key_type",
        "module",
    ),
    "samedevice, as in the guide": (
        lambda: with_use_case(session_type_return_url="samedevice"),
        "/usecases/login/session_type_return_url",
        "none of same_device, both",
    ),
    "neither, of 0.5": (
        lambda: with_use_case(session_type_return_url="neither"),
        "/usecases/login/session_type_return_url",
        "none of",
    ),
    "an http return URL": (
        lambda: with_use_case(return_url_template="http://shop.example/"),
        "/usecases/login/return_url_template",
        "no https URL",
    ),
    "a query for all that match": (
        lambda: with_use_case(dcql_query={"credentials": [{**QUERY["credentials"][0], "multiple": True}]}),
        "/usecases/login/dcql_query",
        "multiple credential queries are not supported",
    ),
    "no query": (lambda: with_use_case(dcql_query={}), "/usecases/login/dcql_query", "credentials"),
    "a deep link that is none": (
        lambda: with_use_case(disclosure_base_deep_link="eaap"),
        "/usecases/login/disclosure_base_deep_link",
        "no start of a link",
    ),
    "a port that is none": (
        lambda: members(wallet_server={"port": 70_000}),
        "/wallet_server/port",
        "whole number",
    ),
    "an address that is none": (
        lambda: members(wallet_server={"ip": "here"}),
        "/wallet_server/ip",
        "no IP address",
    ),
    "an empty api key": (
        lambda: members(internal_server={"authentication": {"api_key": ""}}),
        "/internal_server/authentication/api_key",
        "empty",
    ),
    "a public URL that is none": (lambda: members(public_url="here"), "/public_url", "no URL"),
    "an origin with a path": (
        lambda: members(allow_origins=["https://a.example/x"]),
        "/allow_origins",
        "more than an origin",
    ),
    "an origin that is none": (lambda: members(allow_origins=["null"]), "/allow_origins", "no origin"),
    "a type that nobody extends": (
        lambda: members(extending_vct_values={"a": []}),
        "/extending_vct_values/a",
        "no type",
    ),
    "no time at all": (
        lambda: members(storage={"expiration_minutes": 0}),
        "/storage/expiration_minutes",
        "number",
    ),
    "no database": (lambda: members(storage={"url": "mysql://a/b"}), "/storage/url", "no place"),
    "a database of nowhere": (lambda: members(storage={"url": "postgres://"}), "/storage/url", "no place"),
    "true as a number": (
        lambda: members(storage={"expiration_minutes": True}),
        "/storage/expiration_minutes",
        "whole",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_by_its_key(name: str) -> None:
    make, pointer, said = WRONG[name]
    with pytest.raises(InvalidConfiguration, match=said) as refused:
        ServerSettings.of(make())
    assert (refused.value.pointer, refused.value.code) == (pointer, "invalid_configuration")
    assert b64(KEY.der())[:40] not in json.dumps(refused.value.diagnostics())


def test_samedevice_gets_a_hint() -> None:
    with pytest.raises(InvalidConfiguration) as refused:
        ServerSettings.of(with_use_case(session_type_return_url="samedevice"))
    assert refused.value.hint == '"same_device"'


def test_keys_that_do_nothing_are_told() -> None:
    settings = ServerSettings.of(
        members(alow_origins="*", usecases={"login": use_case(return_url="https://x.example")})
    )
    assert settings.warnings == (
        "usecases.login.return_url is not known, and has no effect; is it return_url_template?",
        "alow_origins is not known, and has no effect; is it allow_origins?",
    )


def test_a_file_that_cannot_be_read() -> None:
    with pytest.raises(InvalidConfiguration, match="line 1"):
        ServerSettings.parse(b"a = ]\nb = 1")
    with pytest.raises(InvalidConfiguration, match="no TOML"):
        ServerSettings.parse(b"\xff\xfe")
    with pytest.raises(InvalidConfiguration):
        ServerSettings.parse(b"a = " + b"[" * 100_000)
    with pytest.raises(LimitExceeded):
        ServerSettings.parse(b"#" * 1_048_577)


def test_a_use_case_is_checked_at_the_start() -> None:
    assert opened(members())
    with pytest.raises(InvalidConfiguration) as refused:
        opened(with_use_case(certificate=certificate(authority=OTHER_AUTHORITY)))
    assert refused.value.pointer == "/usecases/login/certificate"
    with pytest.raises(InvalidConfiguration, match="expired"):
        open_verification_server(
            ServerSettings.of(members()), clock=TravellingClock(NOW + 31 * 86_400), status_lists=None
        )
