// The npm peers as one process: a JSON line in is a call, a JSON line out is its answer.
//   {"call": "dcql.match", ...}  ->  {"result": ...}  or  {"error": "what the peer said"}
// The calls live in peers/*.mjs, one file per peer. Only what the peers say is reported: no opinion here.
import * as dcql from "./peers/dcql.mjs";
import * as jose from "./peers/jose.mjs";
import * as mdoc from "./peers/mdoc.mjs";
import * as mdocAnimo from "./peers/mdoc_animo.mjs";
import * as mdocOwf from "./peers/mdoc_owf.mjs";
import * as mdocOwfProximity from "./peers/mdoc_owf_proximity.mjs";
import * as sdjwt from "./peers/sdjwt.mjs";
import * as lote from "./peers/lote.mjs";
import * as status from "./peers/status.mjs";
import * as vciIssuer from "./peers/vci_issuer.mjs";
import * as vciWallet from "./peers/vci_wallet.mjs";
import * as vpVerifier from "./peers/vp_verifier.mjs";
import * as vpWallet from "./peers/vp_wallet.mjs";
import { hear, say } from "./wire.mjs";

const rooms = {
  dcql, jose, lote, mdoc, mdocAnimo, mdocOwf, mdocOwfProximity, sdjwt, status, vciIssuer, vciWallet, vpVerifier, vpWallet,
};

// A peer that takes a second to load is loaded when it is first asked.
const large = {
  credoVciIssuer: "./peers/credo_vci_issuer.mjs",
  credoVciWallet: "./peers/credo_vci_wallet.mjs",
  credoVerifier: "./peers/credo_verifier.mjs",
  credoWallet: "./peers/credo_wallet.mjs",
};
const room = async (name) => (rooms[name] ??= await import(large[name]));

for (let asked = await hear(); asked !== undefined; asked = await hear()) {
  const { call, ...given } = asked;
  const [of, name] = call.split(".");
  let answer;
  try {
    answer = { result: (await (await room(of))[name](given)) ?? null };
  } catch (error) {
    const said = error.errorResponse ? ` ${JSON.stringify(error.errorResponse)}` : "";
    answer = { error: `${error.name}: ${error.message}${said}` };
  }
  say(answer);
}
