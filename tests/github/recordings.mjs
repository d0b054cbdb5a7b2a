// recordings.mjs DATA DIFFERENCES: does again what DATA/fixtures has recorded, on the emulated GitHub, and holds
// status, headers and the names and types of fields against what the real one answered.
import { readFileSync, readdirSync } from 'node:fs';
import { Differences } from './differences.mjs';

const [data, listed] = process.argv.slice(2);
const base = process.env.APILAB_GITHUB_URL;
const token = process.env.APILAB_GITHUB_TOKEN ?? 'ghp_stubtoken';
const differences = new Differences(listed, ['unserved', 'status', 'header', 'missing', 'type', 'more']);
// With their values: they are the same for every answer of a kind.
const valued = ['content-type', 'cache-control', 'x-github-media-type', 'access-control-allow-origin', 'access-control-expose-headers',
  'content-security-policy', 'referrer-policy', 'strict-transport-security', 'x-content-type-options', 'x-frame-options', 'x-xss-protection'];
// That they are there or not.
const present = ['etag', 'last-modified', 'location', 'link', 'vary', 'server', 'x-ratelimit-limit', 'x-ratelimit-remaining',
  'x-ratelimit-used', 'x-ratelimit-reset', 'x-ratelimit-resource', 'x-oauth-scopes', 'x-accepted-oauth-scopes', 'x-github-request-id'];

const kind = (value) => value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
// An array is as its first item.
function compare(where, theirs, ours, path = '') {
  const [a, b] = [kind(theirs), kind(ours)];
  if (a === 'null' || b === 'null') return;
  if (a !== b) { differences.note('type', `${where} ${path || '/'}: ${a}, ${b}`); return; }
  if (a === 'array') { if (theirs.length && ours.length) compare(where, theirs[0], ours[0], `${path}/0`); return; }
  if (a !== 'object') return;
  for (const name of Object.keys(theirs)) {
    if (!(name in ours)) differences.note('missing', `${where} ${path}/${name}`);
    else compare(where, theirs[name], ours[name], `${path}/${name}`);
  }
  for (const name of Object.keys(ours)) if (!(name in theirs)) differences.note('more', `${where} ${path}/${name}`);
}
const headersOf = (raw) => {
  const out = {};
  for (let i = 0; i < raw.length; i += 2) out[raw[i].toLowerCase()] ??= raw[i + 1];
  return out;
};
const rels = (link) => [...(link ?? '').matchAll(/rel="(\w+)"/g)].map((found) => found[1]).sort().join(' ');

// What is recorded in a fresh repository is done in one that is bare.
const quiet = await (await fetch(`${base}/repos/octo/quiet`, { headers: { 'user-agent': 'apilab-test' } })).json();
const reset = () => fetch(`${process.env.APILAB_ADMIN_URL}/_sandbox/reset`, { method: 'POST', headers: { authorization: `Bearer ${process.env.APILAB_ADMIN_TOKEN}` } });
let done = 0;
for (const fixture of readdirSync(`${data}/fixtures`).sort()) {
  await reset();
  const names = new Map(); // what was created then, and what now
  for (const then of JSON.parse(readFileSync(`${data}/fixtures/${fixture}/raw-fixture.json`, 'utf8'))) {
    const method = then.method.toUpperCase();
    const path = then.path
      .replace(/(\/repos\/|repo%3A)octokit-fixture-org(\/|%2F)tmp-[^/?&]+/g, '$1octo$2quiet')
      .replace(/(\/repos\/)octokit-fixture-org\/hello-world/g, '$1octo/hello')
      .replace(/^\/repositories\/\d+/, `/repositories/${quiet.id}`)
      .replace(/\d+/g, (number) => names.get(number) ?? number);
    const where = `${fixture}: ${method} ${then.path.split('?')[0].replace(/octokit-fixture-org\/[^/]+/, '{repo}').replace(/\d{6,}/g, '{id}')}`;
    const accept = then.reqheaders.accept;
    const reply = await fetch(base + path, {
      method, redirect: 'manual',
      body: then.body === '' ? undefined : typeof then.body === 'string' ? then.body : JSON.stringify(then.body),
      headers: { 'user-agent': 'apilab-test', authorization: `token ${token}`, ...(accept && { accept }),
        ...(then.reqheaders['content-type'] && { 'content-type': then.reqheaders['content-type'] }) },
    });
    const text = await reply.text();
    done += 1;
    if (reply.status !== then.status) {
      differences.note(reply.status === 404 ? 'unserved' : 'status', `${where}: ${then.status}, ${reply.status}`);
      continue;
    }
    const theirs = headersOf(then.rawHeaders);
    for (const name of valued) {
      if ((theirs[name] ?? '') !== (reply.headers.get(name) ?? '')) differences.note('header', `${where} ${name}`);
    }
    for (const name of present) if (name in theirs !== reply.headers.has(name)) differences.note('header', `${where} ${name}`);
    if (rels(theirs.link) !== rels(reply.headers.get('link'))) differences.note('header', `${where} link: ${rels(theirs.link)}, ${rels(reply.headers.get('link'))}`);
    const json = (reply.headers.get('content-type') ?? '').startsWith('application/json');
    const ours = json && text ? JSON.parse(text) : text;
    compare(where, then.response, ours);
    if (then.response?.id && ours?.id) names.set(String(then.response.id), String(ours.id));
  }
}
console.log(`${done} exchanges`);
process.exit(differences.close() ? 0 : 1);
