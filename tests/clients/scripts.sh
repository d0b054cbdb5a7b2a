#!/usr/bin/env bash
# scripts.sh SOURCE WORK APILAB NAME...: runs official SDKs' scripts (of a folder beside the checkout, APILAB_CLIENTS
# or ../shared/clients, and our own that lie here) against one sandbox on free ports. Every check has to pass; none
# may be left out. A NAME is a line of `script` below. Exit 77: skipped, with the reason.
set -euo pipefail
source=$1 work=$2 apilab=$3
shift 3
skip() { echo "skipped: $*" && exit 77; }
scripts=${APILAB_CLIENTS:-$source/../../../shared/clients}
[[ -f $scripts/lib.mjs ]] || skip "there are no scripts in $scripts (set APILAB_CLIENTS to their folder)"
command -v node >/dev/null && command -v npm >/dev/null || skip "there is no node or npm"
(($(node -p 'process.versions.node.split(".")[0]') >= 20)) || skip "openid-client needs node 20 or later"
mkdir -p "$work"
cp "$scripts"/*.mjs "$scripts/package.json" "$source"/{auth,npm_publish}.mjs "$work/"
if ! (cd "$work" && timeout 240 npm install --no-audit --no-fund --prefer-offline --loglevel=error >npm.log 2>&1); then
    skip "npm could not install the SDKs: $(tail -1 "$work/npm.log")"
fi

scratch=$(mktemp -d)
"$apilab" sandbox serve --port 0 --admin-port 0 --seed 7 --auto-consent --ready-file "$scratch/ready.json" \
    >"$scratch/serve.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$scratch"' EXIT
for _ in $(seq 100); do
    [[ -s $scratch/ready.json ]] && break
    sleep 0.1
done
[[ -s $scratch/ready.json ]] || { cat "$scratch/serve.log" && exit 1; }
# shellcheck disable=SC1090
source <("$apilab" sandbox env --ready-file "$scratch/ready.json")

failed=0
# run NAME SCRIPT VARIABLE=VALUE...
run() {
    local name=$1 script=$2 line
    shift 2
    line=$(cd "$work" && env "$@" ADMIN_URL="$APILAB_ADMIN_URL" ADMIN_TOKEN="$APILAB_ADMIN_TOKEN" VERBOSE=1 \
        timeout 120 node "$script" 2>"$scratch/$script.log" | tail -1) || failed=1
    if [[ $line != *" 0 failed" ]]; then # a number of skipped ones would stand behind
        failed=1
        cat "$scratch/$script.log"
    fi
    printf '%-40s %s\n' "$name" "${line:-no result}"
}
google=$APILAB_GOOGLE_URL
# script NAME: what belongs to it, with the addresses it takes.
script() {
    case $1 in
        auth) run "openid-client, Octokit: what is left" auth.mjs ;;
        gmail) run "Gmail, a service account of its own key" gmail.mjs GMAIL_URL="$google" OAUTH_URL="$google" ;;
        gmail-seed) run "Gmail, the seed world's service account" gmail.mjs GMAIL_URL="$google" OAUTH_URL="$google" \
            GOOGLE_SA_EMAIL="$APILAB_GOOGLE_SA_EMAIL" GOOGLE_SA_KEY_FILE="$APILAB_GOOGLE_SA_KEY_FILE" ;;
        notion) run "Notion, both versions" notion.mjs NOTION_URL="$APILAB_NOTION_URL" NOTION_DB="$APILAB_NOTION_DB" \
            NOTION_DS="$APILAB_NOTION_DS" ;;
        npm) run "the npm CLI" npm.mjs NPM_URL="$APILAB_NPM_URL" ;;
        npm-publish) run "the npm CLI, publishing" npm_publish.mjs NPM_URL="$APILAB_NPM_URL" ;;
        oauth) run "openid-client, simple-oauth2" oauth.mjs OAUTH_URL="$APILAB_OAUTH_URL" ;;
        octokit) run "Octokit" octokit.mjs GITHUB_URL="$APILAB_GITHUB_URL" ;;
        octokit-webhooks) run "Octokit, webhooks" octokit-webhooks.mjs GITHUB_URL="$APILAB_GITHUB_URL" ;;
        slack) run "@slack/web-api" slack.mjs SLACK_URL="$APILAB_SLACK_URL" ;;
        *) echo "no such script: $1" && exit 2 ;;
    esac
}
for name in "$@"; do
    script "$name"
done
exit "$failed"
