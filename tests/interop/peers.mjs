// The npm peers as one process: a JSON line in is a call, a JSON line out is its answer.
//   {"call": "dcql.match", ...}  ->  {"result": ...}  or  {"error": "what the peer said"}
// The calls live in peers/*.mjs, one file per peer. Only what the peers say is reported: no opinion here.
import { createInterface } from "node:readline";
import * as dcql from "./peers/dcql.mjs";
import * as jose from "./peers/jose.mjs";
import * as sdjwt from "./peers/sdjwt.mjs";
import * as status from "./peers/status.mjs";

const rooms = { dcql, jose, sdjwt, status };

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const { call, ...given } = JSON.parse(line);
  const [room, name] = call.split(".");
  let answer;
  try {
    answer = { result: (await rooms[room][name](given)) ?? null };
  } catch (error) {
    answer = { error: `${error.name}: ${error.message}` };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
