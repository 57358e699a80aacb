"""``vp_formats_supported``: which formats and algorithms the verifier reads (OpenID4VP 1.0 §11.1, §B.2.2, §B.3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.lint.asked import MSO_MDOC, SD_JWT_VC, AskedQuery
from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.members import below, shown, type_of

_LISTS: dict[str, tuple[tuple[str, str], type, str]] = {
    SD_JWT_VC: (("sd-jwt_alg_values", "kb-jwt_alg_values"), str, "V-13"),
    MSO_MDOC: (("issuerauth_alg_values", "deviceauth_alg_values"), int, "V-14"),
}
_ES256: dict[str, frozenset[Any]] = {SD_JWT_VC: frozenset({"ES256"}), MSO_MDOC: frozenset({-7, -9})}
_OLD_LISTS = {
    "issuer_signed_alg_values": "issuerauth_alg_values",
    "device_signed_alg_values": "deviceauth_alg_values",
    "alg": "the names that the format defines",
    "alg_values": "the names that the format defines",
}
_COSE_NUMBERS = {"ES256": -7, "ES384": -35, "ES512": -36, "EdDSA": -8}


def check_formats(metadata: Mapping[str, Any], at: str, asked: AskedQuery | None, log: Findings) -> None:
    """``vp_formats_supported`` of the metadata at ``at``, also against what the query asks."""
    name = "vp_formats_supported"
    place = below(at, name)
    if "vp_formats" in metadata:
        move: tuple[Mapping[str, Any], ...] = (
            {"op": "move", "from": below(at, "vp_formats"), "path": place},
        )
        fix = Fix(f"Call it {name}.", () if name in metadata else move)
        log.error(
            "OLD-06",
            below(at, "vp_formats"),
            f"vp_formats is called {name} since draft 27; wallets ignore it.",
            fix,
        )
    if name not in metadata:
        if "vp_formats" in metadata:
            return
        check = "NL-16" if log.rules.nl_wallet else "V-12"
        log.error(check, at, f"client_metadata has no {name}.", f"Add {_example()}.")
        return
    formats = metadata[name]
    if not isinstance(formats, Mapping):
        log.error("V-12", place, f"{name} is {type_of(formats)}, not an object.", f"Write {_example()}.")
        return
    if not formats:
        log.error("V-12", place, f"{name} is empty.", f"Write {_example()}.")
        return
    for format_, members in formats.items():
        _check_format(format_, members, below(place, format_), log)
    _check_asked(formats, place, asked, log)


def _check_format(format_: str, members: Any, at: str, log: Findings) -> None:
    if format_ == "vc+sd-jwt":
        log.error("OLD-04", at, "vc+sd-jwt is called dc+sd-jwt since draft 23.", "Rename it.")
        return
    if format_ in ("jwt_vp", "jwt_vc", "ldp_vp"):
        log.warning("OLD-10", at, f"{format_} is a format of drafts; wallets ignore it.", "Leave it out.")
        return
    if format_ not in _LISTS:
        if log.rules.haip:
            log.note("HV-16", at, f"{shown(format_)} is no format of this profile; wallets ignore it.")
        return
    if not isinstance(members, Mapping):
        log.error(_LISTS[format_][2], at, f"The value of {format_} is {type_of(members)}, not an object.")
        return
    for old, new in _OLD_LISTS.items():
        if old in members:
            log.error(
                "OLD-06", below(at, old), f"{old} is a name of drafts; wallets ignore it.", f"Use {new}."
            )
    names, kind, check = _LISTS[format_]
    for name in names:
        if name in members:
            _check_list(name, members[name], kind, check, below(at, name), log)


def _check_list(name: str, values: Any, kind: type, check: str, at: str, log: Findings) -> None:
    what = "strings such as ES256" if kind is str else "COSE numbers such as -7 and -9"
    if isinstance(values, list) and values and all(type(value) is kind for value in values):
        return
    patch: tuple[Mapping[str, Any], ...] = ()
    if (
        kind is int
        and isinstance(values, list)
        and values
        and all(_cose(value) is not None for value in values)
    ):
        patch = ({"op": "replace", "path": at, "value": [_cose(value) for value in values]},)
    log.error(check, at, f"{name} is not a non-empty array of {what}.", Fix(f"List {what}.", patch))


def _check_asked(formats: Mapping[str, Any], at: str, asked: AskedQuery | None, log: Findings) -> None:
    for format_ in sorted({one.format for one in asked.credentials} if asked else ()):
        if format_ not in _LISTS:
            continue
        members = formats.get(format_)
        if format_ not in formats:
            log.error("W-25", at, f"The query asks {format_}, which is not listed here.", f"Add {format_}.")
        elif isinstance(members, Mapping):
            for name in _LISTS[format_][0]:
                _check_es256(format_, name, members.get(name), below(at, format_), log)


def _check_es256(format_: str, name: str, values: Any, at: str, log: Findings) -> None:
    wanted = _ES256[format_]
    if isinstance(values, list) and values:
        if wanted.isdisjoint(value for value in values if isinstance(value, str | int)):
            log.error(
                "HV-19",
                below(at, name),
                f"{name} has no number or name for ES256, which all wallets use.",
                _es256(format_),
            )
    elif values is None and log.rules.nl_wallet:
        log.error("NL-16", at, f"The NL Wallet wants {name} with ES256 in it.", _es256(format_))


def _es256(format_: str) -> str:
    return "List ES256." if format_ == SD_JWT_VC else "List -7 and -9."


def _cose(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return _COSE_NUMBERS.get(value) if isinstance(value, str) else None


def _example() -> str:
    return '{"dc+sd-jwt": {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}}'
