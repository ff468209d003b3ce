#!/usr/bin/env bash
# Brings what limaform needs on this machine. Idempotent: run it as often as you like; what is there is only checked.
#
# usage: setup/setup.sh [node|tools|user|limactl|image|all]      (YES=1: do not ask)
set -euo pipefail
cd "$(dirname "$0")"

step() { bash "./$1.sh"; }
case ${1:-all} in
  node | tools | user | limactl) step "$1" ;;
  image) step base-image ;;
  kvm) step kvm ;;
  all)
    for name in node tools user limactl base-image kvm; do step "$name"; done
    echo "setup: done" ;;
  *) sed -n '2,4s/^# \{0,1\}//p' setup.sh >&2; exit 64 ;;
esac
