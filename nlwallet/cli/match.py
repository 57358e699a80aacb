"""``nlwallet match``: why a query matches the cards of a persona, or cards in files, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from nlwallet.cli.source import read_source
from nlwallet.cli.tree import clean
from nlwallet.dcql import MSO_MDOC, CandidateCredential, DcqlQuery, Explanation, match
from nlwallet.encoding import b64url_decode, parse_json_object, parse_signed_json
from nlwallet.errors import InvalidCredential
from nlwallet.sandbox import Sandbox
from nlwallet.sdjwt import UnverifiedSdJwt, known_types
from nlwallet.sdjwt.digest import hash_function
from nlwallet.sdjwt.reading import DisclosureReader


def explain_match(query: str, *, personas: Sequence[str], cards: Sequence[str]) -> Explanation:
    """The tree for a query (DCQL, or a request that holds one) and these cards.

    ``cards`` are files or texts of SD-JWT VCs; they are read, not verified. Raises a
    :class:`~nlwallet.errors.NlWalletError`.
    """
    asked = _query(query)
    candidates = [_card(read_source(card), n) for n, card in enumerate(cards, 1)]
    if personas:
        with Sandbox() as edi:
            for name in personas:
                candidates += [
                    replace(
                        one.candidate,
                        id=f"{name}: {one.type}" + (" (mdoc)" if one.format == MSO_MDOC else ""),
                    )
                    for one in edi.wallet(name).in_every_format
                ]
    return match(asked, candidates).explain()


def print_explanation(console: Console, tree: Explanation) -> None:
    """The tree with colours: green fits, red does not."""
    console.print(_branch(Tree(_line(tree), guide_style="dim"), tree))


def _branch(at: Tree, tree: Explanation) -> Tree:
    for reason in tree.because:
        _branch(at.add(_line(reason)), reason)
    return at


def _line(node: Explanation) -> Text:
    mark = Text("✓ ", style="green") if node.fulfilled else Text("✗ ", style="red")
    section = Text(f"  {node.spec}", style="dim") if node.spec and not node.fulfilled else Text("")
    return mark + Text(clean(node.text)) + section


def _query(argument: str) -> DcqlQuery:
    value: Any = parse_json_object(read_source(argument), what="the query")
    inside = value.get("dcql_query", value)
    pointer = "/dcql_query" if "dcql_query" in value else ""
    return DcqlQuery.parse(inside, pointer=pointer)


def _card(text: str, number: int) -> CandidateCredential:
    """A card as the query language sees it; nobody checks who issued it."""
    token = UnverifiedSdJwt.parse(text)
    _, _, rest = token.issuer_jwt.partition(".")
    payload = parse_signed_json(b64url_decode(rest.partition(".")[0]), what="the credential")
    if not isinstance(payload, dict) or not isinstance(payload.get("vct"), str):
        raise InvalidCredential(
            "this is no SD-JWT VC",
            spec="SD-JWT VC §2.2",
            pointer="/payload/vct",
            hint="give a compact SD-JWT VC",
        )
    reader = DisclosureReader(hash_function(payload.get("_sd_alg", "sha-256")), token.disclosures)
    claims = reader.read(payload)
    vct = payload["vct"]
    return CandidateCredential(
        id=f"card {number}: {vct}",
        format="dc+sd-jwt",
        types=known_types().ancestors(vct),
        claims=claims,
        holder_binding="cnf" in claims,
        disclosable=frozenset(reader.found),
    )
