#!/usr/bin/env bash
# On the VM host, after the merge: exactly the plan that plan.sh saved, once. A plan that no longer fits is refused.
# usage: LIMAFORM_OWNER=HOME_CHECKOUT apply.sh FOLDER          (LOCK_TIMEOUT: how long to wait for another limaform)
set -euo pipefail
: "${LIMAFORM_OWNER:?the checkout on this host that the fleet belongs to}"
folder=${1:?the folder of plan.sh}

code=0
limaform apply "$folder/next.plan" --json --events "$folder/events.ndjson" --lock-timeout "${LOCK_TIMEOUT:-10m}" \
  > "$folder/apply.json" || code=$?
cat "$folder/apply.json"
case $code in
  0) ;;
  75) echo "apply: another limaform works on this fleet; nothing was done. Run this job again later." >&2 ;;
  1) echo "apply: failed or refused; see apply.json. Plan anew: what was done stays, and the next apply goes on from there." >&2 ;;
  *) echo "apply: limaform ended with $code" >&2 ;;
esac
exit "$code"
