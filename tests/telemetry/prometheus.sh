#!/usr/bin/env bash
# prometheus.sh METRICS-PAGE: starts the program, has promtool look at its metrics, and has Prometheus scrape it until
# its API knows the target as up and answers a query about it. All on the loopback, bounded. Exit 77: skipped.
set -euo pipefail
program=$1
for tool in promtool prometheus curl; do
    command -v "$tool" >/dev/null || { echo "skipped: there is no $tool" && exit 77; }
done
scratch=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; done; rm -rf "$scratch"' EXIT

"$program" "$scratch/port" &
pids+=($!)
for _ in $(seq 100); do
    [[ -s $scratch/port ]] && break
    sleep 0.1
done
target=127.0.0.1:$(<"$scratch/port")
curl -sS --max-time 20 "http://$target/metrics" >"$scratch/metrics"
promtool check metrics <"$scratch/metrics" >"$scratch/said" 2>&1 || { cat "$scratch/said" "$scratch/metrics" && exit 1; }
[[ ! -s $scratch/said ]] || { cat "$scratch/said" && exit 1; }
echo "promtool: clean"

cat >"$scratch/prometheus.yml" <<YML
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: apilab
    static_configs: [{targets: ["$target"]}]
YML
# A port that was free a moment ago.
port=$(((RANDOM % 20000) + 40000))
prometheus --config.file="$scratch/prometheus.yml" --storage.tsdb.path="$scratch/data" \
    --web.listen-address="127.0.0.1:$port" --log.level=warn >"$scratch/prometheus.log" 2>&1 &
pids+=($!)
query() { curl -sS --max-time 5 --get --data-urlencode "query=$1" "http://127.0.0.1:$port/api/v1/query" 2>/dev/null || true; }
for _ in $(seq 60); do
    up=$(query 'up{job="apilab"} == 1')
    counted=$(query 'sum(http_client_request_duration_seconds_count{http_response_status_code="503"}) > 1')
    if [[ $up == *'"value"'* && $counted == *'"value"'* ]]; then
        echo "Prometheus: the target is up and its histogram is known"
        exit 0
    fi
    sleep 0.5
done
cat "$scratch/prometheus.log"
curl -sS "http://127.0.0.1:$port/api/v1/targets" || true
exit 1
