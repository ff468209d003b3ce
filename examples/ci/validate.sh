#!/usr/bin/env bash
# On every change, on any machine: is the spec right? Needs no VM host and reads nothing but the spec.
# usage: validate.sh          (in the checkout)
set -euo pipefail
exec limaform validate
