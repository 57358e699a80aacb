// npm @animo-id/mdoc, which Credo 0.6 is built on: documents and device responses.
import { DataItem, DeviceRequest, DeviceResponse, Document, MDoc, Verifier, cborDecode, cborEncode, parseIssuerSigned } from "@animo-id/mdoc";
import { animoContext as context, base64url, bytes, der, publicJwk } from "./mdoc_context.mjs";

// Tagged (24), as the peer wants it.
const wrapped = (transcript) => cborEncode(new DataItem({ buffer: bytes(transcript) }));
const FORMS = {
  iso18013_7: "calculateSessionTranscriptBytesForOID4VP",
  dcApiDraft24: "calculateSessionTranscriptBytesForOID4VPDCApi",
};
const transcriptOf = ({ transcript, form, ...facts }) =>
  transcript ? wrapped(transcript) : DeviceResponse[FORMS[form]]({ ...facts, context });

const plain = (map) => Object.fromEntries(map);
const claimsOf = (document) =>
  Object.fromEntries(document.issuerSignedNameSpaces.map((name) => [name, plain(document.getIssuerNameSpace(name))]));

export async function issue({ docType, namespaces, issuer, certificate, device, hours, digest = "SHA-256" }) {
  const signed = new Date();
  const made = new Document(docType, context)
    .useDigestAlgorithm(digest)
    .addValidityInfo({ signed, validFrom: signed, validUntil: new Date(signed.getTime() + hours * 3_600_000) })
    .addDeviceKeyInfo({ deviceKey: publicJwk(device) });
  for (const [name, claims] of Object.entries(namespaces)) made.addIssuerNameSpace(name, claims);
  const result = await made.sign({ issuerPrivateKey: issuer, issuerCertificate: certificate, alg: "ES256" }, context);
  return base64url(cborEncode(result.prepare().get("issuerSigned")));
}

export async function verifyIssued({ document, roots }) {
  const read = parseIssuerSigned(bytes(document));
  const verifier = new Verifier();
  const given = { trustedCertificates: roots.map(der), issuerAuth: read.issuerSigned.issuerAuth, disableCertificateChainValidation: false };
  await verifier.verifyIssuerSignature(given, context);
  await verifier.verifyData({ mdoc: read }, context);
  return { docType: read.docType, claims: claimsOf(read) };
}

// show: what to show; or definition, a presentation definition, from which the peer takes it.
export async function present({ document, docType, show = {}, device, session, reader, definition }) {
  const nameSpaces = new Map(Object.entries(show).map(([name, each]) => [name, new Map(each.map((one) => [one, false]))]));
  const made = DeviceResponse.from(new MDoc([parseIssuerSigned(bytes(document), docType)])).usingSessionTranscriptBytes(
    await transcriptOf(session),
  );
  if (definition) made.usingPresentationDefinition(definition);
  else made.usingDeviceRequest(DeviceRequest.from("1.0", [{ itemsRequestData: { docType, nameSpaces } }]));
  if (reader) made.authenticateWithMAC(device, publicJwk(reader), "HS256");
  else made.authenticateWithSignature(device, "ES256");
  return base64url((await made.sign(context)).encode());
}

export async function verify({ response, session, roots, reader }) {
  const mdoc = await new Verifier().verifyDeviceResponse(
    {
      encodedDeviceResponse: bytes(response),
      encodedSessionTranscript: await transcriptOf(session),
      trustedCertificates: roots.map(der),
      ephemeralReaderKey: reader,
    },
    context,
  );
  return mdoc.documents.map((one) => ({ docType: one.docType, claims: claimsOf(one) }));
}

export function readRequest({ request }) {
  return DeviceRequest.parse(bytes(request)).docRequests.map(({ itemsRequest: { data } }) => ({
    docType: data.docType,
    asked: Object.fromEntries([...data.nameSpaces].map(([name, each]) => [name, plain(each)])),
  }));
}

// What the peer takes a transcript for, without tag 24.
export const transcript = async ({ session }) => base64url(cborDecode(await transcriptOf(session)).buffer);
