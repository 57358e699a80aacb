"""The options of ``nlwallet demo``."""

from __future__ import annotations

from typing import Annotated

import typer

from nlwallet.cli.one_input import AsJson


def demo(
    *,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            "--scenario", "-s", help="gemeente-amsterdam, cafe-de-vrije-val or over-asking; repeatable."
        ),
    ] = None,
    interactive: Annotated[
        bool, typer.Option("--interactive", "-i", help="Decide at the prompt yourself.")
    ] = False,
    http: Annotated[
        bool, typer.Option("--http", help="Real HTTPS on ports of 127.0.0.1 instead of in process.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every check and what goes over the wire.")
    ] = False,
    as_json: AsJson = False,
    language: Annotated[
        str, typer.Option("--language", "-l", help="Language of the citizen: nl or en.")
    ] = "nl",
) -> None:
    """Walk the pilots: register, issue, ask, consent, present, verify."""
    from rich.console import Console

    from nlwallet.cli.demo import DEFAULT_SCENARIOS, DemoOptions, show_demo

    if language not in ("nl", "en"):
        raise typer.BadParameter("nl or en", param_hint="--language")
    if interactive and as_json:
        raise typer.BadParameter("--interactive and --json exclude each other")
    options = DemoOptions(
        scenarios=tuple(scenario or DEFAULT_SCENARIOS),
        interactive=interactive,
        http=http,
        verbose=verbose,
        as_json=as_json,
        language="nl" if language == "nl" else "en",
    )
    show_demo(options, Console())
