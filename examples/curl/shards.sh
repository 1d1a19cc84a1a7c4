#!/usr/bin/env bash
# Two shards of one gradient: each has its norm taken, the norms are combined, and each is clipped by the total.
set -euo pipefail
url=${GRADCLIP_URL:-http://127.0.0.1:8080}

post() {
  curl -sS --fail-with-body "$url/v1/$1" -H 'content-type: application/json' -d "$2"
}
# The partial norm within a reply: the last field.
partial() {
  sed 's/.*"partial":\(.*\)}$/\1/'
}

first='[[3, 4]]'
second='[[12, 0], [0]]'
a=$(post norm "{\"gradients\": $first}" | partial)
b=$(post norm "{\"gradients\": $second}" | partial)
all=$(post combine-norms "{\"partials\": [$b, $a]}")
echo "$all"
for shard in "$first" "$second"; do
  post clip "{\"gradients\": $shard, \"clipping\": {\"globalNorm\": {\"threshold\": 1}}, \"partial\": $(partial <<<"$all")}"
  echo
done
