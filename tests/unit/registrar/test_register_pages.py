"""The register and the trusted lists as pages: what is on them, what can be fetched, and that nothing breaks out."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlwallet.clock import TravellingClock
from nlwallet.crypto import Certificate, PrivateKey
from nlwallet.errors import LocalError
from nlwallet.registrar import Registrar
from nlwallet.registrar.page_html import STYLE
from nlwallet.registrar.page_texts import LANGUAGES, TEXTS
from nlwallet.registration import CredentialType, RelyingPartyRecord, verify_wrprc
from nlwallet.sandbox import pilot
from nlwallet.trust import EU, LIST_KINDS, NOTIFIED, PID_PROVIDERS, PUB_EAA_PROVIDERS, verify_lote

BASE = "https://registrar.example"
NOW = 1_790_000_000
RECORD = pilot("cafe-de-vrije-val").record
LOGIN = pilot("gemeente-amsterdam").record
ME = RECORD.identifier
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def variant(**changes: Any) -> RelyingPartyRecord:
    return RelyingPartyRecord.of(**{**RECORD.model_dump(exclude_none=True), **changes})


class Office:
    """A register with the café and the municipality in it, and somebody with a browser."""

    def __init__(self) -> None:
        self.clock = TravellingClock(NOW)
        self.registrar = Registrar.create(clock=self.clock, base_url=BASE)
        for record in (RECORD, LOGIN):
            self.enter(record)

    def enter(self, record: RelyingPartyRecord) -> Any:
        return self.registrar.register(record, PrivateKey.generate().public, dns_names=("rp.example",))

    def get(self, path: str, **headers: str) -> httpx.Response:
        async def sent() -> httpx.Response:
            transport = httpx.ASGITransport(self.registrar.app)
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
                return await client.get(path, headers={**BROWSER, **headers})

        return asyncio.run(sent())

    def page(self, path: str, *, status: int = 200, **headers: str) -> str:
        """The page as it is, with its characters for people."""
        reply = self.get(path, **headers)
        assert reply.status_code == status, reply.text
        assert reply.headers["content-type"] == "text/html; charset=utf-8"
        return unescape(reply.text)


@pytest.fixture
def office() -> Office:
    return Office()


def words(page: str) -> str:
    """What a person reads."""
    return " ".join(re.sub(r"<style.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL).split())


@pytest.mark.req("Reg_04", "Reg_01b")
def test_anybody_reads_who_a_party_is_and_what_it_asks(office: Office) -> None:
    page = words(office.page(f"/register/{ME}", **{"accept-language": "nl"}))
    for told in (
        *(RECORD.trade_name, RECORD.legal_name, ME, RECORD.website, RECORD.support_uri),
        *(RECORD.supervisory_authority.name, "21 september 2026"),
        *(RECORD.intended_uses[0].purpose.nl, RECORD.intended_uses[0].purpose.en),
        RECORD.services[0].descriptions[0].nl,
        "18 jaar of ouder",
        RECORD.intended_uses[0].privacy_policy,
    ):
        assert told in page, told
    english = words(office.page(f"/register/{ME}", **{"accept-language": "en"}))
    assert RECORD.services[0].descriptions[0].en in english
    assert "21 September 2026" in english


@pytest.mark.req("Reg_04")
def test_programs_get_json_at_the_same_address_and_people_a_page(office: Office) -> None:
    assert office.get(f"/register/{ME}", accept="application/json").json()["identifier"] == ME
    assert office.get(f"/register/{ME}", accept="*/*").json()["identifier"] == ME
    reply = office.get(f"/register/{ME}")
    assert reply.text.startswith("<!doctype html>")
    assert "Accept" in reply.headers["vary"]


@pytest.mark.req("Reg_10d", "Reg_10e")
def test_each_service_has_its_own_uses_and_what_it_issues(office: Office) -> None:
    use = RECORD.intended_uses[0].model_dump(exclude_none=True)
    diploma = CredentialType(types=("urn:example:diploma",))
    both = variant(
        identifier="NTRNL-90000055",
        entitlements=("Service_Provider", "Non_Q_EAA_Provider"),
        intended_uses=(use, {**use, "id": "second", "purpose": {"nl": "Het tweede doel", "en": "The second aim"}}),
        services=(
            {"id": "bar", "trade_name": "De Bar", "descriptions": [{"nl": "Bar", "en": "Bar"}],
             "intended_uses": [use["id"]]},
            {"id": "desk", "trade_name": "De Balie", "descriptions": [{"nl": "Balie", "en": "Desk"}],
             "intended_uses": ["second"], "provides_attestations": [diploma.model_dump()]},
        ),
    )  # fmt: skip
    office.enter(both)
    page = office.page("/register/NTRNL-90000055", **{"accept-language": "nl"})
    bar, desk = page.index("Dienst: De Bar"), page.index("Dienst: De Balie")
    assert bar < page.index(RECORD.intended_uses[0].purpose.nl) < desk < page.index("Het tweede doel")
    assert desk < page.index("urn:example:diploma (dc+sd-jwt)")
    with pytest.raises(LocalError, match="belongs to a service"):  # a use that is nobody's
        variant(
            intended_uses=(use,),
            services=({**both.services[1].model_dump(), "provides_attestations": ()},) * 1
            + (
                {"id": "x", "trade_name": "x", "descriptions": [{"nl": "x", "en": "x"}], "intended_uses": []},
            ),
        )


@pytest.mark.req("Reg_26")
def test_it_is_told_who_intends_to_ask_for_others(office: Office) -> None:
    office.enter(variant(identifier="NTRNL-90000066", trade_name="Bemiddelaar", is_intermediary=True))
    served = variant(
        identifier="NTRNL-90000067",
        trade_name="Bediende",
        uses_intermediary={
            "identifier": "NTRNL-90000066",
            "trade_name": "Bemiddelaar",
            "evidence": "contract 17",
        },
    )
    office.enter(served)
    assert "Ja, vraagt ook voor andere partijen" in office.page("/register/NTRNL-90000066")
    page = office.page("/register/NTRNL-90000067")
    assert '<a href="/register/NTRNL-90000066">Bemiddelaar</a>' in page
    assert "contract 17" not in page  # what the registrar was shown is its own
    assert "Tussenpersoon" not in office.page(f"/register/{ME}")


@pytest.mark.req("Reg_10", "Reg_10b", "Reg_32")
def test_certificates_can_be_fetched_and_their_state_is_told(office: Office) -> None:
    party = office.enter(variant(identifier="NTRNL-90000077"))
    page = office.page("/register/NTRNL-90000077")
    leaf = party.access_chain.leaf
    assert leaf.subject.identifier == "NTRNL-90000077"
    [pem] = re.findall(r'href="(/register/\S+\.pem)"', page)
    assert Certificate.from_pem(office.get(pem).content) == leaf
    reply = office.get(pem.replace(".pem", ".cer"))
    assert Certificate.from_der(reply.content) == leaf
    assert reply.headers["content-type"] == "application/pkix-cert"
    assert leaf.sha256().hex(":") in page
    assert "Certificaat 1: geldig" in page
    assert Certificate.from_der(office.get("/access-ca.cer").content).issued(leaf)
    [token] = re.findall(r'href="(/register/\S+\.jwt)"', page)
    registration = verify_wrprc(
        office.get(token).text,
        anchors=(office.registrar.registration_anchor,),
        now=NOW,
        algorithms=frozenset({"ES256"}),
    )
    assert registration.identifier == "NTRNL-90000077"
    office.clock.travel(366 * 86_400)
    assert "Certificaat 1: verlopen" in office.page("/register/NTRNL-90000077")


def test_a_certificate_of_another_party_or_none_is_not_there(office: Office) -> None:
    [pem] = re.findall(r'href="/register/\S+/certificates/(\S+)\.pem"', office.page(f"/register/{ME}"))
    for path in (
        f"/register/{LOGIN.identifier}/certificates/{pem}.pem",
        f"/register/{ME}/certificates/{'0' * 64}.cer",
        f"/register/{ME}/certificates/..%2f..%2fx.pem",
        f"/register/{ME}/services/main/uses/none.jwt",
        "/register/NTRNL-00000000/certificates/x.pem",
        "/lists/certificates/x.cer",
    ):
        assert office.get(path).status_code == 404, path


@pytest.mark.req("Reg_04", "Reg_09")
def test_the_change_log_is_public_and_its_reasons_are_not(office: Office) -> None:
    office.clock.travel(86_400)
    changed = variant(website="https://new.cafe.example/")
    office.registrar.update(changed, reason="the owner, Mr X, asked")
    page = office.page(f"/register/{ME}", **{"accept-language": "en"})
    assert "22 September 2026: Data changed" in words(page)
    assert "/website" in page
    assert "Mr X" not in page
    entry = office.registrar.look_up(ME)
    assert entry is not None
    assert not any(change.reason for change in entry.changes)
    assert "Certificate 1: valid" in page
    assert "Certificate 2: revoked" in page


@pytest.mark.parametrize(
    ("stop", "told"), [("suspend", "Tijdelijk gestopt"), ("cancel", "Uit het register gehaald")]
)
def test_a_party_that_was_stopped_says_so_and_no_more(office: Office, stop: str, told: str) -> None:
    getattr(office.registrar, stop)(ME)
    page = office.page(f"/register/{ME}")
    assert told in page
    assert TEXTS["nl"]["stopped"] in page
    assert "ingetrokken" in page
    assert RECORD.intended_uses[0].purpose.nl not in page
    assert ".jwt" not in page
    assert RECORD.trade_name not in words(office.page("/register")), "it is in no list"


@pytest.mark.req("Reg_04")
def test_search_in_names_numbers_and_purposes(office: Office) -> None:
    def found(query: str) -> list[str]:
        return re.findall(r'<a href="/register/([A-Z]\S+?)[?"]', office.page(f"/register?q={query}"))

    both = sorted((ME, LOGIN.identifier))
    assert found("") == both
    assert found("VRIJE") == found(ME) == found("18%20jaar") == found("18%20or%20older") == [ME]
    assert found("nergens") == []
    assert "Geen partij gevonden" in office.page("/register?q=nergens")
    assert "1 partij" in words(office.page("/register?q=vrije"))


def test_pages_of_the_list(office: Office) -> None:
    for number in range(41):
        office.registrar.enter(variant(identifier=f"NTRNL-910000{number:02}", trade_name=f"Zaak {number}"))

    def parties(path: str) -> list[str]:
        return re.findall(r'<a href="/register/(NTRNL-\d+)', office.page(path))

    first, second, third = (parties(f"/register?page={number}") for number in (1, 2, 3))
    assert (len(first), len(second), len(third)) == (20, 20, 3)
    assert first + second + third == sorted(first + second + third)
    assert len(set(first + second + third)) == 43
    assert "U ziet 21 tot en met 40 van 43." in office.page("/register?page=2")
    assert 'href="/register?q=Zaak&page=3"' in office.page("/register?q=Zaak&page=2")
    assert "Volgende" not in office.page("/register?page=3")
    for wrong, status in (
        ("4", 404),
        ("0", 400),
        ("-1", 400),
        ("x", 400),
        ("99999", 400),
        ("", 400),
        ("²", 400),
    ):
        office.page(f"/register?page={wrong}", status=status)


def test_both_languages_and_a_choice_that_is_kept(office: Office) -> None:
    assert '<html lang="nl">' in office.page("/register")
    assert '<html lang="en">' in office.page("/register", **{"accept-language": "en-GB,nl;q=0.5"})
    page = office.page("/register?lang=en&q=vrije", **{"accept-language": "nl"})
    assert '<html lang="en">' in page
    assert f'href="/register/{ME}?lang=en"' in page
    assert 'href="/register?q=vrije&lang=nl"' in page
    assert '<html lang="nl">' in office.page("/register?lang=fr")
    assert office.get("/register?lang=en").headers["content-language"] == "en"
    assert TEXTS["nl"].keys() == TEXTS["en"].keys()


def test_the_words_are_short_enough_for_everybody() -> None:
    for language in LANGUAGES:
        for name, text in TEXTS[language].items():
            for sentence in re.split(r"[.?!]\s", text):
                assert name == "months" or len(sentence.split()) <= 15, (language, name)


PATHS = [
    *("/", "/register", f"/register/{ME}", "/register/NTRNL-00000000"),
    *("/lists", "/lists/pid-providers", "/lists/none"),
]


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_locked_up(office: Office, path: str) -> None:
    reply = office.get(path)
    policy = reply.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script" not in policy
    assert "frame-ancestors 'none'" in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert "<script" not in reply.text
    assert " style=" not in reply.text
    assert reply.text.count(f"<style>{STYLE}</style>") == 1


def test_a_page_that_is_not_there(office: Office) -> None:
    page = office.page("/register/NTRNL-00000000", status=404)
    assert TEXTS["nl"]["error.404"] in page
    assert 'href="/register"' in page
    office.page("/lists/none", status=404)
    office.registrar.cancel_registration_authority()
    for path in ("/register", f"/register/{ME}"):
        assert TEXTS["nl"]["error.403"] in office.page(path, status=403)


HOSTILE = '"><script>alert(1)</script>\u202etxet'


def test_what_a_party_calls_itself_stays_text(office: Office) -> None:
    office.enter(variant(identifier="NTRNL-90000088", trade_name=HOSTILE, legal_name=HOSTILE))
    for path in ("/register", "/register/NTRNL-90000088", "/register?q=%22%3E%3Cscript%3E"):
        reply = office.get(path)
        assert "<script" not in reply.text
        assert "\u202e" not in reply.text
    assert "&lt;script&gt;" in office.get("/register/NTRNL-90000088").text


@pytest.fixture(scope="module")
def httpx_says_nothing() -> Iterator[None]:
    """What is asked at random may happen to be somebody's number, and httpx logs each address."""
    logger = logging.getLogger("httpx")
    before = logger.level
    logger.setLevel(logging.WARNING)
    yield
    logger.setLevel(before)


@pytest.mark.usefixtures("httpx_says_nothing")
@given(query=st.text(max_size=300), page=st.text(max_size=8), language=st.text(max_size=5))
def test_whatever_is_asked_there_is_a_page(query: str, page: str, language: str) -> None:
    reply = OFFICE.get(f"/register?{httpx.QueryParams({'q': query, 'page': page, 'lang': language})}")
    assert reply.status_code in (200, 400, 404)
    assert "<script" not in reply.text


OFFICE = Office()


@pytest.mark.req("TLPub_05")
def test_the_lists_are_readable_for_people_and_signed_for_machines(office: Office) -> None:
    registrar = office.registrar
    anchor = registrar.access_anchor
    registrar.lists.notify(
        PID_PROVIDERS, "Uitgever & Zoon", issuance=(anchor,), website="https://uitgever.example"
    )
    registrar.lists.notify(PUB_EAA_PROVIDERS, "Gemeente Test", issuance=(anchor,))
    overview = words(office.page("/lists"))
    assert all(TEXTS["nl"][f"list.{name}"] in overview for name in LIST_KINDS)
    assert registrar.lists.signer.sha256().hex(":") in overview
    page = office.page("/lists/pid-providers")
    assert "Uitgever & Zoon" in page
    assert anchor.sha256().hex(":") in page
    [signed] = re.findall(r'href="(/lists/\S+\.jwt)"', page)
    read = verify_lote(office.get(signed).text, kind=PID_PROVIDERS, territory=EU, signers=(registrar.lists.signer,),
                       now=NOW)  # fmt: skip
    assert [one.name for one in read.entities] == ["Uitgever & Zoon"]
    address = re.findall(r'href="(/lists/certificates/\S+\.pem)"', page)[0]
    assert Certificate.from_pem(office.get(address).content) == anchor
    assert Certificate.from_der(office.get(address.replace(".pem", ".cer")).content) == anchor
    assert registrar.lists.entities(PUB_EAA_PROVIDERS)[0].services[0].status == NOTIFIED
    assert "Uitgifte: aangemeld" in office.page("/lists/pub-eaa-providers")
    registrar.lists.cancel(PUB_EAA_PROVIDERS, "Gemeente Test")
    assert "Uitgifte: ingetrokken" in office.page("/lists/pub-eaa-providers")
    assert TEXTS["nl"]["list_empty"] in office.page("/lists/wallet-providers")


@pytest.mark.req("Reg_04", "TLPub_03")
def test_a_register_without_a_secure_channel_is_none() -> None:
    with pytest.raises(LocalError, match="secure channel"):
        Registrar.create(clock=TravellingClock(NOW), base_url="http://registrar.example")
