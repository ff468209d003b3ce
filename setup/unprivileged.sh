#!/usr/bin/env bash
# usage: setup/unprivileged.sh COMMAND…
# Runs a command of this checkout as the account that may run VMs. Not root: in place. Root: in a copy that account owns,
# because Lima refuses root and git refuses other people's repositories.
# shellcheck disable=SC2031 # vm-env.sh reads lib.sh in subshells, too
set -euo pipefail
# shellcheck source=setup/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=setup/vm-env.sh
. "$(dirname "$0")/vm-env.sh"

if ! is_root; then
  cd "$root_dir"
  LF_DOWNLOADS="$LF_CACHE/downloads" PATH=$root_dir/.tools/bin:$PATH exec "$@"
fi

stage=$(stage_dir)
# What git ignores stays out, but for what was built. --delete keeps ignored files (results) that are only in the copy.
rsync -a --delete --chown="$vm_user:$(id -gn "$vm_user")" \
  --include='/node_modules/***' --include='/dist/***' --include='/bin/***' --include='/.tools/***' \
  --exclude=/.git --filter=':- .gitignore' "$root_dir/" "$stage/"

# A clean environment: root's would name files that the other account cannot read.
keep=(HOME="$(user_home)" USER="$vm_user" LOGNAME="$vm_user" LANG="${LANG:-C.UTF-8}" LF_CACHE="$LF_CACHE" LF_VM_USER="$vm_user" LF_DOWNLOADS="$LF_CACHE/downloads")
# What tests download is kept beside the set-up's own files, in the hands of the account that runs them.
install -d -m 700 -o "$vm_user" -g "$(id -gn "$vm_user")" "$LF_CACHE/downloads"
path=
while read -r -d: folder; do
  case $folder/ in "$HOME"/*) ;; *) path+=$folder: ;; esac
done <<<"$PATH:"
keep+=(PATH="$stage/.tools/bin:${path%:}")
for name in CI TERM NO_COLOR FORCE_COLOR LF_BASE_IMAGE_TOML LF_DEMO_KEEP \
  http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY npm_config_registry \
  NODE_EXTRA_CA_CERTS SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE GIT_SSL_CAINFO REQUESTS_CA_BUNDLE; do
  if [ -n "${!name:-}" ]; then keep+=("$name=${!name}"); fi
done
cd "$stage"
# setpriv becomes the command; runuser would stay as its parent and kill it two seconds after a SIGTERM, too early for the
# command to remove its VMs.
exec setpriv --reuid="$vm_user" --regid="$(id -g "$vm_user")" --init-groups env -i "${keep[@]}" "$@"
