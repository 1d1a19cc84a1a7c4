#!/usr/bin/env bash
# Three steps of Adam on ½‖x‖², whose gradient is x itself. The caller keeps parameters and state; the service nothing.
set -euo pipefail
url=${GRADCLIP_URL:-http://127.0.0.1:8080}

parameters='[3,4]'
state=''
for step in 1 2 3; do
  reply=$(curl -sS --fail-with-body "$url/v1/gradient-step" -H 'content-type: application/json' -d '{
    "parameters": ['"$parameters"'], "gradients": ['"$parameters"'],
    "clipping": {"globalNorm": {"threshold": 1}},
    "optimizer": {"adam": {"learningRate": 0.1}},
    "state": "'"$state"'"
  }')
  parameters=$(sed -E 's/.*"values":(\[[^]]*\]).*/\1/' <<<"$reply")
  state=$(sed -E 's/.*"state":"([^"]*)".*/\1/' <<<"$reply")
  echo "step $step: x = $parameters, state of ${#state} characters"
done
