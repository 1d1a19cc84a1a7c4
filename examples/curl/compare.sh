#!/usr/bin/env bash
# Three descents on the Rosenbrock function and the largest learning rate at which each is stable, a row for each.
set -euo pipefail
url=${GRADCLIP_URL:-http://127.0.0.1:8080}

curl -sS --fail-with-body "$url/v1/compare" -H 'content-type: application/json' -d '{
  "objective": {"rosenbrock": {}}, "start": [[-1.2, 1]],
  "variants": [
    {"name": "plain", "optimizer": {"sgd": {"learningRate": 0.01}}},
    {"name": "clipped", "clipping": {"globalNorm": {"threshold": 1}}, "optimizer": {"sgd": {"learningRate": 0.01}}},
    {"name": "adam", "optimizer": {"adam": {"learningRate": 0.05}}}],
  "budget": {"maxIterations": 3000, "gradientTolerance": 1e-5},
  "metrics": {"every": 1000},
  "search": {}
}' | sed 's/},{/},\n{/g'
