#!/usr/bin/env bash
# Trains softmax regression on MNIST and shows the run as it goes: train-mnist.sh [sse|ndjson] [iterations]
set -euo pipefail
url=${GRADCLIP_URL:-http://127.0.0.1:8080}
iterations=${2:-2000}
every=$((iterations < 4 ? 1 : iterations / 4))
case ${1:-ndjson} in
  sse) accept='text/event-stream' ;;
  *) accept='application/x-ndjson' ;;
esac

# The result carries all 7850 parameters twice, so lines are cut for the screen.
curl -sSN --fail-with-body "$url/v1/full-run" -H "accept: $accept" -H 'content-type: application/json' -d '{
  "objective": {"softmaxRegression": {"data": {"dataset": {"name": "mnist"}}, "batchSize": 256, "dtype": "float32"}},
  "clipping": {"globalNorm": {"threshold": 0.3}},
  "optimizer": {"sgd": {"learningRate": 0.2, "momentum": 0.9}},
  "schedule": {"cosine": {"steps": '"$iterations"'}},
  "budget": {"maxIterations": '"$iterations"'},
  "metrics": {"every": '"$every"', "evaluateEvery": '"$every"', "fields": ["evaluation"]},
  "seed": 1
}' | cut -c 1-420
