#!/usr/bin/env bash
# curl with --retry, as its manual has it. with_curl.sh MISSION
set -uo pipefail
ask=(curl --silent --show-error --fail --retry 3 --max-time 30)
api=$APILAB_API_URL

case $1 in
    fetch)
        seq -f "$api/items/itm_%04g" 1 "${ITEMS:-12}" | xargs -P "${WORKERS:-4}" -n 1 "${ask[@]}" --output /dev/null
        ;;
    create)
        for n in 1 2 3; do
            "${ask[@]}" --json "{\"event\":\"release-$n\"}" "$APILAB_EFFECTS_URL" >/dev/null
        done
        ;;
    order)
        jar=$(mktemp)
        trap 'rm -f "$jar"' EXIT
        login="{\"user\":\"$APILAB_API_USER\",\"password\":\"$APILAB_API_PASSWORD\"}"
        "${ask[@]}" --cookie-jar "$jar" --json "$login" "$api/session" >/dev/null
        for n in 1 2 3; do
            "${ask[@]}" --cookie "$jar" --header "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" \
                --json "{\"reference\":\"order-$n\",\"sku\":\"left-box\"}" "$api/orders" >/dev/null
        done
        ;;
    *)
        echo "no mission $1" >&2
        exit 2
        ;;
esac
exit 0
