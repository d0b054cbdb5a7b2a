#!/usr/bin/env python3
"""Puts HTTP clients before the judge: every client does the same missions, each against a sandbox of its own.

judge.py --apilab PROGRAM --ours PROGRAM --work DIR [--clients a,b] [--checks RL-01,...] [--jobs N]
         [--write docs/judged-clients.md] [--must-pass apilab]

Needs node, npm, go and python3-requests for the clients that are written in them; what is missing is left out
with a word. Exit 1: a client of --must-pass failed a check. Exit 77: nothing could be judged.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent


def fault(what, when="", where="api:*"):
    return f'[[fault]]\nwhere = "{where}"\nwhat = {what}\n' + (f"when = {when}\n" if when else "")


SLOW = fault('{ delay = "50ms" }')


def window():
    reset = int(time.time()) + 4
    return SLOW + fault(
        f'{{ status = 403, headers = {{ x-ratelimit-remaining = "0", x-ratelimit-reset = "{reset}" }} }}',
        "{ nth = 3 }")


def webhooks():
    return (fault('{ stall = { at = "accept", for = "4s" } }', "", "effects:*") +
            '[[webhook]]\nfrom = "github"\nevents = 12\nevery = "100ms"\nodd = 3\nduplicate = [2, 5]\n'
            'twin = [3, 7]\naltered = 3\nforged = 2\nunsigned = 2\n')


# name: the scenario, the mission, and the checks that this run is for.
RUNS = {
    "told": (lambda: SLOW + fault('{ status = 429, retry_after = "2s" }', "{ nth = 3 }"), "fetch",
             ["RL-01", "RL-06"]),
    "window": (window, "fetch", ["RL-04"]),
    "recover": (lambda: "failures_per_operation = 1\n" + fault("{ status = 503 }", "{ every = 3 }"), "fetch",
                ["RTY-01"]),
    "final": (lambda: fault("{ status = 422 }", "", "api:GET /items/itm_0002"), "fetch", ["RTY-03"]),
    # The delay lets all twelve be under way before the first of them is told.
    "down": (lambda: fault('{ status = 503, delay = "300ms" }'), "fetch", ["RTY-04", "BKO-01", "BKO-04"]),
    "lost": (lambda: fault('{ reset = "after_commit" }', "{ nth = 1 }", "effects:*"), "create", ["IDM-01"]),
    "lost-key": (lambda: fault('{ reset = "after_commit" }', "{ nth = 1 }", "api:create_order"), "order",
                 ["IDM-02"]),
    "stale": (lambda: fault('{ auth = "expire" }', "{ nth = 9 }", "oauth:get_document") +
              fault('{ delay = "100ms" }', "", "oauth:*"), "tokens", ["AUT-02", "AUT-03"]),
    "ended": (lambda: fault('{ auth = "expire" }', "{ nth = 2 }", "oauth:get_document") +
              fault('{ auth = "revoke" }', "{ nth = 2 }", "oauth:token"), "tokens", ["AUT-06"]),
    "circle": (lambda: fault('{ page = "loop" }'), "pages", ["PAG-02"]),
    "empty": (lambda: fault('{ page = "empty_with_token" }', "{ nth = 2 }"), "pages", ["PAG-03"]),
    "cut": (lambda: fault('{ corrupt = "truncated_json" }', "{ nth = 1 }", "api:list_items_cursor"), "mirror",
            ["DAT-01"]),
    "numbers": (lambda: "", "documents", ["DAT-06"]),
    "hooks": (webhooks, "receive", ["WHK-02", "WHK-05", "WHK-08"]),
}
ORDER = ["RL-01", "RL-04", "RL-06", "RTY-01", "RTY-03", "RTY-04", "BKO-01", "BKO-04", "IDM-01", "IDM-02",
         "AUT-02", "AUT-03", "AUT-06", "PAG-02", "PAG-03", "DAT-01", "DAT-06", "WHK-02", "WHK-05",
         "WHK-08"]

PLAIN = {"fetch", "create", "order", "documents", "mirror"}
WHY_NOT = {
    "tokens": "it has no token handling of its own",
    "pages": "it does not follow pages by itself",
    "documents": "it does not read JSON",
    "mirror": "it does not read JSON",
    "receive": "it has no means to verify webhooks and take them",
}


def version_of(*words):
    out = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    return out.split("\n")[0].strip()


def node_packages(work):
    """Installs the clients in JavaScript; None where that cannot be."""
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    for name in ["package.json", "missions.mjs", "got.mjs", "axios.mjs", "undici.mjs"]:
        shutil.copy(HERE / name, work / name)
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"],
                          cwd=work, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        print(f"npm could not install: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return lambda name: json.loads((work / "node_modules" / name / "package.json").read_text())["version"]


def clients_of(options, work):
    """name: (what it is, the command before the mission, the missions it can do)."""
    wanted = set(options.clients.split(",")) if options.clients else None

    def want(name):
        return wanted is None or name in wanted

    clients = {}
    if want("curl") and shutil.which("curl"):
        clients["curl"] = (" ".join(version_of("curl", "--version").split()[:2]) + ", `--retry 3`",
                           [str(HERE / "with_curl.sh")], {"fetch", "create", "order"})
    if want("requests") or want("requests-retry"):
        there = version_of("python3", "-c", "import requests, urllib3; print(requests.__version__, urllib3.__version__)")
        if there:
            name = "requests {} (urllib3 {})".format(*there.split())
            script = str(HERE / "with_requests.py")
            for kind, what in [("requests", "bare"), ("requests-retry", "with `Retry(total=3, backoff_factor=0.5)`")]:
                if want(kind):
                    clients[kind] = (f"{name}, {what}", ["python3", script, "retry" if "-" in kind else "bare"], PLAIN)
    if want("go") and shutil.which("go"):
        binary = work / "nethttp"
        built = subprocess.run(["go", "build", "-o", str(binary), str(HERE / "nethttp.go")], check=False,
                               env={**os.environ, "GOFLAGS": "-mod=mod", "GO111MODULE": "off"})
        if built.returncode == 0:
            clients["go"] = (version_of("go", "version").split()[2] + ", net/http", [str(binary)], PLAIN)
    if want("got") or want("axios-retry") or want("undici"):
        package = node_packages(work)
        if package:
            for name, what, script, more in [
                    ("got", f"got {package('got')}", "got.mjs", {"pages"}),
                    ("axios-retry", f"axios {package('axios')}, axios-retry {package('axios-retry')}", "axios.mjs", set()),
                    ("undici", f"undici {package('undici')}, RetryAgent", "undici.mjs", set())]:
                if want(name):
                    clients[name] = (what, ["node", str(work / script)], PLAIN | more)
    if want("apilab"):
        clients["apilab"] = ("our own", [options.ours], PLAIN | {"pages", "receive", "tokens"})
    return clients


def judge(options, work, client, command, run):
    scenario, mission, checks = RUNS[run]
    folder = work / client
    folder.mkdir(exist_ok=True)
    toml = folder / f"{run}.toml"
    toml.write_text(f'name = "{run}"\n{scenario()}' + "".join(f'[[check]]\nid = "{id}"\n' for id in checks))
    report = folder / f"{run}.json"
    report.unlink(missing_ok=True)
    environment = {**os.environ, "WORKERS": "12" if run == "down" else "4",
                   "ITEMS": "40" if run in ("told", "window") else "12"}
    done = subprocess.run(
        [options.apilab, "sandbox", "run", "--scenario", str(toml), "--timeout", "60s", "--report", str(report),
         "--report", str(folder / f"{run}.html"), "--", *command, mission],
        capture_output=True, text=True, check=False, env=environment)
    if not report.exists():
        why = (done.stderr.strip().splitlines() or ["?"])[0].split(".toml: ")[-1].split(";")[0]
        return {id: ("unknown", f"the sandbox does not take the scenario: {why}") for id in checks}
    found = {}
    for one in json.loads(report.read_text())["checks"]:
        word = "warn" if one["warning"] and one["verdict"] == "pass" else one["verdict"]
        reason = f"{one['reason']}: " if one["reason"] else ""
        rows = one["rows"][:6]
        proof = f" (rows {' '.join(map(str, rows))})" if rows else ""
        found[one["id"]] = (word, reason + one["sentence"] + proof)
    return found


def judge_all(options, work, clients):
    table = {client: {} for client in clients}
    jobs = []
    wanted = set(options.checks.split(",")) if options.checks else set(ORDER)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for run, (_, mission, checks) in RUNS.items():
            for client, (_, command, missions) in clients.items():
                if not wanted & set(checks):
                    continue
                if mission in missions:
                    jobs.append((client, pool.submit(judge, options, work, client, command, run)))
                else:
                    table[client].update({id: ("n/a", WHY_NOT[mission]) for id in checks})
        for client, job in jobs:
            table[client].update(job.result())
    return table, [id for id in ORDER if id in wanted]


def markdown(options, clients, table, checks):
    titles = {one["id"]: one["title"] for one in json.loads(
        subprocess.run([options.apilab, "sandbox", "checks", "--json"], capture_output=True, text=True,
                       check=True).stdout)["checks"]}
    lines = ["# HTTP clients before the judge", "",
             "Each client as its documentation sets it up does the same missions (tests/real_clients) against a "
             "sandbox of", "its own, in real time. `./lab judge-clients` makes this page; it takes some minutes. "
             "A verdict is about what", "was seen in these runs: the sentences below say what that was, with the "
             "rows of the journal; `apilab explain ID`", "says what a check wants and why. *warn* passed with a remark, "
             "*unknown* means that the client never came to it", "(bare clients do not retry, so how they retry is "
             "not known), *n/a* that it has no means for it.", ""]
    lines += [f"- **{name}**: {what}" for name, (what, _, _) in clients.items()]
    lines += ["", "| check | " + " | ".join(clients) + " |", "| --- |" + " --- |" * len(clients)]
    for id in checks:
        cells = [table[client].get(id, ("?", ""))[0] for client in clients]
        cells = [f"**{cell}**" if cell == "fail" else cell for cell in cells]
        lines.append(f"| {id} {titles.get(id, '')} | " + " | ".join(cells) + " |")
    for client in clients:
        lines += ["", f"## {client}", ""]
        for id in checks:
            word, sentence = table[client].get(id, ("?", ""))
            if word != "n/a":
                lines.append(f"- {id} {word}: {sentence}")
        apart = {}
        for id in checks:
            word, sentence = table[client].get(id, ("?", ""))
            if word == "n/a":
                apart.setdefault(sentence, []).append(id)
        lines += [f"- not applicable, {why}: {', '.join(ids)}" for why, ids in apart.items()]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--apilab", required=True)
    parser.add_argument("--ours", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--clients", default="")
    parser.add_argument("--checks", default="")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", default="")
    parser.add_argument("--must-pass", default="")
    options = parser.parse_args()
    work = pathlib.Path(options.work).absolute()
    work.mkdir(parents=True, exist_ok=True)
    clients = clients_of(options, work)
    if not clients:
        print("skipped: none of these clients is here")
        return 77
    table, checks = judge_all(options, work, clients)
    text = markdown(options, clients, table, checks)
    if options.write:
        pathlib.Path(options.write).write_text(text)
    print(text)
    failed = [f"{client} {id}: {sentence}" for client in options.must_pass.split(",") if client
              for id, (word, sentence) in table[client].items() if word == "fail"]
    for line in failed:
        print(f"FAILED  {line}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
