#!/usr/bin/env bash
# On the VM host: what would an apply of this commit do? Nothing is changed. Writes FOLDER/next.plan (for apply.sh, readable
# by you alone) and FOLDER/plan.txt (for people), and says `changes=yes` or `changes=no` to the workflow.
# usage: LIMAFORM_OWNER=HOME_CHECKOUT plan.sh FOLDER          (in the checkout; FOLDER outside of it)
set -euo pipefail
: "${LIMAFORM_OWNER:?the checkout on this host that the fleet belongs to}"
folder=${1:?a folder outside of the checkout}
mkdir -p "$folder"

code=0
limaform plan --detailed-exitcode --out "$folder/next.plan" > "$folder/plan.txt" || code=$?
cat "$folder/plan.txt"
case $code in
  0) changes=no ;;
  2) changes=yes ;; # No failure: there is something to do.
  *) echo "plan: limaform ended with $code" >&2; exit "$code" ;;
esac
echo "changes=$changes" | tee -a "${GITHUB_OUTPUT:-/dev/null}"
