#!/bin/bash
# Prints what happens to so many clients in eight months, as events in the order of time: each is
# taken in, starts on one of 28 days of January, has every month reviewed a day after it is made and
# opens it a day later.
#
#     examples/journey/many_clients.sh 500 >events.ndjson
#     build/release/pawl dry-run rulebooks/journey --events events.ndjson \
#         --state examples/journey/state.json
set -eu
export TZ=UTC LC_ALL=C
clients=${1:-500}
day=86400
first=1767276000 # 1 January 2026, 14:00 UTC

event() { # instant, id, type, data
    local time
    printf -v time '%(%FT%TZ)T' "$1"
    printf '{"specversion":"1.0","id":"%s","source":"/many","type":"%s","time":"%s","data":%s}\n' \
        "$2" "$3" "$time" "$4"
}

at() { # instant, id, type, data: with the time and the order in front, for sorting
    order=$((order + 1))
    printf '%d %07d ' "$1" "$order"
    event "$@"
}

create() { # instant, id, entity, values
    at "$1" "$2" pawl.create "{\"entity\":\"$3\",\"values\":$4,\"by\":\"ann\"}"
}

order=0
for ((client = 1; client <= clients; client++)); do
    start=$((first + (client % 28 + 4) * day))
    printf -v starts_at '%(%FT%TZ)T' "$start"
    id=k$client
    create "$first" "$id-person" profile \
        "{\"id\":\"$id\",\"full_name\":\"Client $client\",\"email\":\"$id@example.com\"}"
    create "$first" "$id-client" client \
        "{\"id\":\"$id\",\"person\":\"$id\",\"program_start_at\":\"$starts_at\"}"
    create "$first" "$id-plan" business_plan \
        "{\"id\":\"$id\",\"client\":\"$id\",\"content\":\"A plan\",\"status\":\"approved\"}"
    for ((month = 1; month <= 8; month++)); do
        made=$((start + (month - 1) * 30 * day))
        at $((made + day)) "$id-review-$month" review_finished \
            "{\"client\":\"$id\",\"month\":$month,\"approved\":true}"
        at $((made + 2 * day)) "$id-open-$month" deliverable_opened \
            "{\"client\":\"$id\",\"month\":$month}"
    done
done | sort -k1,1n -k2,2n | cut -d' ' -f3-
