// npm @auth0/mdl: device responses in both directions, over a session transcript that the test gives.
import { DeviceResponse, Document, MDoc, Verifier } from "@auth0/mdl";

const bytes = (base64url) => Buffer.from(base64url, "base64url");

// Tagged (24) as @auth0/mdl wants to be given a transcript.
function wrapped(transcript) {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(transcript.length);
  return Buffer.concat([Buffer.from([0xd8, 0x18, 0x59]), length, transcript]);
}

export async function verify({ response, transcript, roots }) {
  const mdoc = await new Verifier(roots).verify(bytes(response), { encodedSessionTranscript: wrapped(bytes(transcript)) });
  return mdoc.documents.map((document) => ({
    docType: document.docType,
    claims: Object.fromEntries(
      document.issuerSignedNameSpaces.map((name) => [name, document.getIssuerNameSpace(name)]),
    ),
  }));
}

export async function present({ docType, namespace, claims, show, issuer, certificate, device, transcript, hours }) {
  const now = new Date();
  const { d: _, ...deviceKey } = device;
  const document = await new Document(docType)
    .addIssuerNameSpace(namespace, claims)
    .useDigestAlgorithm("SHA-256")
    .addValidityInfo({ signed: now, validFrom: now, validUntil: new Date(now.getTime() + hours * 3_600_000) })
    .addDeviceKeyInfo({ deviceKey })
    .sign({ issuerPrivateKey: { ...issuer, kid: "1" }, issuerCertificate: certificate, alg: "ES256" });
  const constraints = { fields: show.map((name) => ({ path: [`$['${namespace}']['${name}']`], intent_to_retain: false })) };
  const definition = {
    id: "test",
    input_descriptors: [
      { id: docType, format: { mso_mdoc: { alg: ["ES256"] } }, constraints: { limit_disclosure: "required", ...constraints } },
    ],
  };
  const shown = await DeviceResponse.from(new MDoc([document]))
    .usingPresentationDefinition(definition)
    .usingSessionTranscriptBytes(wrapped(bytes(transcript)))
    .authenticateWithSignature({ ...device, kid: "1" }, "ES256")
    .sign();
  return Buffer.from(shown.encode()).toString("base64url");
}
