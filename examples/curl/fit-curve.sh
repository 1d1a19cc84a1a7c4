#!/usr/bin/env bash
# Fits y = a e^(-b x) + c to five points, by a formula; the same formula with a logarithm that leaves its domain.
set -euo pipefail
url=${GRADCLIP_URL:-http://127.0.0.1:8080}

curl -sS --fail-with-body "$url/v1/full-run" -H 'content-type: application/json' -d '{
  "objective": {"expression": {
    "formula": "mean((y - a*exp(-b*x) - c)^2)",
    "parameters": {"a": 1, "b": 1, "c": 0},
    "data": {"inline": {"columns": {"x": [0, 1, 2, 3, 4], "y": [2.5, 1.7, 1.2, 0.9, 0.75]}}}
  }},
  "clipping": {"globalNorm": {"threshold": 1}},
  "optimizer": {"sgd": {"learningRate": 0.3, "momentum": 0.9}},
  "budget": {"maxIterations": 1000, "gradientTolerance": 1e-6}
}'
echo

curl -sS --fail-with-body "$url/v1/full-run" -H 'content-type: application/json' -d '{
  "objective": {"expression": {
    "formula": "mean((y - a*log(b*x + c))^2)",
    "parameters": {"a": 1, "b": 1, "c": -1.5},
    "data": {"inline": {"columns": {"x": [1, 2, 3], "y": [0.5, 1.5, 2]}}}
  }},
  "clipping": {"globalNorm": {"threshold": 1}},
  "optimizer": {"sgd": {"learningRate": 0.1}}
}'
echo
