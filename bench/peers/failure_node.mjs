// The questions of `apilab radar check` with octokit for GitHub and got for npm and OSV.
//
//     node failure_node.mjs LOCKFILE
//
// Where the sources are stands in the environment, as for ours. Both libraries are set up as their
// documentation says: octokit brings its throttling and retry plugins, got its own retries. As many
// requests are under way per source as in ours. Prints `{"failures": n}`.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import got from 'got';
import { Octokit } from 'octokit';

const program = 'apilab-bench-peer/1.0';
const attemptsMax = 10;

const npmUrl = process.env.APILAB_NPM_URL;
const osvUrl = process.env.APILAB_OSV_URL;

const client = got.extend({
  agent: { http: new http.Agent({ keepAlive: true, maxSockets: 24 }) },
  headers: { 'user-agent': program },
  // POST is not among got's defaults; OSV's only ask.
  retry: { limit: attemptsMax - 1, methods: ['GET', 'POST'] },
  timeout: { request: 30_000 },
});
const again = (after, options, octokit, retries) => retries < attemptsMax - 1;
const silent = () => {};
const github = new Octokit({
  auth: process.env.APILAB_GITHUB_TOKEN,
  baseUrl: process.env.APILAB_GITHUB_URL,
  userAgent: program,
  log: { debug: silent, info: silent, warn: silent, error: silent },
  throttle: { onRateLimit: again, onSecondaryRateLimit: again },
});
const apiVersion = { 'x-github-api-version': '2022-11-28' };

let failures = 0;

// At most `size` tasks at once; a task that fails is counted and gives undefined.
function pool(size) {
  const waiting = [];
  let running = 0;
  const next = () => {
    if (running < size && waiting.length > 0) {
      ++running;
      waiting.shift()();
    }
  };
  return async (task) => {
    await new Promise((resolve) => {
      waiting.push(resolve);
      next();
    });
    try {
      return await task();
    } catch {
      ++failures;
      return undefined;
    } finally {
      --running;
      next();
    }
  };
}

const npmLane = pool(12);
const osvLane = pool(8);
const githubLane = pool(4);

function readLockfile(path) {
  const { packages } = JSON.parse(readFileSync(path, 'utf8'));
  const direct = new Set(Object.keys(packages[''].dependencies));
  return Object.entries(packages)
    .filter(([place]) => place !== '')
    .map(([place, { version }]) => {
      const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return { name, version, direct: direct.has(name) };
    });
}

const osvQuery = ({ name, version }, token) => ({
  package: { ecosystem: 'npm', name },
  ...(version && { version }),
  ...(token && { page_token: token }),
});

async function hitPackages(dependencies) {
  const hit = new Set();
  let open = dependencies.map((dependency) => ({ dependency }));
  while (open.length > 0) {
    const batch = open.slice(0, 1000);
    open = open.slice(1000);
    const queries = batch.map(({ dependency, token }) => osvQuery(dependency, token));
    const { results } = await client.post(`${osvUrl}/v1/querybatch`, { json: { queries } }).json();
    results.forEach((result, i) => {
      if (result.vulns?.length > 0) hit.add(batch[i].dependency.name);
      if (result.next_page_token) {
        open.push({ dependency: batch[i].dependency, token: result.next_page_token });
      }
    });
  }
  return hit;
}

async function osvRecords(name) {
  const records = [];
  let token;
  do {
    const page = await client.post(`${osvUrl}/v1/query`, { json: osvQuery({ name }, token) }).json();
    records.push(...(page.vulns ?? []));
    token = page.next_page_token;
  } while (token);
  return records;
}

const packument = (name, full) => client(`${npmUrl}/${name}`, {
  headers: {
    accept: full ? 'application/json' : 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8',
  },
}).json();

async function githubAdvisories(dependencies) {
  const advisories = [];
  for (let from = 0; from < dependencies.length; from += 100) {
    const affects = dependencies.slice(from, from + 100).map(({ name, version }) => `${name}@${version}`);
    advisories.push(...await github.paginate(github.rest.securityAdvisories.listGlobalAdvisories, {
      ecosystem: 'npm', affects: affects.join(','), per_page: 100, headers: apiVersion,
    }));
  }
  return advisories;
}

function repositoryOf(document) {
  const found = /github\.com[/:]([^/]+)\/([^/#]+?)(\.git)?(#.*)?$/.exec(document?.repository?.url ?? '');
  return found && { owner: found[1], repo: found[2] };
}

async function main() {
  const dependencies = readLockfile(process.argv[2]);
  const hit = await osvLane(() => hitPackages(dependencies)) ?? new Set();
  const documents = new Map();
  const ask = (dependency, full) => npmLane(async () => {
    documents.set(dependency.name, await packument(dependency.name, full));
  });
  const isFull = ({ name, direct }) => direct || hit.has(name);

  const advisories = githubLane(() => githubAdvisories(dependencies));
  const full = dependencies.filter(isFull).map((one) => ask(one, true));
  const records = [...hit].map((name) => osvLane(() => osvRecords(name)));
  const abbreviated = dependencies.filter((one) => !isFull(one)).map((one) => ask(one, false));

  const known = await advisories ?? [];
  await Promise.all(full);
  const named = new Set(known.flatMap(({ vulnerabilities }) => vulnerabilities.map((one) => one.package.name)));
  const isHit = ({ name }) => hit.has(name) || named.has(name);
  const worth = [...dependencies.filter(isHit), ...dependencies.filter((one) => one.direct && !isHit(one))];
  const repositories = worth.map(({ name }) => repositoryOf(documents.get(name))).filter(Boolean).slice(0, 40);
  const releases = repositories.map((repository) => githubLane(
    () => github.rest.repos.listReleases({ ...repository, per_page: 100, headers: apiVersion })));
  await Promise.all([...releases, ...records, ...abbreviated]);
  console.log(JSON.stringify({ failures }));
}

await main();
