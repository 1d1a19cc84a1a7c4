#!/usr/bin/env bash
# Clamps every component, then scales the whole, as two calls would; then clips each group of tensors by a rule of its own.
set -euo pipefail
url=${GRADCLIP_URL:-http://127.0.0.1:8080}

post() {
  curl -sS --fail-with-body "$url/v1/clip" -H 'content-type: application/json' -d "$1"
  echo
}

post '{"gradients": [[3, 4], [12]],
  "clipping": {"chain": {"rules": [{"value": {"threshold": 4}}, {"globalNorm": {"threshold": 1}}]}}}'
post '{"gradients": [{"name": "encoder.weight", "values": [3, 4]}, {"name": "encoder.bias", "values": [12]},
                     {"name": "head", "values": [30, 40]}],
  "clipping": {"groups": {"groups": [{"names": ["encoder.*"], "clipping": {"globalNorm": {"threshold": 1}}}],
                          "rest": {"value": {"threshold": 10}},
                          "outer": {"globalNorm": {"threshold": 5}}}}}'
