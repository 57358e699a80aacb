// npm @owf/mdoc: documents, device responses and device requests; its own session transcripts where asked.
import {
  CoseKey, DataItem, DeviceKey, DeviceRequest, DeviceResponse, DocRequest, Header, Holder, Issuer, IssuerSigned,
  ItemsRequest, KeyType, ReaderAuth, SessionTranscript, SignatureAlgorithm, Verifier, cborEncode,
} from "@owf/mdoc";
import { createHash } from "node:crypto";
import { authorityKeyId } from "./x509.mjs";
import { base64url, bytes, der, owfContext, publicJwk } from "./mdoc_context.mjs";

const given = owfContext({ CoseKey, KeyType });
// The peer draws digestIDs of 32 bits; ISO/IEC 18013-5 has them below 2^31, so whoever gives it chance clears one bit.
const random = (length) => {
  const octets = given.crypto.random(length);
  if (length === 4) octets[0] &= 0x7f;
  return octets;
};
const context = { ...given, crypto: { ...given.crypto, random } };
const signingKey = (jwk) => CoseKey.fromJwk({ ...jwk, alg: "ES256" });

// session: {transcript} as the test made it, or the facts of a request and the form that the peer makes of them.
function transcriptOf({ transcript, form, ...facts }) {
  if (transcript) return SessionTranscript.decode(bytes(transcript));
  const values = { ...facts, jwkThumbprint: facts.jwkThumbprint ? bytes(facts.jwkThumbprint) : undefined };
  return SessionTranscript[form](values, context);
}

export const transcript = async ({ session }) => base64url((await transcriptOf(session)).encode());

const shown = (document) =>
  Object.fromEntries(
    [...document.issuerSigned.issuerNamespaces.issuerNamespaces].map(([name, items]) => [
      name,
      Object.fromEntries(items.map(({ elementIdentifier, elementValue }) => [elementIdentifier, elementValue])),
    ]),
  );

export async function issue({ docType, namespaces, issuer, certificate, device, hours, digest = "SHA-256", now }) {
  const signed = new Date((now ?? Math.floor(Date.now() / 1000)) * 1000);
  const made = new Issuer(docType, context);
  for (const [name, claims] of Object.entries(namespaces)) made.addIssuerNamespace(name, claims);
  const result = await made.sign({
    signingKey: signingKey(issuer),
    algorithm: SignatureAlgorithm.ES256,
    digestAlgorithm: digest,
    validityInfo: { signed, validFrom: signed, validUntil: new Date(signed.getTime() + hours * 3_600_000) },
    deviceKeyInfo: { deviceKey: DeviceKey.fromJwk(publicJwk(device)) },
    certificates: [der(certificate)],
  });
  return result.encodedForOid4Vci;
}

export async function verifyIssued({ document, roots }) {
  const issuerSigned = IssuerSigned.fromEncodedForOid4Vci(document);
  await Holder.verifyIssuerSigned({ issuerSigned, trustedCertificates: roots.map(der) }, context);
  return { docType: issuerSigned.issuerAuth.mobileSecurityObject.docType, claims: shown({ issuerSigned }) };
}

// A document as the card that it was made of, and the key that it is bound to: namespaces are the docType, and
// docType.member for what is inside a claim.
export async function cardOf(document, roots) {
  const { docType, claims } = await verifyIssued({ document, roots });
  const { [docType]: own = {}, ...inner } = claims;
  const members = Object.entries(inner).map(([name, value]) => [name.slice(docType.length + 1), value]);
  const { deviceKey } = IssuerSigned.fromEncodedForOid4Vci(document).issuerAuth.mobileSecurityObject.deviceKeyInfo;
  return { ...own, ...Object.fromEntries(members), cnf: { jwk: publicJwk(deviceKey.jwk) } };
}

// A document as npm dcql wants to know it.
export function mdocCredential(document) {
  const issuerSigned = IssuerSigned.fromEncodedForOid4Vci(document);
  const { issuerAuth } = issuerSigned;
  const authority = { type: "aki", values: [authorityKeyId(Buffer.from(issuerAuth.certificate).toString("base64"))] };
  const { docType: doctype } = issuerAuth.mobileSecurityObject;
  return { credential_format: "mso_mdoc", doctype, namespaces: shown({ issuerSigned }), cryptographic_holder_binding: true, authority };
}

// The session of an OpenID4VP request; key is what the answer is encrypted to.
export function sessionOf({ origin, clientId, nonce, responseUri, key }) {
  const members = key && JSON.stringify({ crv: key.crv, kty: key.kty, x: key.x, y: key.y });
  const jwkThumbprint = key && createHash("sha256").update(members).digest("base64url");
  return origin
    ? { form: "forOid4VpDcApi", origin, nonce, jwkThumbprint }
    : { form: "forOid4Vp", clientId, nonce, responseUri, jwkThumbprint };
}

// What a response with one document shows, and that as npm dcql wants to know it.
export async function verified({ response, session, roots }) {
  const [{ docType, claims }] = await verify({ response, session, roots });
  const [{ issuerSigned }] = DeviceResponse.fromEncodedForOid4Vp(response).documents;
  const { authority } = mdocCredential(issuerSigned.encodedForOid4Vci);
  const dcql = { credential_format: "mso_mdoc", doctype: docType, namespaces: claims, cryptographic_holder_binding: true, authority };
  return { claims, dcql };
}

export const namespacesOf = (docType, claims) => {
  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const entries = Object.entries(claims);
  return {
    [docType]: Object.fromEntries(entries.filter(([, value]) => !isObject(value))),
    ...Object.fromEntries(entries.filter(([, value]) => isObject(value)).map(([name, value]) => [`${docType}.${name}`, value])),
  };
};

const asked = (docType, show) =>
  DocRequest.create({
    itemsRequest: ItemsRequest.create({
      docType,
      namespaces: Object.fromEntries(
        Object.entries(show).map(([name, elements]) => [name, Object.fromEntries(elements.map((one) => [one, false]))]),
      ),
    }),
  });

export async function present({ document, docType, show, device, session, reader }) {
  const key = signingKey(device);
  const made = await Holder.createDeviceResponseForDeviceRequest(
    {
      deviceRequest: DeviceRequest.create({ docRequests: [asked(docType, show)] }),
      sessionTranscript: await transcriptOf(session),
      issuerSigned: [IssuerSigned.fromEncodedForOid4Vci(document)],
      ...(reader ? { mac: { signingKey: key, ephemeralKey: CoseKey.fromJwk(publicJwk(reader)) } } : { signature: { signingKey: key } }),
    },
    context,
  );
  return made.encodedForOid4Vp;
}

export async function verify({ response, session, roots, reader }) {
  const deviceResponse = DeviceResponse.fromEncodedForOid4Vp(response);
  await Verifier.verifyDeviceResponse(
    {
      deviceResponse,
      sessionTranscript: await transcriptOf(session),
      trustedCertificates: roots.map(der),
      ephemeralReaderKey: reader ? CoseKey.fromJwk(reader) : undefined,
    },
    context,
  );
  return deviceResponse.documents.map((one) => ({ docType: one.docType, claims: shown(one) }));
}

// What a reader signs; the peer has it too, but does not hand it out.
const authentication = ({ encodedStructure }, itemsRequest) =>
  cborEncode(DataItem.fromData(["ReaderAuthentication", encodedStructure, DataItem.fromBuffer(itemsRequest.encode())]));

// A request for one document, signed by the reader.
export async function request({ docType, show, session, reader, certificate }) {
  const { itemsRequest } = asked(docType, show);
  const readerAuth = await ReaderAuth.create(
    {
      protectedHeaders: new Map([[Header.Algorithm, SignatureAlgorithm.ES256]]),
      unprotectedHeaders: new Map([[Header.X5Chain, der(certificate)]]),
      signingKey: signingKey(reader),
      payload: null,
      detachedPayload: authentication(await transcriptOf(session), itemsRequest),
    },
    context,
  );
  return base64url(DeviceRequest.create({ docRequests: [DocRequest.create({ itemsRequest, readerAuth })] }).encode());
}

export async function readRequest({ request: encoded, session }) {
  const deviceRequest = DeviceRequest.decode(bytes(encoded));
  await Holder.verifyDeviceRequest({ deviceRequest, sessionTranscript: await transcriptOf(session) }, context);
  return deviceRequest.docRequests.map(({ itemsRequest }) => ({
    docType: itemsRequest.docType,
    asked: Object.fromEntries([...itemsRequest.namespaces].map(([name, each]) => [name, Object.fromEntries(each)])),
  }));
}
