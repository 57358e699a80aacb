// npm @auth0/mdl: documents and device responses in both directions.
import { DeviceResponse, Document, MDoc, Verifier } from "@auth0/mdl";
import { COSEKeyFromJWK } from "cose-kit";
import { base64url, publicJwk } from "./mdoc_context.mjs";

const bytes = (text) => Buffer.from(text, "base64url");
const text = (value) => Buffer.concat([Buffer.from(value.length < 24 ? [0x60 | value.length] : [0x78, value.length]), Buffer.from(value)]);

// The peer reads and writes documents inside a response only: {version, documents: [{docType, issuerSigned}], status}.
const response = (docType, issuerSigned) =>
  Buffer.concat([
    Buffer.from([0xa3]), text("version"), text("1.0"), text("documents"), Buffer.from([0x81, 0xa2]),
    text("docType"), text(docType), text("issuerSigned"), issuerSigned, text("status"), Buffer.from([0]),
  ]);

// Tagged (24) as the peer wants it, the length in its shortest form: it is in the salt of a MAC.
function wrapped(transcript) {
  const length = transcript.length < 0x100 ? [0x58, transcript.length] : [0x59, transcript.length >> 8, transcript.length & 0xff];
  return Buffer.concat([Buffer.from([0xd8, 0x18, ...length]), transcript]);
}

export async function verify({ response, session: { transcript }, roots, reader }) {
  const mdoc = await new Verifier(roots).verify(bytes(response), {
    encodedSessionTranscript: wrapped(bytes(transcript)),
    ephemeralReaderKey: reader ? COSEKeyFromJWK(reader) : undefined,
  });
  return mdoc.documents.map((document) => ({
    docType: document.docType,
    claims: Object.fromEntries(
      document.issuerSignedNameSpaces.map((name) => [name, document.getIssuerNameSpace(name)]),
    ),
  }));
}

// A response without the half of the device.
export async function issue({ docType, namespaces, issuer, certificate, device, hours, digest = "SHA-256" }) {
  const signed = new Date();
  const made = new Document(docType)
    .useDigestAlgorithm(digest)
    .addValidityInfo({ signed, validFrom: signed, validUntil: new Date(signed.getTime() + hours * 3_600_000) })
    .addDeviceKeyInfo({ deviceKey: publicJwk(device) });
  for (const [name, claims] of Object.entries(namespaces)) made.addIssuerNameSpace(name, claims);
  const document = await made.sign({ issuerPrivateKey: { ...issuer, kid: "1" }, issuerCertificate: certificate, alg: "ES256" });
  return base64url(new MDoc([document]).encode());
}

// session: {transcript} as the test made it, or {form: "draft2023"} with what the peer makes one of.
export async function present({ document, docType, show = {}, device, session, reader, definition }) {
  const fields = Object.entries(show).flatMap(([name, each]) =>
    each.map((one) => ({ path: [`$['${name}']['${one}']`], intent_to_retain: false })),
  );
  const asked = definition ?? {
    id: "test",
    input_descriptors: [
      { id: docType, format: { mso_mdoc: { alg: ["ES256"] } }, constraints: { limit_disclosure: "required", fields } },
    ],
  };
  const made = DeviceResponse.from(response(docType, bytes(document))).usingPresentationDefinition(asked);
  if (session.transcript) made.usingSessionTranscriptBytes(wrapped(bytes(session.transcript)));
  else made.usingSessionTranscriptForOID4VP(session.mdocGeneratedNonce, session.clientId, session.responseUri, session.nonce);
  if (reader) made.authenticateWithMAC({ ...device, kid: "1" }, COSEKeyFromJWK(publicJwk(reader)), "HS256");
  else made.authenticateWithSignature({ ...device, kid: "1" }, "ES256");
  return base64url((await made.sign()).encode());
}
