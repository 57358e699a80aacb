"""The command ``attack``: the hostile wallet against a relying party, with reports for people and for CI."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from nlwallet.cli.attack_output import (
    AsJson,
    Html,
    Junit,
    ListCases,
    Only,
    Parallel,
    Sarif,
    Wanted,
    Within,
    Without,
    print_cases,
    read_text,
    with_progress,
)
from nlwallet.errors import LocalError
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.sandbox import Sandbox, read_hierarchy
from nlwallet.testing.hostile import (
    PATIENCE,
    CommandParty,
    EuVerifierParty,
    HostileWallet,
    NlVerifierParty,
    Outside,
    RelyingPartyUnderTest,
    VerifierParty,
    WebParty,
    attacks,
)

DEMO: Final = "demo"
_INTERFACES: Final = ("page", "nl-wallet", "eu", "command")


def attack(
    party: Annotated[
        str,
        typer.Argument(
            help="Where a session begins: the URL of a page or API that gives a link, the base URL of a verifier, "
            "a command that prints a link, or the word demo for a relying party of our own.",
            metavar="URL",
        ),
    ] = "",
    *,
    interface: Annotated[
        str, typer.Option("--interface", "-i", help=f"How it is spoken to: {', '.join(_INTERFACES)}.")
    ] = "page",
    outcome: Annotated[
        str,
        typer.Option(
            "--outcome",
            "-o",
            help="Where its outcome is seen: a URL, or a command; {name} is a member of the answer.",
        ),
    ] = "",
    success: Annotated[
        str, typer.Option(help="The text at --outcome that says that the session succeeded.")
    ] = "",
    failure: Annotated[str, typer.Option(help="The text at --outcome that says that it failed.")] = "",
    same_device: Annotated[
        str,
        typer.Option(
            "--same-device",
            help="The URL where a session begins on the phone, if --outcome goes by its cookies.",
        ),
    ] = "",
    method: Annotated[str, typer.Option(help="The method with which a session begins.")] = "GET",
    body: Annotated[Path | None, typer.Option(help="A JSON file to send with it.")] = None,
    header: Annotated[
        list[str] | None, typer.Option("--header", "-H", help="A header to send with it; repeatable.")
    ] = None,
    public: Annotated[str, typer.Option(help="nl-wallet: where wallets come, if elsewhere than URL.")] = "",
    usecase: Annotated[str, typer.Option(help="nl-wallet: the use case.")] = "",
    return_url: Annotated[str, typer.Option(help="nl-wallet: the return URL template.")] = "",
    query: Annotated[
        Path | None, typer.Option(help="eu, nl-wallet: a JSON file with the DCQL query.")
    ] = None,
    pki: Annotated[
        Path | None,
        typer.Option(
            help="A directory of nlwallet pki new, whose anchors the party trusts; without: made up."
        ),
    ] = None,
    tls_anchor: Annotated[
        Path | None, typer.Option(help="A PEM file with the TLS anchor of the party, beside the system's.")
    ] = None,
    insecure_local: Annotated[
        bool, typer.Option("--insecure-local", help="Allow plain http and addresses of this machine.")
    ] = False,
    person: Annotated[str, typer.Option(help="Whose cards it has.")] = "frouke",
    only: Only = None,
    without: Without = None,
    parallel: Parallel = 1,
    within: Within = 600.0,
    patience: Annotated[
        float,
        typer.Option(
            min=1, help="After how many seconds a party that waits for a slow sender is too patient."
        ),
    ] = PATIENCE,
    status_listen: Annotated[
        str,
        typer.Option(
            help="ADDRESS:PORT at which the status lists of the hostile wallet are served; port 0 is a free one.",
        ),
    ] = "127.0.0.1:0",
    status_url: Annotated[
        str,
        typer.Option(
            help="Where the party finds them, if elsewhere: behind a TLS proxy, out of a container."
        ),
    ] = "",
    status_tls: Annotated[
        Path | None, typer.Option(help="A PEM file with certificate and key, to serve them over https.")
    ] = None,
    junit: Junit = None,
    sarif: Sarif = None,
    html: Html = None,
    as_json: AsJson = False,
    list_: ListCases = False,
) -> None:
    """Attack a relying party: an honest presentation first, then every hostile case. Exit code 1 if a hole is found.

    The party has to trust the issuers of --pki: make them with `nlwallet pki new`, and give it their anchors.
    """
    chosen = attacks("rp", only=only or (), without=without or ())
    if list_:
        print_cases(chosen, whom="party")
        return
    if not party:
        raise typer.BadParameter("which relying party? a URL, or demo", param_hint="URL")
    if interface not in _INTERFACES:
        raise typer.BadParameter(", ".join(_INTERFACES), param_hint="--interface")
    hierarchy = read_hierarchy(pki) if pki else None
    with Sandbox(hierarchy=hierarchy) as edi:
        target = _party(
            edi,
            party,
            interface,
            outcome=outcome,
            success=success,
            failure=failure,
            method=method,
            body=_json(body) if body else None,
            headers=dict(_header(one) for one in header or ()),
            public=public or party,
            usecase=usecase,
            return_url_template=return_url,
            query=_json(query) if query else None,
            tls_anchor=str(tls_anchor or ""),
            same_device=same_device,
        )
        with ExitStack() as stack:
            http, outside = edi.client(), None
            if party != DEMO:
                http = _client(tls_anchor, insecure_local)
                outside = stack.enter_context(_outside(status_listen, status_url, status_tls))
            wallet = HostileWallet(
                edi,
                person=person,
                http=http,
                patience=patience,
                outside=outside,
                associates=interface == "nl-wallet" and party != DEMO,
            )
            report = with_progress(
                len(chosen) + 1,
                lambda tell: wallet.report(target, chosen, parallel=parallel, within=within, tell=tell),
                quiet=as_json,
            )
    Wanted(junit, sarif, html, as_json).end(report)


def _party(edi: Sandbox, party: str, interface: str, **given: Any) -> RelyingPartyUnderTest:
    if party == DEMO:
        return VerifierParty(edi.relying_party("cafe-de-vrije-val"))
    if interface == "nl-wallet":
        if not given["usecase"]:
            raise typer.BadParameter("nl-wallet needs a use case", param_hint="--usecase")
        return NlVerifierParty(
            internal=party.rstrip("/"),
            public=given["public"].rstrip("/"),
            usecase=given["usecase"],
            query=given["query"],
            return_url_template=given["return_url_template"],
            api_key=os.environ.get("NLWALLET_API_KEY", ""),
            tls_anchor=given["tls_anchor"],
        )
    if interface == "eu":
        if given["query"] is None:
            raise typer.BadParameter("eu needs a query", param_hint="--query")
        return EuVerifierParty(
            party.rstrip("/"), given["query"], options=given["body"] or {}, tls_anchor=given["tls_anchor"]
        )
    if not given["outcome"]:
        raise typer.BadParameter("where is the outcome seen?", param_hint="--outcome")
    if interface == "command":
        return CommandParty(party, given["outcome"])
    names = ("outcome", "success", "failure", "method", "body", "headers", "tls_anchor", "same_device")
    return WebParty(party, **{name: given[name] for name in names})


def _outside(listen: str, url: str, tls: Path | None) -> Outside:
    address, _, port = listen.rpartition(":")
    if not address or not port.isdecimal():
        raise typer.BadParameter("ADDRESS:PORT", param_hint="--status-listen")
    return Outside(
        address=address.strip("[]"), port=int(port), url=url, tls=None if tls is None else str(tls)
    )


def _client(tls_anchor: Path | None, insecure_local: bool) -> HttpClient:  # noqa: FBT001 - as on the command line
    pem = ""
    if tls_anchor is not None:
        pem = read_text(tls_anchor)
    return HttpClient(
        HttpPolicy(
            insecure_allow_http=insecure_local,
            insecure_allow_private_addresses=insecure_local,
            tls_anchors_pem=pem,
        )
    )


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise typer.BadParameter("Name: value", param_hint="--header")
    return name.strip(), value.strip()


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(read_text(path))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise LocalError(f"{path} holds no JSON object")
    return value
