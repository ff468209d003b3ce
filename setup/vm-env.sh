# shellcheck shell=bash
# To be sourced: what the demo and the tests need to find (PATH, LF_CACHE, LF_VM_USER, LF_BASE_IMAGE_TOML).
# Not named LIMAFORM_*: limaform warns about such variables that it does not know.
_lf_setup=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=setup/lib.sh
LF_CACHE=$(. "$_lf_setup/lib.sh" && echo "$cache")
# shellcheck source=setup/lib.sh
LF_VM_USER=$(. "$_lf_setup/lib.sh" && runs_vms)
# shellcheck source=setup/lib.sh
_lf_limactl=$(. "$_lf_setup/lib.sh" && echo "$cache/limactl-$lima_version/bin")
export LF_CACHE LF_VM_USER
unset LIMAFORM_SETUP_CACHE
# The set-up fetches a limactl only where PATH has none that is new enough: then ours goes first.
# shellcheck disable=SC2031
if [ -x "$_lf_limactl/limactl" ]; then PATH=$_lf_limactl:$PATH; fi
PATH=$PATH:/usr/sbin:/sbin
export PATH
if [ -s "$LF_CACHE/base-image/current.toml" ]; then
  LF_BASE_IMAGE_TOML=$(cd "$LF_CACHE/base-image" && cd "$(dirname "$(readlink current.toml)")" && pwd)/image.toml
  export LF_BASE_IMAGE_TOML
fi
unset _lf_setup _lf_limactl
