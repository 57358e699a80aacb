"""What the fuzz run found in the linter, kept."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.encoding import dump_json
from nlwallet.errors import MalformedInput
from nlwallet.lint import lint


@pytest.mark.parametrize("request_", ["openid4vp://?client_id=a\udcff", b"openid4vp://?client_id=a\xff"])
def test_a_request_that_no_report_could_be_written_about(request_: str | bytes) -> None:
    with pytest.raises(MalformedInput, match="UTF-8"):
        lint(request_)


@pytest.mark.parametrize("mode", [["direct_post"], {"a": 1}, 7, None], ids=repr)
def test_a_response_mode_of_any_type(mode: Any) -> None:
    report = lint(dump_json({"client_id": "x509_hash:a", "response_mode": mode, "nonce": "n"}))
    assert not report.ok


@pytest.mark.parametrize("scheme", ["openid-credential-offer", "haip-vci"])
def test_a_credential_offer_is_no_request(scheme: str) -> None:
    with pytest.raises(MalformedInput, match="credential offer") as refused:
        lint(f"{scheme}://?credential_offer=%7B%7D")
    assert "nlwallet decode" in refused.value.hint
