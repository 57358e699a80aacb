"""A relying party's page that asks through the browser: navigator.credentials.get({digital: …}).

    python examples/website_with_dc_api.py            a citizen clicks through it in headless Chromium
    python examples/website_with_dc_api.py --show     the same in a window: click yourself, answer in the terminal

The browser's Digital Credentials API is the test double of nlwallet.testing, with a wallet of the sandbox
behind it. Without Playwright or Chromium the double plays the page too.
"""

import json
import os
import secrets
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from nlwallet import NlWalletError, Sandbox, Verifier
from nlwallet.sandbox import pilot
from nlwallet.testing import DigitalCredentials, denies

CHROMIUM = os.environ.get("NLWALLET_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")

TEXTS = {
    "nl": {
        "title": "Bent u 18 of ouder?",
        "share": "Laat het zien met uw wallet",
        "stop": "Stoppen",
        "waiting": "Kijk in uw wallet.",
        "adult": "Ja, u bent 18 of ouder. Veel plezier.",
        "minor": "Nee, u bent nog geen 18.",
        "nothing": "U hebt niets gedeeld.",
        "refused": "Het is niet gelukt.",
        "no_api": "Deze browser kan dit niet. Vraag het aan de bar.",
    },
    "en": {
        "title": "Are you 18 or older?",
        "share": "Show it with your wallet",
        "stop": "Stop",
        "waiting": "Look in your wallet.",
        "adult": "Yes, you are 18 or older. Enjoy.",
        "minor": "No, you are not 18 yet.",
        "nothing": "You shared nothing.",
        "refused": "It did not work.",
        "no_api": "This browser cannot do this. Ask at the bar.",
    },
}

PAGE = """<!doctype html>
<html lang="%(lang)s">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%(party)s</title>
<style>
  body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 28rem; margin: 3rem auto; padding: 0 1rem; color: #14213d }
  button { font: inherit; padding: .6rem 1.2rem; border: 0; border-radius: .4rem; background: #154273; color: #fff }
  button#stop { background: none; color: #154273; text-decoration: underline }
  output { display: block; margin-top: 1.5rem; font-weight: 600; min-height: 1.5em }
</style>
<p>%(party)s</p>
<h1>%(title)s</h1>
<p>%(purpose)s</p>
<button id="share">%(share)s</button>
<button id="stop" hidden>%(stop)s</button>
<output id="said" role="status"></output>
<script type="application/json" id="request">%(request)s</script>
<script type="application/json" id="texts">%(texts)s</script>
<script type="module">
  const [share, stop, said] = ["share", "stop", "said"].map((id) => document.getElementById(id));
  const [request, texts] = ["request", "texts"].map((id) => JSON.parse(document.getElementById(id).textContent));
  const say = (what) => { said.textContent = texts[what]; said.dataset.what = what; };

  const askWallet = async () => {
    const stopped = new AbortController();
    stop.onclick = () => stopped.abort();
    stop.hidden = false;
    say("waiting");
    try {
      const digital = { requests: [request] };
      return await navigator.credentials.get({ mediation: "required", digital, signal: stopped.signal });
    } finally {
      stop.hidden = true;
    }
  };

  share.onclick = async () => {
    // The request is in the page already: a click counts for a few seconds only, too short to fetch one first.
    if (!globalThis.DigitalCredential?.userAgentAllowsProtocol(request.protocol)) return say("no_api");
    try {
      const { data } = await askWallet();
      if (data.error) return say("nothing"); // the wallet's answer is an error code (OpenID4VP 1.0 §A.4)
      const headers = { "Content-Type": "application/json" };
      const reply = await fetch("/answer", { method: "POST", headers, body: JSON.stringify(data) });
      if (!reply.ok) return say("refused");
      share.hidden = true; // one request, one answer
      say((await reply.json()).age_over_18 ? "adult" : "minor");
    } catch (error) {
      // Closed by the citizen, refused by the wallet or stopped on this page: the browser does not tell which.
      say(["NotAllowedError", "AbortError"].includes(error.name) ? "nothing" : "refused");
    }
  };
</script>
"""


def website(verifier: Verifier, origin: str, **how: object) -> Starlette:
    """The relying party at ``origin``; ``how`` goes to :meth:`Verifier.dc_api_request`."""
    asked: dict[str, str] = {}  # the user's session here → the request that waits for an answer

    def page(request: Request) -> Response:
        lang = "en" if request.query_params.get("lang") == "en" else "nl"
        session = secrets.token_urlsafe()
        made = verifier.dc_api_request(**{"origins": [origin], "browser_session": session, **how})
        asked[session] = made.id
        texts = TEXTS[lang]
        html = PAGE % {
            **texts,
            "lang": lang,
            "party": escape(verifier.certificates.record.trade_name),
            "purpose": escape(made.purpose.get(lang, "")),
            "request": json.dumps(made.as_json()).replace("<", "\\u003c"),
            "texts": json.dumps(texts).replace("<", "\\u003c"),
        }
        reply = HTMLResponse(html, headers={"Cache-Control": "no-store"})
        reply.set_cookie("session", session, httponly=True, samesite="strict", secure=origin[:6] == "https:")
        return reply

    async def answer(request: Request) -> Response:
        session = request.cookies.get("session", "")
        try:
            result = await run_in_threadpool(
                verifier.receive_dc_api,
                asked.get(session, ""),
                await request.json(),
                origin=origin,
                browser_session=session,
            )
            return JSONResponse(result.claims("pid"))
        except (NlWalletError, ValueError) as error:
            return JSONResponse({"error": getattr(error, "code", "malformed")}, 400)

    return Starlette(routes=[Route("/", page), Route("/answer", answer, methods=["POST"])])


@contextmanager
def serving(app: Starlette, listener: socket.socket) -> Iterator[None]:
    """Serve ``app`` on ``listener`` until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def in_a_browser(platform: DigitalCredentials, url: str, *, show: bool) -> None:
    """Click through the page; with ``show`` leave that to whoever looks at it."""
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=not show)
        page = browser.new_page()
        platform.install(page)  # from here on navigator.credentials.get({digital}) is answered by the wallet
        page.goto(url)
        if show:
            page.wait_for_event("close", timeout=0)
            return
        page.get_by_role("button").click()
        said = page.get_by_role("status")
        expect(said).to_contain_text("18", timeout=30_000)
        print(said.inner_text())
        browser.close()


def without_a_browser(platform: DigitalCredentials, url: str) -> None:
    """Do what the page does, in Python."""
    with httpx.Client(base_url=url, trust_env=False) as client:
        request = client.get("/").text.partition('id="request">')[2].partition("</script>")[0]
        credential = platform.get(url, [json.loads(request)])
        print(client.post("/answer", json=credential["data"]).json())


def ask_in_the_terminal(prompt):
    """A citizen at the keyboard."""
    print(prompt)
    if input("PIN (112233), or nothing to say no: ") == Sandbox.PIN:
        return prompt.approve(pin=Sandbox.PIN, despite_warnings=True)
    return denies(prompt)


def main() -> None:
    """Register the bar, serve its page, and let Frouke visit it."""
    show = "--show" in sys.argv
    listener = socket.create_server(("127.0.0.1", 0))
    origin = f"http://localhost:{listener.getsockname()[1]}"
    with Sandbox() as edi:
        # Registered for this host: a wallet warns its holder of a page on a host that the certificate does not name.
        bar = edi.register(pilot("cafe-de-vrije-val").record, host="localhost")
        frouke = edi.wallet("frouke")
        citizen = (
            ask_in_the_terminal if show else None
        )  # None: shares what is asked, if nothing is odd about it
        with (
            serving(website(bar, origin), listener),
            DigitalCredentials(frouke, citizen=citizen) as platform,
        ):
            try:
                import playwright  # noqa: F401
            except ImportError:
                browser = False
            else:
                browser = CHROMIUM is not None
            if browser:
                in_a_browser(platform, origin, show=show)
            else:
                without_a_browser(platform, origin)
            print(
                f"Frouke was asked by {platform.last.prompt.requester.trade_name}, at {platform.last.origin}"
            )


if __name__ == "__main__":
    main()
