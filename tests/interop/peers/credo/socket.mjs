// The HTTP face of a Credo agent without a port: its Express app listens on a socket file.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

const sockets = mkdtempSync(join(tmpdir(), "credo-"));
process.on("exit", () => rmSync(sockets, { recursive: true }));

// Where app listens from now on, as long as the process lives.
export async function listening(app) {
  const server = createServer(app);
  const socketPath = join(sockets, randomUUID());
  await new Promise((ready) => server.listen(socketPath, ready));
  server.unref();
  return socketPath;
}

// One request; body and the answer's body are text.
export function ask(socketPath, { method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => {
        const text = Buffer.concat(parts).toString();
        resolve({ status: answer.statusCode, headers: answer.headers, body: text });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
