#!/usr/bin/env bash
# Value, gradient, one Hessian-vector product and the Hessian of Rosenbrock's function at (-1.2, 1).
set -euo pipefail
url=${GRADCLIP_URL:-http://127.0.0.1:8080}

curl -sS --fail-with-body "$url/v1/evaluate" -H 'content-type: application/json' -d '{
  "objective": {"rosenbrock": {}},
  "parameters": [[-1.2, 1]],
  "directions": [[[1, 0]]],
  "hessian": true
}'
echo
