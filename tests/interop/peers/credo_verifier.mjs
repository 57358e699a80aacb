// Credo as a verifier, with its own HTTP face: requests to it go over a socket file, so that no port is opened.
import { X509Certificate } from "@credo-ts/core";
import express from "express";
import { agent } from "./credo/agent.mjs";
import { ask, listening } from "./credo/socket.mjs";

const made = new Map();
const parties = new Map();

async function party({ anchors, types, baseUrl }) {
  const app = express();
  const credo = await agent({ trusted: anchors, types, openid4vc: { app, verifier: { baseUrl } } });
  const { verifierId } = await credo.openid4vc.verifier.createVerifier();
  return { credo, verifierId, socketPath: await listening(app) };
}

async function signing(credo, signer, clientIdPrefix) {
  if (!signer) return { method: "none" };
  const { jwk, x5c, didUrl } = signer;
  const { keyId } = await credo.kms.importKey({ privateJwk: jwk });
  if (didUrl) {
    const [did, fragment] = didUrl.split("#");
    await credo.dids.import({ did, keys: [{ didDocumentRelativeKeyId: `#${fragment}`, kmsKeyId: keyId }] });
    return { method: "did", didUrl };
  }
  const chain = x5c.map((each) => X509Certificate.fromEncodedCertificate(each));
  chain[0].keyId = keyId;
  return { method: "x5c", x5c: chain, clientIdPrefix };
}

// As vp_verifier.mjs, but the peer chooses where its endpoints are, below baseUrl. of: the party whose request it is, for
// one that makes several.
export async function request({ id, of, parameters, prefix, signer, baseUrl, transactionData, anchors, types }) {
  const one = parties.get(of) ?? (await party({ anchors, types, baseUrl }));
  if (of) parties.set(of, one);
  const { credo, verifierId, socketPath } = one;
  const created = await credo.openid4vc.verifier.createAuthorizationRequest({
    verifierId,
    requestSigner: await signing(credo, signer, prefix),
    responseMode: parameters.response_mode,
    dcql: { query: parameters.dcql_query },
    expectedOrigins: parameters.expected_origins,
    verifierInfo: parameters.verifier_info,
    transactionData: transactionData.length ? transactionData : undefined,
    version: "v1",
  });
  made.set(id, { credo, socketPath, session: created.verificationSession.id });
  return { link: created.authorizationRequest, data: created.authorizationRequestObject };
}

// What a wallet sends to an endpoint; body and the answer's body are text.
export async function serve({ id, method, path, contentType, body }) {
  const headers = contentType ? { "content-type": contentType } : {};
  const answer = await ask(made.get(id).socketPath, { method, path, headers, body });
  return { status: answer.status, contentType: answer.headers["content-type"] ?? "", body: answer.body };
}

// What came through the browser.
export async function receive({ id, response, origin }) {
  const { credo, session } = made.get(id);
  await credo.openid4vc.verifier.verifyAuthorizationResponse({
    verificationSessionId: session,
    authorizationResponse: response,
    origin,
  });
}

export async function verdict({ id }) {
  const { credo, session } = made.get(id);
  const { errorMessage } = await credo.openid4vc.verifier.getVerificationSessionById(session);
  if (errorMessage) throw new Error(errorMessage);
  const { dcql, transactionData } = await credo.openid4vc.verifier.getVerifiedAuthorizationResponse(session);
  const ofOne = ({ prettyClaims, documents }) => prettyClaims ?? documents[0].issuerSignedNamespaces;
  const claims = ([query, all]) => [query, all.map(ofOne)];
  return {
    claims: Object.fromEntries(Object.entries(dcql.presentations).map(claims)),
    authorised: (transactionData ?? []).map(({ credentialId }) => credentialId),
  };
}
