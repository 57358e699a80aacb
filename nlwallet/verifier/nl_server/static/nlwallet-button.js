"use strict";
// <nlwallet-button usecase="login" start-url="/sessions" lang="nl"></nlwallet-button>
//
// A button for pages of relying parties, with the protocol of the NL Wallet's own one: POST start-url {"usecase"} gives
// {"status_url", "session_token"}; GET status_url?session_type=… is asked every two seconds; DELETE status_url stops.
// Events: success and failed, with detail [session_token, session_type]. Needs nothing inline, and no other file but the
// drawing of the QR code, which the server of this script makes.
(() => {
  const HERE = document.currentScript ? new URL(".", document.currentScript.src).href : location.href;
  const POLL_MS = 2000;
  const SHORTEST_POLL_MS = 200;
  const TIMEOUT_MS = 5000;
  const SVG = "http://www.w3.org/2000/svg";

  const WORDS = {
    nl: {
      button: "Inloggen met NL Wallet",
      title: "Ga verder met de NL Wallet",
      loading: "Even wachten…",
      scan: "Scan de QR-code met de NL Wallet app op uw telefoon.",
      scan_label: "QR-code voor de NL Wallet app",
      camera: "Gebruik de scanner in de app. Met de gewone camera lukt het niet.",
      choose: "Op welk apparaat staat de NL Wallet app?",
      same: "Op dit apparaat",
      cross: "Op een ander apparaat",
      open: "Open de NL Wallet app om verder te gaan.",
      open_link: "Open de NL Wallet app",
      busy: "Ga verder in de NL Wallet app op uw telefoon.",
      success: "Gelukt",
      success_text: "U kunt verder op deze website.",
      failed: "Het is niet gelukt",
      failed_text: "Er ging iets mis. U kunt het opnieuw proberen.",
      cancelled: "U bent gestopt",
      cancelled_text: "Er zijn geen gegevens gedeeld.",
      expired: "De tijd is om",
      expired_text: "Dat is om uw gegevens te beschermen. U kunt het opnieuw proberen.",
      network: "Geen verbinding",
      network_text: "Controleer uw internet en probeer het opnieuw.",
      cancel: "Stoppen",
      close: "Sluiten",
      retry: "Opnieuw proberen",
      help: "Hulp nodig?",
      new_tab: "opent in een nieuw tabblad",
    },
    en: {
      button: "Log in with NL Wallet",
      title: "Continue with the NL Wallet",
      loading: "One moment…",
      scan: "Scan the QR code with the NL Wallet app on your phone.",
      scan_label: "QR code for the NL Wallet app",
      camera: "Use the scanner inside the app. The camera of your phone does not work for this.",
      choose: "On which device do you have the NL Wallet app?",
      same: "On this device",
      cross: "On another device",
      open: "Open the NL Wallet app to continue.",
      open_link: "Open the NL Wallet app",
      busy: "Continue in the NL Wallet app on your phone.",
      success: "Done",
      success_text: "You can continue on this website.",
      failed: "That did not work",
      failed_text: "Something went wrong. You can try again.",
      cancelled: "You stopped",
      cancelled_text: "No data was shared.",
      expired: "Your time is up",
      expired_text: "This is to protect your data. You can try again.",
      network: "No connection",
      network_text: "Check your internet connection and try again.",
      cancel: "Stop",
      close: "Close",
      retry: "Try again",
      help: "Need help?",
      new_tab: "opens in a new tab",
    },
  };

  const STYLE = `
    :host { display: inline-block; font: inherit; }
    :host([hidden]) { display: none; }
    button, .link {
      font: inherit; font-weight: 600; line-height: 1.4; min-height: 44px; padding: 10px 18px; box-sizing: border-box;
      border: 2px solid #1d3f8f; border-radius: 6px; background: #1d3f8f; color: #fff; cursor: pointer;
      text-decoration: none; display: inline-block; text-align: center;
    }
    button:hover, .link:hover { background: #142d68; border-color: #142d68; }
    button:focus-visible, .link:focus-visible, .help:focus-visible, h2:focus-visible {
      outline: 3px solid #ffb612; outline-offset: 2px; box-shadow: 0 0 0 2px #000;
    }
    .plain { background: #fff; color: #1d3f8f; }
    .plain:hover { background: #e8edf8; color: #142d68; }
    dialog {
      width: min(26rem, calc(100vw - 24px)); max-height: calc(100vh - 24px); box-sizing: border-box; padding: 20px;
      border: 1px solid #5b6270; border-radius: 10px; background: #fff; color: #16181d; font: inherit; overflow: auto;
    }
    dialog::backdrop { background: rgb(0 0 0 / 60%); }
    h2 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 12px; }
    p { margin: 0 0 12px; line-height: 1.5; }
    .row { display: flex; flex-wrap: wrap; gap: 10px; margin: 16px 0 0; }
    .help { color: #1d3f8f; display: inline-block; margin-top: 16px; padding: 4px 0; }
    svg.qr { display: block; width: 100%; max-width: 18rem; height: auto; margin: 0 auto 12px; background: #fff; }
    .wait {
      width: 32px; height: 32px; margin: 0 auto 12px; border: 4px solid #c9d2e6; border-top-color: #1d3f8f;
      border-radius: 50%; animation: turn 1s linear infinite;
    }
    @keyframes turn { to { transform: rotate(1turn); } }
    @media (prefers-reduced-motion: reduce) { .wait { animation: none; } }
    @media (forced-colors: active) { .wait { border-color: CanvasText; } }
  `;

  const isMobile = () =>
    /Android|iPhone|iPad|iPod|Mobile/i.test(navigator.userAgent) ||
    (navigator.maxTouchPoints > 1 && /Macintosh/.test(navigator.userAgent));

  // An answer in JSON within five seconds, or the type of error that the page is told.
  const ask = async (method, url, body) => {
    let reply;
    try {
      reply = await fetch(url, {
        method,
        body: body === undefined ? undefined : JSON.stringify(body),
        headers: body === undefined ? {} : { "Content-Type": "application/json" },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        cache: "no-store",
      });
    } catch {
      throw new Error("network");
    }
    if (!reply.ok) throw new Error("failed");
    return reply.status === 204 ? {} : reply.json().catch(() => { throw new Error("failed"); });
  };

  const element = (name, attributes = {}, ...content) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "onclick") made.addEventListener("click", value);
      else if (value !== null) made.setAttribute(key, value);
    }
    made.append(...content);
    return made;
  };

  // Only a wallet is opened: a link that runs script here would be no link of a request.
  const isLink = (text) => typeof text === "string" && /^[a-z][a-z0-9+.-]*:/i.test(text) &&
    !/^(javascript|data|vbscript|blob|file):/i.test(text);

  class NlWalletButton extends HTMLElement {
    #dialog; #body; #live; #timer; #session; #state = ""; #turn = 0;

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
    }

    get #words() {
      const asked = this.getAttribute("lang") || document.documentElement.lang || "nl";
      return WORDS[asked.slice(0, 2).toLowerCase()] || WORDS.nl;
    }

    get #interval() { return Math.max(SHORTEST_POLL_MS, Number(this.getAttribute("poll-interval")) || POLL_MS); }

    get #isStatic() { return !this.hasAttribute("usecase"); }

    connectedCallback() {
      const words = this.#words;
      const text = this.getAttribute("text") || words.button;
      const language = words === WORDS.en ? "en" : "nl";
      this.#body = element("div");
      this.#live = element("p", { role: "status" });
      this.#dialog = element(
        "dialog",
        { "aria-labelledby": "title", "data-testid": "wallet_modal", part: "dialog", lang: language },
        this.#body,
      );
      this.#dialog.addEventListener("cancel", (event) => { event.preventDefault(); this.#stop(); });
      this.shadowRoot.replaceChildren(
        element(
          "button",
          { type: "button", part: "button", "data-testid": "wallet_button", "aria-haspopup": "dialog",
            lang: language, onclick: () => this.#open() },
          element("span", { part: "button-span" }, text),
        ),
        this.#dialog,
      );
    }

    disconnectedCallback() { this.#forget(); }

    #open() {
      this.#show("loading");
      if (!this.#dialog.open) this.#dialog.showModal();
      this.#begin();
    }

    async #begin() {
      const turn = this.#forget();
      if (this.#isStatic) {
        this.#session = { static: true };
        return isMobile() ? this.#show("choose") : this.#choose("cross_device");
      }
      this.#show("loading");
      try {
        const url = this.getAttribute("start-url") || document.location.href;
        const started = await ask("POST", url, { usecase: this.getAttribute("usecase") });
        if (turn !== this.#turn) return;
        if (!started.status_url || !started.session_token) throw new Error("failed");
        this.#session = { url: new URL(started.status_url, document.baseURI), token: started.session_token };
      } catch (error) {
        if (turn === this.#turn) this.#fail(error.message);
        return;
      }
      if (isMobile()) this.#show("choose");
      else this.#choose("cross_device");
    }

    #choose(type) {
      this.#session.type = type;
      if (this.#session.static) {
        const link = this.getAttribute(type === "same_device" ? "same-device-ul" : "cross-device-ul");
        return this.#created(link);
      }
      this.#show("loading");
      return this.#poll();
    }

    async #poll() {
      const turn = this.#turn, session = this.#session, type = session.type;
      clearTimeout(this.#timer);
      const url = new URL(session.url);
      url.searchParams.set("session_type", type);
      let found;
      try {
        found = await ask("GET", url);
      } catch (error) {
        if (turn === this.#turn && type === session.type) this.#fail(error.message);
        return;
      }
      if (turn !== this.#turn || type !== session.type) return;
      switch (found.status) {
        case "CREATED": await this.#created(found.ul); break;
        case "WAITING_FOR_RESPONSE": this.#show("busy"); break;
        case "DONE": return this.#succeed();
        case "CANCELLED": return this.#fail("cancelled");
        case "EXPIRED": return this.#fail("expired");
        default: return this.#fail("failed");
      }
      if (turn === this.#turn && this.#state !== "error") this.#timer = setTimeout(() => this.#poll(), this.#interval);
    }

    async #created(link) {
      if (!isLink(link)) return this.#fail("failed");
      const turn = this.#turn, type = this.#session.type;
      if (type === "same_device") {
        this.#show("open");
        this.shadowRoot.querySelector("a.link").href = link;
        return undefined;
      }
      try {
        const { size, path } = await this.#draw(link);
        if (turn !== this.#turn || type !== this.#session.type) return undefined;
        this.#show("scan");
        const picture = this.shadowRoot.querySelector("svg.qr");
        picture.setAttribute("viewBox", `0 0 ${size} ${size}`);
        picture.firstChild.setAttribute("d", path);
      } catch (error) {
        if (turn === this.#turn) this.#fail(error.message);
      }
      return undefined;
    }

    async #draw(link) {
      const from = this.getAttribute("qr-url") || new URL("nlwallet-button/qr.json", HERE).href;
      const url = new URL(from, document.baseURI);
      url.searchParams.set("text", link);
      const { size, path } = await ask("GET", url);
      if (!Number.isInteger(size) || !/^[Mhvz0-9 -]*$/.test(path)) throw new Error("failed");
      return { size, path };
    }

    #picture() {
      const svg = document.createElementNS(SVG, "svg");
      const drawn = document.createElementNS(SVG, "path");
      const set = (node, attributes) => Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
      set(svg, { class: "qr", part: "qr", role: "img", "aria-label": this.#words.scan_label, "data-testid": "qr",
        "shape-rendering": "crispEdges" });
      set(drawn, { fill: "#000" });
      svg.append(drawn);
      return svg;
    }

    #succeed() {
      const { token, type } = this.#session;
      this.#forget();
      this.#show("success");
      this.dispatchEvent(new CustomEvent("success", { detail: [token, type], bubbles: true, composed: true }));
    }

    #fail(type) {
      const { token, type: device } = this.#session || {};
      this.#forget();
      this.#show("error", WORDS.nl[`${type}_text`] ? type : "failed");
      this.dispatchEvent(new CustomEvent("failed", { detail: [token, device], bubbles: true, composed: true }));
    }

    // Stops what is going on, also at the server, and closes.
    #stop() {
      const session = this.#session;
      const open = session && session.url && this.#state !== "success" && this.#state !== "error";
      this.#forget();
      this.#dialog.close();
      if (open) {
        ask("DELETE", session.url).catch(() => undefined);
        this.dispatchEvent(
          new CustomEvent("failed", { detail: [session.token, session.type], bubbles: true, composed: true }));
      }
    }

    #forget() {
      clearTimeout(this.#timer);
      this.#session = undefined;
      this.#turn += 1;
      return this.#turn;
    }

    #show(state, error = "") {
      if (state === this.#state && state !== "error" && this.#body.childElementCount) return;
      this.#state = state;
      const words = this.#words;
      const action = (name, text, work, plain = false) =>
        element("button", { type: "button", "data-testid": `${name}_button`, class: plain ? "plain" : null, onclick: work }, text);
      const cancel = () => action("cancel", words.cancel, () => this.#stop(), true);
      const close = () => action("close", words.close, () => this.#stop(), true);
      const said = { loading: words.loading, scan: words.scan, choose: words.choose, open: words.open, busy: words.busy,
        success: words.success_text, error: error && words[`${error}_text`] }[state];
      const title = { success: words.success, error: error && words[error] }[state] || words.title;
      this.#live.textContent = said;
      const heading = element("h2", { id: "title", tabindex: "-1" }, title);
      const parts = {
        loading: () => [element("div", { class: "wait" }), this.#live, cancel()],
        scan: () => [this.#live, this.#picture(), element("p", {}, words.camera),
          element("div", { class: "row" }, action("same_device", words.same, () => this.#choose("same_device"), true), cancel())],
        choose: () => [this.#live, element("div", { class: "row" },
          action("same_device", words.same, () => this.#choose("same_device")),
          action("cross_device", words.cross, () => this.#choose("cross_device"), true), cancel())],
        open: () => [this.#live, element("div", { class: "row" },
          element("a", { class: "link", "data-testid": "same_device_link", href: "#", target: "_blank", rel: "noopener" },
            words.open_link),
          action("cross_device", words.cross, () => this.#choose("cross_device"), true), cancel())],
        busy: () => [element("div", { class: "wait" }), this.#live, cancel()],
        success: () => [this.#live, close()],
        error: () => [this.#live,
          element("div", { class: "row" }, action("retry", words.retry, () => this.#begin()), close())],
      }[state]();
      const help = this.getAttribute("help-base-url");
      if (help && isLink(new URL(help, document.baseURI).href)) {
        parts.push(element("div", {}, element("a",
          { class: "help", href: help, target: "_blank", rel: "noopener", "data-testid": "help_link" },
          `${words.help} (${words.new_tab})`)));
      }
      this.#body.replaceChildren(heading, ...parts);
      if (this.#dialog.open) heading.focus();
    }
  }

  if (!customElements.get("nlwallet-button")) customElements.define("nlwallet-button", NlWalletButton);
})();
