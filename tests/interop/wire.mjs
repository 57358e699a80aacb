// The two directions of the pipe: lines out, lines in. While a call runs, its peer may fetch from the web; there is
// none here, so the test answers: {"fetch": request} goes out, and the next line in is the response. One at a time.
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity })[Symbol.asyncIterator]();

export async function hear() {
  const { value, done } = await lines.next();
  return done ? undefined : JSON.parse(value);
}

export function say(message) {
  process.stdout.write(JSON.stringify(message) + "\n");
}

let last = Promise.resolve();

// Who fetches while another fetch is under way waits its turn.
export function fetch(url, init = {}) {
  const mine = last.then(() => exchange(url, init));
  last = mine.catch(() => undefined);
  return mine;
}

async function exchange(url, init) {
  const request = new Request(url, init);
  const body = Buffer.from(await request.arrayBuffer()).toString("base64");
  say({ fetch: { method: request.method, url: request.url, headers: [...request.headers], body } });
  const answer = await hear();
  const content = Buffer.from(answer.body, "base64"); // a Response with status 204 takes no body at all
  return new Response(content.length ? content : null, { status: answer.status, headers: answer.headers });
}
