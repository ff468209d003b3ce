#!/bin/sh
# limaform's launcher, installed as bin/limaform by `make build`. It starts one Node only: the one the set-up recorded,
# else PATH's where that is new enough.
self=$0
while [ -L "$self" ]; do
  link=$(readlink "$self")
  case $link in
    /*) self=$link ;;
    *) self=${self%/*}/$link ;;
  esac
done
case $self in
  */*) folder=${self%/*} ;;
  *) folder=. ;;
esac
root=$folder/..
if [ ! -e "$root/dist/cli.js" ]; then
  echo "limaform: not built yet: run 'make build' in $root" >&2
  exit 1
fi
if [ -x "$root/.tools/node" ]; then
  exec "$root/.tools/node" "$root/dist/cli.js" "$@"
fi
version=$(node --version 2>/dev/null) || version=
version=${version#v}
major=${version%%.*}
minor=${version#*.}
minor=${minor%%.*}
if [ "${major:-0}" -gt 22 ] || { [ "${major:-0}" -eq 22 ] && [ "${minor:-0}" -ge 22 ]; }; then
  exec node "$root/dist/cli.js" "$@"
fi
echo "limaform: needs Node 22.22 or newer (found: ${version:-none}): run 'make build' in $root, which brings one" >&2
exit 1
