"""Which addresses of a party may be opened, and as what link."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlwallet.holder.contact import Contact, contact, contacts


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        (
            "https://rp.example/wissen?x=1#formulier",
            "",
            Contact("web", "https://rp.example/wissen?x=1#formulier"),
        ),
        ("privacy@rp.example", "", Contact("email", "privacy@rp.example")),
        ("mailto:o'brien+avg@mail.rp.example", "", Contact("email", "o'brien+avg@mail.rp.example")),
        ("+31 (0)20-1234567", "", Contact("telephone", "+31201234567")),
        ("0048221234567", "", Contact("telephone", "+48221234567")),
        ("tel:+31-20-123-4567", "", Contact("telephone", "+31201234567")),
        ("088 1234 567", "NL", Contact("telephone", "0881234567;phone-context=+31")),
        ("0153732222", "FR", Contact("telephone", "0153732222;phone-context=+33")),
    ],
)
def test_what_may_be_opened(text: str, country: str, expected: Contact) -> None:
    assert contact(text, country=country) == expected


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "file:///etc/passwd", "intent://x#Intent;end",
        "http://rp.example/", "https://", "https://user:secret@rp.example/", "https://rp.example/ x",
        "https://rp.example/\nx",
        "https://rp.example/#a b", "https://rp.example/#\u202ex", "//rp.example/", "rp.example",
        "",
        "mailto:a@rp.example?bcc=b@evil.example", "a@rp.example?subject=x", "a@rp.example,b@evil.example",
        "a@rp.example\r\nBcc: b@evil.example", "mailto:a%40evil.example@rp.example", "a@b@rp.example", "@rp.example",
        "Naam <a@rp.example>", "a@rp", "a@-rp.example", ".a@rp.example", "a..b@rp.example", "a@rp.example\n",
        f"{'a' * 250}@rp.example", "tel:+31201234567;phone-context=evil", "tel:*21*06#", "+31 20 abc", "12",
        "+" + "1" * 16,
        "0201234567", "020\n1234567", "sms:+31201234567",
    ],
)  # fmt: skip
def test_what_may_not(text: str) -> None:
    assert contact(text) is None


def test_a_number_without_a_country_is_not_dialled_just_anywhere() -> None:
    assert contact("0201234567", country="XX") is None


def test_web_comes_before_email_before_telephone_and_each_once() -> None:
    found = contacts(
        ["+31201234567", "a@rp.example", "https://rp.example/", "mailto:a@rp.example", "javascript:x"]
    )
    assert [one.channel for one in found] == ["web", "email", "telephone"]
    assert len(contacts(f"https://rp.example/{number}" for number in range(100))) == 16


def test_a_mail_link_is_encoded_as_rfc_6068_has_it() -> None:
    uri = Contact("email", "o'brien+avg@rp.example").uri(
        subject="Één & meer?", body="Regel 1\nRegel 2 = 100%"
    )
    assert uri == (
        "mailto:o%27brien%2Bavg@rp.example?subject=%C3%89%C3%A9n%20%26%20meer%3F"
        "&body=Regel%201%0D%0ARegel%202%20%3D%20100%25"
    )
    assert Contact("email", "a@rp.example").uri() == "mailto:a@rp.example"
    assert Contact("telephone", "+31201234567").uri(subject="x", body="y") == "tel:+31201234567"
    assert Contact("web", "https://rp.example/").uri(subject="x", body="y") == "https://rp.example/"


@given(st.text(max_size=60), st.text(max_size=200))
def test_no_text_gets_out_of_its_field(subject: str, body: str) -> None:
    """Whatever subject and body say, the link has these two fields, and one recipient."""
    subject, body = (
        "".join(one for one in text if not "\ud800" <= one <= "\udfff") for text in (subject, body)
    )
    parts = urlsplit(Contact("email", "a@rp.example").uri(subject=subject, body=body))
    assert (parts.scheme, unquote(parts.path), parts.fragment) == ("mailto", "a@rp.example", "")
    fields = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    wanted = {"subject": subject, "body": body.replace("\n", "\r\n")}
    assert fields == {name: [text] for name, text in wanted.items() if text}


@given(st.text(max_size=80))
def test_whatever_is_opened_is_one_of_three_schemes(text: str) -> None:
    found = contact(text, country="NL")
    if found is not None:
        uri = found.uri(subject="x")
        assert uri.startswith({"web": "https://", "email": "mailto:", "telephone": "tel:"}[found.channel])
        assert uri.isascii()
        assert uri.isprintable()
        assert " " not in uri
