"""``[usecases.<name>]``: a certificate with its key, what is asked, and where the user goes afterwards."""

from __future__ import annotations

from nlwallet.crypto import Certificate, CertificateChain, PrivateKey
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidConfiguration, RemoteError
from nlwallet.verifier.nl_server.ephemeral_id import Version
from nlwallet.verifier.nl_server.return_url import ReturnUrlUse, is_return_url_template
from nlwallet.verifier.nl_server.settings_table import Table
from nlwallet.verifier.nl_server.use_case import UseCase, supported_query


def read_use_case(name: str, table: Table, *, version: Version, insecure: bool = False) -> UseCase:
    """A use case. Raises :class:`~nlwallet.errors.InvalidConfiguration`."""
    certificate, key = read_key_pair(table)
    return UseCase(
        name=name,
        chain=CertificateChain(certificate),
        key=key,
        query=read_query(table, version),
        return_url_use=_return_url_use(table, version),
        return_url_template=_template(table, version, insecure=insecure),
        deep_link=_deep_link(table) if version == "0.6" else None,
        accept_undetermined_status=table.boolean("accept_undetermined_revocation_status", default=False),
        accept_missing_status=table.boolean("accept_missing_revocation_status", default=False),
        registration_certificate=table.optional_text("registration_certificate"),
    )


def read_key_pair(table: Table) -> tuple[Certificate, PrivateKey]:
    """A certificate and its key. Raises :class:`~nlwallet.errors.InvalidConfiguration`."""
    certificate, key = _certificate(table), _key(table)
    if certificate.public_key != key.public:
        raise table.wrong("private_key", "it is not the key of the certificate")
    return certificate, key


def _certificate(table: Table) -> Certificate:
    try:
        return Certificate.from_der(table.octets("certificate"))
    except InvalidConfiguration:
        raise
    except RemoteError as error:
        raise table.wrong("certificate", error.message) from None


def _key(table: Table) -> PrivateKey:
    kind = table.text("private_key_type", "software")
    if kind == "hsm":
        raise table.wrong(
            "private_key_type", "there is no hardware security module here", hint='"software", for a test'
        )
    if kind != "software":
        raise table.wrong("private_key_type", "it is neither software nor hsm")
    try:
        key = PrivateKey.from_der(table.octets("private_key"))
    except InvalidConfiguration:
        raise
    except RemoteError as error:
        raise table.wrong("private_key", error.message, hint="PKCS #8, DER, in base64") from None
    if key.curve != "P-256":
        raise table.wrong("private_key", f"it is on {key.curve}", hint="the NL Wallet has P-256 alone")
    return key


def _return_url_use(table: Table, version: Version) -> ReturnUrlUse:
    given = table.text("session_type_return_url", ReturnUrlUse.SAME_DEVICE)
    known = [str(one) for one in ReturnUrlUse if version == "0.5" or one is not ReturnUrlUse.NEITHER]
    if given not in known:
        hint = '"same_device"' if given.replace("-", "").lower() == "samedevice" else ""
        raise table.wrong("session_type_return_url", f"it is none of {', '.join(known)}", hint=hint)
    return ReturnUrlUse(given)


def _template(table: Table, version: Version, *, insecure: bool) -> str | None:
    template = table.optional_text("return_url_template")
    if template is not None and not is_return_url_template(
        template, offers=version == "0.6", insecure=insecure
    ):
        raise table.wrong(
            "return_url_template",
            "it is no https URL",
            hint="https://shop.example/return?session_token={session_token}",
        )
    return template


def read_query(table: Table, version: Version = "0.6") -> DcqlQuery | None:
    """``dcql_query``, if there is one. Raises :class:`~nlwallet.errors.InvalidConfiguration`."""
    value = table.get("dcql_query")
    if value is None:
        return None
    try:
        return supported_query(value, version=version)
    except RemoteError as error:
        pointer = error.pointer.removeprefix("/dcql_query")
        raise table.wrong(
            "dcql_query", f"{error.message} at {pointer}" if pointer else error.message, hint=error.hint
        ) from None


def _deep_link(table: Table) -> str | None:
    link = table.optional_text("disclosure_base_deep_link")
    if link is not None and (
        "://" not in link or not link.isascii() or not link.isprintable() or "?" in link
    ):
        raise table.wrong("disclosure_base_deep_link", "it is no start of a link", hint="eu-eaap://")
    return link
