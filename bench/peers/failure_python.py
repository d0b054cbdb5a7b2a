"""The questions of `apilab radar check` with requests and tenacity, in pools of threads.

    python3 failure_python.py LOCKFILE

Where the sources are stands in the environment, as for ours. The usual recipe: one session whose
connections are kept, tries again after 429, 5xx and lost connections, waits as long as it is told
and otherwise an exponential time with jitter. As many requests are under way per source as in ours.
Prints `{"failures": n}`.
"""

import email.utils
import json
import os
import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests
import tenacity
from requests.adapters import HTTPAdapter

NPM = os.environ["APILAB_NPM_URL"]
OSV = os.environ["APILAB_OSV_URL"]
GITHUB = os.environ["APILAB_GITHUB_URL"]
GITHUB_HEADERS = {
    "accept": "application/vnd.github+json",
    "authorization": "Bearer " + os.environ["APILAB_GITHUB_TOKEN"],
    "x-github-api-version": "2022-11-28",
}
TRANSIENT = {408, 429, 500, 502, 503, 504}

session = requests.Session()
session.mount("http://", HTTPAdapter(pool_connections=4, pool_maxsize=24))
session.headers["user-agent"] = "apilab-bench-peer/1.0"

failures = 0
failures_lock = threading.Lock()


class TryAgain(Exception):
    def __init__(self, response):
        super().__init__(f"{response.status_code} {response.url}")
        self.wait = announced_wait(response)


def announced_wait(response):
    """Seconds by Retry-After (a number or a date), or by GitHub's reset where nothing is left."""
    told = response.headers.get("retry-after")
    if told is not None:
        if told.isdigit():
            return float(told)
        at = email.utils.parsedate_to_datetime(told)
        return max(0.0, at.timestamp() - time.time())
    if response.headers.get("x-ratelimit-remaining") == "0":
        return max(0.0, float(response.headers["x-ratelimit-reset"]) - time.time())
    return 0.0


def is_limit(response):
    return response.status_code == 403 and (
        "retry-after" in response.headers or response.headers.get("x-ratelimit-remaining") == "0"
    )


backoff = tenacity.wait_random_exponential(multiplier=0.5, max=20)


def wait_as_told(state):
    told = getattr(state.outcome.exception(), "wait", 0.0)
    return told + backoff(state) if told else backoff(state)


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(
        (TryAgain, requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
    ),
    wait=wait_as_told,
    stop=tenacity.stop_after_attempt(10),
    reraise=True,
)
def ask(method, url, **options):
    response = session.request(method, url, timeout=(5, 15), **options)
    if response.status_code in TRANSIENT or is_limit(response):
        raise TryAgain(response)
    response.raise_for_status()
    return response


def or_failure(task, *arguments):
    global failures
    try:
        return task(*arguments)
    except (TryAgain, requests.RequestException):
        with failures_lock:
            failures += 1
        return None


def read_lockfile(path):
    with open(path, encoding="utf-8") as file:
        packages = json.load(file)["packages"]
    direct = packages[""]["dependencies"]
    names = {place.rpartition("node_modules/")[2]: entry for place, entry in packages.items() if place}
    return [(name, entry["version"], name in direct) for name, entry in names.items()]


def osv_query(name, version=None, token=None):
    query = {"package": {"ecosystem": "npm", "name": name}}
    if version:
        query["version"] = version
    if token:
        query["page_token"] = token
    return query


def hit_packages(dependencies):
    hit = set()
    queries = [(name, osv_query(name, version)) for name, version, _ in dependencies]
    while queries:
        batch, queries = queries[:1000], queries[1000:]
        body = {"queries": [query for _, query in batch]}
        for (name, query), result in zip(batch, ask("POST", OSV + "/v1/querybatch", json=body).json()["results"]):
            if result.get("vulns"):
                hit.add(name)
            if result.get("next_page_token"):
                queries.append((name, {**query, "page_token": result["next_page_token"]}))
    return hit


def osv_records(name):
    records, token = [], None
    while True:
        page = ask("POST", OSV + "/v1/query", json=osv_query(name, token=token)).json()
        records += page.get("vulns", [])
        token = page.get("next_page_token")
        if not token:
            return records


def packument(name, full):
    short = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8"
    return ask("GET", f"{NPM}/{name}", headers={"accept": "application/json" if full else short}).json()


def github_advisories(dependencies):
    advisories = []
    for start in range(0, len(dependencies), 100):
        affects = ",".join(f"{name}@{version}" for name, version, _ in dependencies[start : start + 100])
        url, query = GITHUB + "/advisories", {"ecosystem": "npm", "affects": affects, "per_page": 100}
        while url:
            page = ask("GET", url, params=query, headers=GITHUB_HEADERS)
            advisories += page.json()
            url, query = page.links.get("next", {}).get("url"), None
    return advisories


def repository_of(document):
    url = ((document or {}).get("repository") or {}).get("url", "")
    found = re.search(r"github\.com[/:]([^/]+)/([^/#]+?)(\.git)?(#.*)?$", url)
    return found and (found[1], found[2])


def releases(owner, name):
    url = f"{GITHUB}/repos/{owner}/{name}/releases"
    return ask("GET", url, params={"per_page": 100}, headers=GITHUB_HEADERS).json()


def main():
    dependencies = read_lockfile(sys.argv[1])
    with ThreadPoolExecutor(12) as npm, ThreadPoolExecutor(8) as osv, ThreadPoolExecutor(4) as github:
        hit = or_failure(hit_packages, dependencies) or set()
        advisories = github.submit(or_failure, github_advisories, dependencies)
        documents = {
            name: npm.submit(or_failure, packument, name, True)
            for name, _, direct in dependencies
            if direct or name in hit
        }
        for name in hit:
            osv.submit(or_failure, osv_records, name)
        for name, _, _ in dependencies:
            if name not in documents:
                npm.submit(or_failure, packument, name, False)
        known = advisories.result() or []
        named = {one["package"]["name"] for advisory in known for one in advisory["vulnerabilities"]}
        worth = [name for name, _, _ in dependencies if name in hit or name in named]
        worth += [name for name, _, direct in dependencies if direct and name not in worth]
        repositories = [repository_of(documents[name].result()) for name in worth if name in documents]
        for repository in [one for one in repositories if one][:40]:
            github.submit(or_failure, releases, *repository)
    print(json.dumps({"failures": failures}))


main()
