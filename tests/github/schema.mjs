// schema.mjs DATA DIFFERENCES: every operation of DATA/openapi-subset.json is asked, and each reply has to be one that
// the document describes: its status, its media type, its body.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { Differences } from './differences.mjs';

const [data, listed] = process.argv.slice(2);
const base = process.env.APILAB_GITHUB_URL;
const document = JSON.parse(readFileSync(`${data}/openapi-subset.json`, 'utf8'));
const differences = new Differences(listed, ['not-served']);

// OpenAPI 3.0's `nullable` in the words of JSON Schema.
function plain(node) {
  if (Array.isArray(node)) return node.map(plain);
  if (node === null || typeof node !== 'object') return node;
  const out = {};
  for (const [key, value] of Object.entries(node)) {
    // Some of GitHub's alternatives fit the same body (an error is a rule's violation, too): one is enough.
    if (key === 'oneOf') { out.anyOf = plain(value); continue; }
    if (!['example', 'examples', 'nullable', 'discriminator', 'externalDocs'].includes(key) || key === 'properties') {
      out[key] = key === 'enum' ? value : plain(value);
    }
  }
  if (node.nullable !== true) return out;
  if (typeof out.type === 'string') out.type = [out.type, 'null'];
  if (Array.isArray(out.enum) && !out.enum.includes(null)) out.enum = [...out.enum, null];
  return out.type ? out : { anyOf: [out, { type: 'null' }] };
}
// Names of members may be `nullable` or `example` themselves: only schemas are rewritten.
const schemas = Object.fromEntries(Object.entries(document.components.schemas).map(([name, one]) => [name, plain(one)]));
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
addFormats(ajv);
ajv.addFormat('repo.nwo', true);
ajv.addFormat('timezone', true);
ajv.addSchema({ $id: 'github', components: { schemas } });
const compiled = new Map();
function validator(schema) {
  const text = JSON.stringify(plain(schema)).replaceAll('"#/components', '"github#/components');
  if (!compiled.has(text)) compiled.set(text, ajv.compile(JSON.parse(text)));
  return compiled.get(text);
}

const left = new Set();
for (const [path, methods] of Object.entries(document.paths)) {
  for (const method of Object.keys(methods)) {
    if (['get', 'post', 'put', 'patch', 'delete'].includes(method)) left.add(`${method.toUpperCase()} ${path}`);
  }
}
let failed = 0;
let checked = 0;
const fail = (text) => { failed += 1; console.log(`FAIL ${text}`); };

const token = { authorization: 'Bearer ' + (process.env.APILAB_GITHUB_TOKEN ?? 'ghp_stubtoken') };
// ask('METHOD /template', {values}, {query, body, headers, status})
async function ask(operation, values = {}, { query = '', body, headers = {}, status = 200 } = {}) {
  const [method, template] = operation.split(' ');
  const path = template.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? { owner: 'octo', repo: 'hello' }[name]);
  const reply = await fetch(base + path + query, {
    method, redirect: 'manual', body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'user-agent': 'apilab-test', accept: 'application/vnd.github+json', ...token, ...headers },
  });
  const name = `${operation} ${query} ${JSON.stringify(values)} ${status}`;
  const text = await reply.text();
  checked += 1;
  if (reply.status !== status) return fail(`${name}: ${reply.status} ${text.slice(0, 200)}`) ?? {};
  let described = document.paths[template][method.toLowerCase()].responses[String(status)];
  if (!described) return fail(`${name}: the document has no such status`) ?? {};
  if (described.$ref) described = described.$ref.split('/').slice(1).reduce((at, step) => at[step], document);
  left.delete(operation);
  const types = Object.keys(described.content ?? {});
  if (types.length === 0) return text ? fail(`${name}: has a body`) ?? {} : { headers: reply.headers };
  const type = (reply.headers.get('content-type') ?? '').split(';')[0];
  const media = headers.accept?.includes('object') ? 'application/vnd.github.object' : types.includes(type) ? type : undefined;
  if (!media) return fail(`${name}: content-type ${type}, described ${types}`) ?? {};
  const value = type === 'application/json' ? JSON.parse(text) : text;
  const valid = validator(described.content[media].schema);
  if (!valid(value)) {
    fail(name);
    for (const error of valid.errors.slice(0, 8)) console.log(`   ${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
  }
  return { value, headers: reply.headers };
}

const repo = '/repos/{owner}/{repo}';
const other = (name) => ({ owner: 'octo', repo: name });
const form = { message: 'm', content: Buffer.from('x').toString('base64') };

for (const version of ['2022-11-28']) {
  const headers = { 'x-github-api-version': version };
  await ask('GET /meta', {}, { headers });
  await ask('GET /zen', {}, { headers });
  await ask('GET /versions', {}, { headers });
  await ask('GET /rate_limit', {}, { headers });
  await ask('GET /user', {}, { headers });
  await ask('GET /user', {}, { headers: { authorization: '' }, status: 401 });
}
await ask(`GET ${repo}`);
await ask(`GET ${repo}`, other('none'), { status: 404 });
await ask(`GET ${repo}`, other('old-name'), { status: 301 });
await ask(`GET ${repo}`, other('shelved'));
await ask(`PATCH ${repo}`, {}, { body: { description: 'Another one' } });
await ask(`PATCH ${repo}`, {}, { body: { name: 'other' }, status: 422 });
await ask(`PATCH ${repo}`, other('old-name'), { body: {}, status: 307 });
await ask(`PATCH ${repo}`, { owner: 'lodash', repo: 'lodash' }, { body: {}, status: 404 });

for (let page = 1; page <= 2; page += 1) await ask(`GET ${repo}/issues`, {}, { query: `?state=all&per_page=100&page=${page}` });
await ask(`GET ${repo}/issues`, other('none'), { status: 404 });
await ask(`GET ${repo}/issues`, {}, { query: '?state=ajar', status: 422 });
await ask(`GET ${repo}/issues`, other('old-name'), { status: 301 });
const issue = (await ask(`POST ${repo}/issues`, {}, { body: { title: 'x', body: 'y', labels: ['bug'], assignees: ['octo'] }, status: 201 })).value;
await ask(`POST ${repo}/issues`, {}, { body: { title: '' }, status: 422 });
await ask(`POST ${repo}/issues`, {}, { body: {}, status: 422 });
await ask(`POST ${repo}/issues`, {}, { body: '{', status: 400 });
await ask(`POST ${repo}/issues`, other('shelved'), { body: { title: 'x' }, status: 403 });
await ask(`POST ${repo}/issues`, other('none'), { body: { title: 'x' }, status: 404 });
for (const number of [1, 5, 12, 13, 15, 45]) await ask(`GET ${repo}/issues/{issue_number}`, { issue_number: number });
await ask(`GET ${repo}/issues/{issue_number}`, { issue_number: 9999 }, { status: 404 });
const etag = (await ask(`GET ${repo}/issues/{issue_number}`, { issue_number: 2 })).headers.get('etag');
await ask(`GET ${repo}/issues/{issue_number}`, { issue_number: 2 }, { headers: { 'if-none-match': etag }, status: 304 });
const at = { issue_number: issue.number };
await ask(`PATCH ${repo}/issues/{issue_number}`, at, { body: { state: 'closed', state_reason: 'not_planned' } });
await ask(`PATCH ${repo}/issues/{issue_number}`, at, { body: { state: 'ajar' }, status: 422 });
await ask(`PATCH ${repo}/issues/{issue_number}`, { owner: 'lodash', repo: 'lodash', issue_number: 1 }, { body: {}, status: 404 });
await ask(`GET ${repo}/issues/{issue_number}/comments`, { issue_number: 1 });
await ask(`GET ${repo}/issues/{issue_number}/comments`, { issue_number: 9999 }, { status: 404 });
await ask(`POST ${repo}/issues/{issue_number}/comments`, at, { body: { body: 'c' }, status: 201 });
await ask(`POST ${repo}/issues/{issue_number}/comments`, at, { body: { body: '' }, status: 422 });
await ask(`POST ${repo}/issues/{issue_number}/comments`, { ...other('shelved'), issue_number: 1 }, { body: { body: 'c' }, status: 403 });

await ask(`GET ${repo}/releases`);
await ask(`GET ${repo}/releases`, other('none'), { status: 404 });
await ask(`GET ${repo}/releases/latest`);
await ask(`GET ${repo}/releases/latest`, other('quiet'), { status: 404 });
await ask(`GET ${repo}/releases/tags/{tag}`, { tag: 'v1.0.0' });
await ask(`GET ${repo}/releases/tags/{tag}`, { tag: 'v0' }, { status: 404 });
await ask(`POST ${repo}/releases`, {}, { body: { tag_name: 'v7', draft: true }, status: 201 });
const release = (await ask(`POST ${repo}/releases`, {}, { body: { tag_name: 'v8', name: 'Eight', body: 'b' }, status: 201 })).value;
await ask(`POST ${repo}/releases`, {}, { body: { tag_name: 'v8' }, status: 422 });
await ask(`POST ${repo}/releases`, {}, { body: { tag_name: 'v9', discussion_category_name: 'x' }, status: 404 });
await fetch(release.upload_url.replace(/\{.*/, '?name=a.txt'), { method: 'POST', body: 'bytes', headers: { ...token, 'user-agent': 'apilab-test' } });
await ask(`GET ${repo}/releases`);

await ask('GET /advisories', {}, { query: '?per_page=100' });
await ask('GET /advisories', {}, { query: '?is_withdrawn=true' });
await ask('GET /advisories', {}, { query: '?ecosystem=NPM', status: 422 });
const ghsa = (await ask('GET /advisories', {}, { query: '?per_page=1' })).value[0].ghsa_id;
await ask('GET /advisories/{ghsa_id}', { ghsa_id: ghsa });
await ask('GET /advisories/{ghsa_id}', { ghsa_id: 'GHSA-none' }, { status: 404 });
const lodash = { owner: 'lodash', repo: 'lodash' };
const advisories = (await ask(`GET ${repo}/security-advisories`, lodash)).value;
if (!advisories?.length) fail('there are no advisories of a repository');
await ask(`GET ${repo}/security-advisories`);
await ask(`GET ${repo}/security-advisories`, {}, { query: '?after=zz', status: 400 });
await ask(`GET ${repo}/security-advisories`, other('none'), { status: 404 });

const path = (at) => ({ path: at });
for (const one of ['README.md', 'src', 'docs/old', 'docs/latest.md', 'vendor/left-box', 'docs', 'vendor']) await ask(`GET ${repo}/contents/{path}`, path(one));
await ask(`GET ${repo}/contents/{path}`, path(''));
await ask(`GET ${repo}/contents/{path}`, path('src'), { headers: { accept: 'application/vnd.github.object+json' } });
await ask(`GET ${repo}/contents/{path}`, path('none'), { status: 404 });
const sha = (await ask(`PUT ${repo}/contents/{path}`, path('new.txt'), { body: form, status: 201 })).value.content.sha;
await ask(`PUT ${repo}/contents/{path}`, path('new.txt'), { body: { ...form, sha } });
await ask(`PUT ${repo}/contents/{path}`, path('new.txt'), { body: { ...form, sha: 'a'.repeat(40) }, status: 409 });
await ask(`PUT ${repo}/contents/{path}`, path('new.txt'), { body: form, status: 422 });
await ask(`PUT ${repo}/contents/{path}`, { ...lodash, path: 'x' }, { body: form, status: 404 });

await ask('GET /search/issues', {}, { query: '?q=repo:octo/hello&per_page=100' });
await ask('GET /search/issues', {}, { query: '?q=is:pr+repo:octo/hello' });
await ask('GET /search/issues', {}, { status: 422 });

const hook = await fetch(`${base}/repos/octo/hello/hooks`, {
  method: 'POST', headers: { ...token, 'user-agent': 'apilab-test' },
  body: JSON.stringify({ events: ['*'], config: { url: 'http://127.0.0.1:9/', content_type: 'json' } }),
});
const deliveries = `GET ${repo}/hooks/{hook_id}/deliveries`;
if (hook.status === 201) {
  const hook_id = (await hook.json()).id;
  for (let i = 0; i < 60 && (await ask(deliveries, { hook_id })).value?.length === 0; i += 1) await new Promise((on) => setTimeout(on, 100));
  await ask(deliveries, { hook_id }, { query: '?cursor=zz', status: 400 });
}
if (hook.status === 503) { // nobody delivers here
  console.log('deliveries are not checked: this sandbox has no hub');
  left.delete(deliveries);
}
for (const operation of left) differences.note('not-served', operation);
console.log(`${checked} replies, ${failed} failed; ${left.size} operations not asked`);
process.exit(differences.close() && failed === 0 ? 0 : 1);
