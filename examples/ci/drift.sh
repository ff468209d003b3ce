#!/usr/bin/env bash
# On the VM host, every night: did reality leave the last apply? Reads only. Ends with 3 where it did, so that the job is red.
# usage: LIMAFORM_OWNER=HOME_CHECKOUT drift.sh FOLDER
set -euo pipefail
: "${LIMAFORM_OWNER:?the checkout on this host that the fleet belongs to}"
folder=${1:?a folder outside of the checkout}
mkdir -p "$folder"

code=0
limaform drift --json > "$folder/drift.json" || code=$?
cat "$folder/drift.json"
case $code in
  0) echo "drift: none" ;;
  3) echo "drift: found. What would mend it: limaform plan" >&2 ;;
  1) echo "drift: not everything could be read, so nobody knows; see drift.json" >&2 ;;
  *) echo "drift: limaform ended with $code" >&2 ;;
esac
exit "$code"
