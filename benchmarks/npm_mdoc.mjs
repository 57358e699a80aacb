// npm @owf/mdoc, @animo-id/mdoc and @auth0/mdl with node:crypto, measured against node:crypto itself. Reads the task from
// standard input: a PID with its elements, some of them shown. What the libraries leave to their caller is done with keys
// that were loaded before; certificate chains are not checked where that can be switched off.
import { createHash, createPrivateKey, createPublicKey, hkdfSync, randomBytes, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const task = JSON.parse(readFileSync(0, 'utf8'));
const require = createRequire(pathToFileURL(`${task.peers}/x.cjs`));
const owf = await import(pathToFileURL(require.resolve('@owf/mdoc')));
const animo = require('@animo-id/mdoc');
const auth0 = require('@auth0/mdl');

const { docType, elements, shown, issuer, device, certificate } = task;
const transcript = Buffer.from(task.transcript, 'hex');
const der = new Uint8Array(Buffer.from(certificate.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64'));
const publicJwk = ({ kty, crv, x, y }) => ({ kty, crv, x, y });
const ieee = (key) => ({ key, dsaEncoding: 'ieee-p1363' });
const loaded = new Map();
const keyOf = (jwk, make) => {
  const name = `${make.name} ${jwk.x}`;
  if (!loaded.has(name)) loaded.set(name, ieee(make({ key: jwk, format: 'jwk' })));
  return loaded.get(name);
};
const signed = (data, jwk) => new Uint8Array(sign('sha256', data, keyOf(jwk, createPrivateKey)));
const verified = (data, signature, jwk) => verify('sha256', data, keyOf(publicJwk(jwk), createPublicKey), signature);
const crypto = {
  random: (length) => new Uint8Array(randomBytes(length)),
  digest: ({ bytes }) => new Uint8Array(createHash('sha256').update(bytes).digest()),
};
const x509 = {
  getIssuerNameField: () => ['NL'],
  getCertificateData: () => ({ issuerName: 'x', subjectName: 'x', serialNumber: '1', thumbprint: 'x', pem: '', notBefore: new Date(0), notAfter: new Date(4e12) }),
};
const now = new Date(Math.floor(Date.now() / 1000) * 1000);
const validity = { signed: now, validFrom: now, validUntil: new Date(now.getTime() + 86_400_000) };

// Each: issue, present (a document that was parsed before) and verify (octets of a response).
async function withOwf() {
  const context = {
    crypto,
    cose: {
      sign1: {
        sign: ({ toBeSigned, key }) => signed(toBeSigned, key.jwk),
        verify: ({ sign1, key }) => verified(sign1.toBeSigned, sign1.signature, key.jwk),
      },
    },
    x509: { ...x509, getPublicKey: () => owf.CoseKey.fromJwk(publicJwk(issuer)) },
  };
  const key = (jwk) => owf.CoseKey.fromJwk({ ...jwk, alg: 'ES256' });
  const [issuerKey, deviceKey] = [key(issuer), key(device)];
  const issue = () =>
    new owf.Issuer(docType, context).addIssuerNamespace(docType, elements).sign({
      signingKey: issuerKey, algorithm: owf.SignatureAlgorithm.ES256, digestAlgorithm: 'SHA-256', validityInfo: validity,
      deviceKeyInfo: { deviceKey: owf.DeviceKey.fromJwk(publicJwk(device)) }, certificates: [der],
    }).then((made) => made.encode());
  const held = owf.IssuerSigned.decode(await issue());
  const asked = Object.fromEntries(shown.map((name) => [name, false]));
  const deviceRequest = owf.DeviceRequest.create({
    docRequests: [owf.DocRequest.create({ itemsRequest: owf.ItemsRequest.create({ docType, namespaces: { [docType]: asked } }) })],
  });
  const sessionTranscript = owf.SessionTranscript.decode(transcript);
  const present = () =>
    owf.Holder.createDeviceResponseForDeviceRequest(
      { deviceRequest, sessionTranscript, issuerSigned: [held], signature: { signingKey: deviceKey } }, context,
    ).then((made) => made.encode());
  const response = await present();
  const check = () =>
    owf.Verifier.verifyDeviceResponse(
      { deviceResponse: response, sessionTranscript, trustedCertificates: [], disableCertificateChainValidation: true }, context,
    );
  return { issue, present, verify: check };
}

async function withAnimo() {
  const context = {
    crypto,
    cose: {
      sign1: {
        sign: ({ sign1, jwk }) => signed(sign1.getRawSigningData().data, jwk),
        verify: ({ sign1, jwk, options }) => {
          const { data, signature } = sign1.getRawVerificationData(options);
          return verified(data, signature, jwk);
        },
      },
    },
    x509: { ...x509, getPublicKey: () => publicJwk(issuer), validateCertificateChain: () => {} },
  };
  const made = () =>
    new animo.Document(docType, context)
      .useDigestAlgorithm('SHA-256')
      .addValidityInfo(validity)
      .addDeviceKeyInfo({ deviceKey: publicJwk(device) })
      .addIssuerNameSpace(docType, elements)
      .sign({ issuerPrivateKey: issuer, issuerCertificate: der, alg: 'ES256' }, context);
  const issue = () => made().then((document) => animo.cborEncode(document.prepare().get('issuerSigned')));
  const held = new animo.MDoc([animo.parseIssuerSigned(await issue(), docType)]);
  const nameSpaces = new Map([[docType, new Map(shown.map((name) => [name, false]))]]);
  const asked = animo.DeviceRequest.from('1.0', [{ itemsRequestData: { docType, nameSpaces } }]);
  const wrapped = animo.cborEncode(new animo.DataItem({ buffer: new Uint8Array(transcript) }));
  const present = () =>
    animo.DeviceResponse.from(held).usingDeviceRequest(asked).usingSessionTranscriptBytes(wrapped)
      .authenticateWithSignature(device, 'ES256').sign(context).then((mdoc) => mdoc.encode());
  const response = await present();
  const check = () =>
    new animo.Verifier().verifyDeviceResponse(
      { encodedDeviceResponse: response, encodedSessionTranscript: wrapped, trustedCertificates: [der], disableCertificateChainValidation: true },
      context,
    );
  return { issue, present, verify: check };
}

async function withAuth0() {
  const jwk = (key) => ({ ...key, kid: '1' });
  const issue = () =>
    new auth0.Document(docType)
      .useDigestAlgorithm('SHA-256')
      .addValidityInfo(validity)
      .addDeviceKeyInfo({ deviceKey: publicJwk(device) })
      .addIssuerNameSpace(docType, elements)
      .sign({ issuerPrivateKey: jwk(issuer), issuerCertificate: certificate, alg: 'ES256' })
      .then((document) => new auth0.MDoc([document]).encode());
  const held = auth0.parse(await issue());
  const fields = shown.map((name) => ({ path: [`$['${docType}']['${name}']`], intent_to_retain: false }));
  const definition = {
    id: 'pid',
    input_descriptors: [{ id: docType, format: { mso_mdoc: { alg: ['ES256'] } }, constraints: { limit_disclosure: 'required', fields } }],
  };
  const head = Buffer.from([0xd8, 0x18, 0x58, transcript.length]);
  const wrapped = Buffer.concat([head, transcript]);
  const present = () =>
    auth0.DeviceResponse.from(held).usingPresentationDefinition(definition).usingSessionTranscriptBytes(wrapped)
      .authenticateWithSignature(jwk(device), 'ES256').sign().then((mdoc) => mdoc.encode());
  const response = await present();
  const verifier = new auth0.Verifier([task.root]);
  const check = () => verifier.verify(response, { encodedSessionTranscript: wrapped });
  return { issue, present, verify: check };
}

const data = randomBytes(2048);
const signature = sign('sha256', data, keyOf(issuer, createPrivateKey));
const tasks = {
  'raw sign': async () => sign('sha256', data, keyOf(issuer, createPrivateKey)),
  'raw verify': async () => verify('sha256', data, keyOf(publicJwk(issuer), createPublicKey), signature),
};
const peers = { '@owf/mdoc': await withOwf(), '@animo-id/mdoc': await withAnimo(), '@auth0/mdl': await withAuth0() };
for (const [peer, own] of Object.entries(peers)) for (const [name, run] of Object.entries(own)) tasks[`${peer} ${name}`] = run;

const rounds = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]));
for (const run of Object.values(tasks)) for (let n = 0; n < 30; n += 1) await run();
for (let round = 0; round < 25; round += 1) {
  for (const [name, run] of Object.entries(tasks)) {
    const calls = name.startsWith('raw') ? 100 : 10;
    const start = process.hrtime.bigint();
    for (let n = 0; n < calls; n += 1) await run();
    rounds[name].push(Number(process.hrtime.bigint() - start) / calls);
  }
}
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const time = Object.fromEntries(Object.entries(rounds).map(([name, values]) => [name, median(values)]));
const ratios = (peer) => ({
  issue: time[`${peer} issue`] / time['raw sign'],
  present: time[`${peer} present`] / time['raw sign'],
  verify: time[`${peer} verify`] / (2 * time['raw verify']),
});
console.log(JSON.stringify(Object.fromEntries(Object.keys(peers).map((peer) => [peer, ratios(peer)]))));
