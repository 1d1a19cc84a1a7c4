#!/usr/bin/env bash
# Clips one gradient of two tensors by its global norm, then each tensor by its own.
set -euo pipefail
url=${GRADCLIP_URL:-http://127.0.0.1:8080}

post() {
  curl -sS --fail-with-body "$url/v1/clip" -H 'content-type: application/json' -d "$1"
  echo
}

post '{"gradients": [{"name": "W", "shape": [2, 2], "values": [1, 2, 2, 4]}, {"name": "b", "values": [10, 10]}],
  "clipping": {"globalNorm": {"threshold": 5}}}'
post '{"gradients": [[[1, 2], [2, 4]], [10, 10]], "clipping": {"perTensorNorm": {"threshold": 5}}}'
# What a gradient with NaN does is the caller's choice; without nonFinite it would be refused.
post '{"gradients": [[3, "NaN", 4]], "clipping": {"globalNorm": {"threshold": 1}}, "nonFinite": "ZERO"}'
