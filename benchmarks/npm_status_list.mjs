// npm @sd-jwt/jwt-status-list, in processor time. Reads the task from standard input: {"peers", "entries", "revoked"}.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const task = JSON.parse(readFileSync(0, 'utf8'));
const require = createRequire(pathToFileURL(`${task.peers}/x.cjs`));
const { StatusList } = require('@sd-jwt/jwt-status-list');

function seconds(run) {
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  return [(user + system) / 1e6, result];
}

const statuses = new Array(task.entries).fill(0);
for (const index of task.revoked) statuses[index] = 1;
const list = new StatusList(statuses, 1);
const [encode, lst] = seconds(() => list.compressStatusList());
const [decode, read] = seconds(() => StatusList.decompressStatusList(lst, 1));

const places = Array.from({ length: 1_000_000 }, () => Math.floor(Math.random() * task.entries));
let found = 0;
const [lookups] = seconds(() => { for (const place of places) found += read.getStatus(place); });
console.log(JSON.stringify({ encode, decode, lookup: lookups / places.length, length: lst.length, found }));
