// Credo as an issuer with its own authorization server and HTTP face. It has no page of its own: it sends whoever comes
// to a server behind it, which is the test's.
import { ClaimFormat, X509Certificate } from "@credo-ts/core";
import { OpenId4VcIssuanceSessionRepository } from "@credo-ts/openid4vc";
import { Oauth2ServerErrorResponseError } from "@openid4vc/oauth2";
import express from "express";
import { agent } from "./credo/agent.mjs";
import { ask, listening } from "./credo/socket.mjs";
import { namespacesOf } from "./mdoc_owf.mjs";

const INTERVAL = 5;
const made = new Map();

function credential(one, configurationId, keys) {
  const { configurations, cards, certificate, issuerUrl: issuer } = one;
  const claims = cards[configurationId];
  const { format, doctype: docType } = configurations[configurationId];
  if (format === "mso_mdoc") {
    const now = new Date(one.now * 1000); // of the test, whose wallet has no other clock
    const document = ({ jwk }) => ({
      docType,
      namespaces: namespacesOf(docType, claims),
      holderKey: jwk,
      issuerCertificate: certificate,
      validityInfo: { signed: now, validFrom: now, validUntil: new Date(now.getTime() + 86_400_000) },
    });
    return { type: "credentials", format: ClaimFormat.MsoMdoc, credentials: keys.map(document) };
  }
  const signed = ({ jwk }) => ({
    payload: { vct: configurations[configurationId].vct, exp: Math.floor(Date.now() / 1000) + 86_400, ...claims },
    disclosureFrame: { _sd: Object.keys(claims) },
    holder: { method: "jwk", jwk },
    issuer: { method: "x5c", x5c: [certificate], issuer },
  });
  return { type: "credentials", format: ClaimFormat.SdJwtDc, credentials: keys.map(signed) };
}

// As vci_issuer.mjs, but the peer chooses where its endpoints are, below baseUrl, and offers by reference. page: the
// issuer identifier of the server behind it.
export async function offer({ id, baseUrl, configurations, cards, signer, anchors, types, terms, page, now }) {
  const app = express();
  const one = { id, configurations, cards, terms, now, told: {}, path: new URL(baseUrl).pathname };
  const credentialRequestToCredentialMapper = ({ credentialConfigurationId, holderBinding }) => {
    one.told.proofs = holderBinding.proofType;
    return terms.deferred
      ? { type: "deferral", transactionId: id, interval: INTERVAL }
      : credential(one, credentialConfigurationId, holderBinding.keys);
  };
  const deferredCredentialRequestToCredentialMapper = ({ transaction }) => {
    if (one.decision === "denied") throw new Oauth2ServerErrorResponseError({ error: "credential_request_denied" });
    if (!one.decision) return { type: "deferral", transactionId: id, interval: INTERVAL };
    return credential(one, transaction.credentialConfigurationId, transaction.holderBinding.keys);
  };
  const credo = await agent({
    trusted: anchors,
    types,
    openid4vc: {
      app,
      issuer: { baseUrl, credentialRequestToCredentialMapper, deferredCredentialRequestToCredentialMapper },
    },
    own: async (url, init = {}) => {
      const { origin, pathname, search } = new URL(url);
      if (origin !== new URL(baseUrl).origin) return undefined;
      const answer = await ask(one.socketPath, { method: "GET", ...init, path: `${pathname}${search}` });
      return new Response(answer.body, { status: answer.status, headers: { "content-type": answer.headers["content-type"] } });
    },
  });
  one.socketPath = await listening(app);
  const { keyId } = await credo.kms.importKey({ privateJwk: signer.jwk });
  one.certificate = X509Certificate.fromEncodedCertificate(signer.x5c[0]);
  one.certificate.keyId = keyId;
  const { issuerId } = await credo.openid4vc.issuer.createIssuer({
    issuerId: "desk",
    display: [{ name: "Peer" }],
    accessTokenSignerKeyType: { kty: "EC", crv: "P-256" },
    dpopSigningAlgValuesSupported: terms.bound ? ["ES256"] : undefined,
    credentialConfigurationsSupported: configurations,
    batchCredentialIssuance: terms.copies > 1 ? { batchSize: terms.copies } : undefined,
    authorizationServerConfigs: [
      {
        type: "chained",
        issuer: page,
        clientAuthentication: { type: "clientSecret", clientId: "credo", clientSecret: "secret" },
        scopesMapping: Object.fromEntries(Object.values(configurations).map(({ scope }) => [scope, ["profile"]])),
      },
    ],
    metadataSigner: terms.signed ? { method: "x5c", x5c: [one.certificate] } : undefined,
  });
  one.issuerUrl = `${baseUrl}/${issuerId}`;
  const { credentialOffer, issuanceSession } = await credo.openid4vc.issuer.createCredentialOffer({
    issuerId,
    version: "v1",
    credentialConfigurationIds: Object.keys(cards),
    generateRefreshTokens: terms.renewable,
    authorization: { requireDpop: terms.bound, requireWalletAttestation: Boolean(terms.attested) },
    ...(terms.grant === "pre-authorized code"
      ? { preAuthorizedCodeFlowConfig: terms.txCode ? { txCode: { input_mode: "numeric", length: terms.txCode.length } } : {} }
      : { authorizationCodeFlowConfig: { authorizationServerUrl: page, issuerState: terms.issuerState || undefined } }),
  });
  Object.assign(one, { credo, session: issuanceSession.id });
  made.set(id, one);
  return { link: credentialOffer, txCode: issuanceSession.userPin };
}

// The interval passes too: the peer reads its own clock, and nobody here waits.
export async function decide({ id, decision }) {
  const one = made.get(id);
  one.decision = decision;
  const session = await one.credo.openid4vc.issuer.getIssuanceSessionById(one.session);
  session.transactions = session.transactions.map((each) => ({ ...each, deferredUntil: new Date() }));
  await one.credo.dependencyManager.resolve(OpenId4VcIssuanceSessionRepository).update(one.credo.context, session);
}

export const told = ({ id }) => made.get(id).told;

export async function serve({ id, method, url, headers, body }) {
  const one = made.get(id);
  const { pathname, search } = new URL(url);
  if (pathname.endsWith("/par")) one.told.pushed = Object.fromEntries(new URLSearchParams(body));
  if (pathname.startsWith("/.well-known/openid-credential-issuer")) {
    one.told.signed = headers.accept?.includes("application/jwt") ?? false;
  }
  return ask(one.socketPath, { method, path: `${pathname}${search}`, headers, body });
}
