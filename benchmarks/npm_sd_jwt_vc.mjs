// npm @sd-jwt/sd-jwt-vc with node:crypto, measured against node:crypto itself. Reads the task from standard input.
import { createHash, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const task = JSON.parse(readFileSync(0, 'utf8'));
const require = createRequire(pathToFileURL(`${task.peers}/x.cjs`));
const { SDJwtVcInstance } = require('@sd-jwt/sd-jwt-vc');

const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const holder = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ieee = (key) => ({ key, dsaEncoding: 'ieee-p1363' });
const signer = (key) => async (data) => sign('sha256', Buffer.from(data), ieee(key)).toString('base64url');
const verifier = (key) => async (data, signature) =>
  verify('sha256', Buffer.from(data), ieee(key), Buffer.from(signature, 'base64url'));

const sdjwt = new SDJwtVcInstance({
  signer: signer(issuer.privateKey),
  verifier: verifier(issuer.publicKey),
  kbSigner: signer(holder.privateKey),
  kbVerifier: verifier(holder.publicKey),
  signAlg: 'ES256',
  kbSignAlg: 'ES256',
  hasher: (data, alg) => createHash(alg.replace('-', '')).update(data).digest(),
  hashAlg: 'sha-256',
  saltGenerator: () => randomBytes(16).toString('base64url'),
});

const now = Math.floor(Date.now() / 1000);
const payload = { iss: task.iss, iat: now, vct: task.vct, cnf: { jwk: holder.publicKey.export({ format: 'jwk' }) }, ...task.claims };
const frame = Object.fromEntries(task.shown.map((name) => [name, true]));
const kb = { payload: { iat: now, aud: task.aud, nonce: task.nonce } };

const issue = () => sdjwt.issue(payload, { _sd: Object.keys(task.claims) });
const card = await issue();
const present = () => sdjwt.present(card, frame, { kb });
const shown = await present();
const check = () => sdjwt.verify(shown, { requiredClaimKeys: [...task.shown], keyBindingNonce: task.nonce });

const data = Buffer.from(card.split('~')[0]);
const signature = sign('sha256', data, ieee(issuer.privateKey));
const tasks = {
  'raw sign': async () => sign('sha256', data, ieee(issuer.privateKey)),
  'raw verify': async () => verify('sha256', data, ieee(issuer.publicKey), signature),
  issue, present, verify: check,
};

const rounds = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]));
for (const run of Object.values(tasks)) for (let n = 0; n < 50; n += 1) await run();
for (let round = 0; round < 25; round += 1) {
  for (const [name, run] of Object.entries(tasks)) {
    const calls = name.startsWith('raw') ? 100 : 25;
    const start = process.hrtime.bigint();
    for (let n = 0; n < calls; n += 1) await run();
    rounds[name].push(Number(process.hrtime.bigint() - start) / calls);
  }
}
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const time = Object.fromEntries(Object.entries(rounds).map(([name, values]) => [name, median(values)]));
console.log(JSON.stringify({
  issue: time.issue / time['raw sign'],
  present: time.present / time['raw sign'],
  verify: time.verify / (2 * time['raw verify']),
}));
