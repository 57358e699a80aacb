// Keeps a page true to what happens elsewhere: asks the server, changes the QR code, and loads the page again when
// there is more to say than that. Without this script the page has a button that does the same.
"use strict";
const live = document.querySelector("[data-live]");
const PAUSE = 1000;

async function look() {
  try {
    const reply = await fetch(live.dataset.live, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (reply.status === 404) return location.reload();
    const now = await reply.json();
    if (now.state !== live.dataset.state) return location.reload();
    for (const [name, value] of Object.entries(now.shown || {})) {
      for (const place of document.querySelectorAll(`[data-shown="${name}"]`)) {
        if (place.tagName === "IMG") place.src = value;
        else if (place.tagName === "A") place.href = value;
        else place.textContent = value;
      }
    }
  } catch {
    // The server is away for a moment: ask again.
  }
  setTimeout(look, PAUSE);
}

if (live) {
  for (const one of document.querySelectorAll("[data-unless-live]")) one.hidden = true;
  setTimeout(look, PAUSE);
}
