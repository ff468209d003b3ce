#!/usr/bin/env bash
# The recipe of the base image that the demo and the tests boot: Debian trixie, booted directly by kernel and initrd
# (no partition table, no boot loader), and made for a short first boot also under software emulation.
#
# usage: base-image-recipe.sh OUTDIR      (as root, or as any user with sub-uids)
# Makes root.qcow2, vmlinuz, initrd.img and cmdline there.
#
# The content of this file is the cache key of the image (base-image.sh): whoever changes it gets a new image.
# shellcheck disable=SC2016 # what is quoted here is expanded by apt and by inner shells
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"

out=$1
suite=trixie
case $(dpkg --print-architecture) in
  amd64) kernel_package=linux-image-cloud-amd64 console=ttyS0 ;;
  arm64) kernel_package=linux-image-cloud-arm64 console=ttyAMA0 ;;
  *) echo "base image: no recipe for $(dpkg --print-architecture)" >&2; exit 1 ;;
esac

# What is switched off costs time at boot or at run time and guards nothing here: the VM is the fence.
cmdline="root=LABEL=root ro console=$console quiet mitigations=off nokaslr init_on_alloc=0 apparmor=0 selinux=0 nowatchdog net.ifnames=0"
packages=(
  "$kernel_package" busybox-static cpio systemd-sysv udev dbus
  openssh-server sudo cloud-init cloud-guest-utils e2fsprogs iproute2
  ca-certificates curl git rsync
)
# Debian's own mirror, as this host's apt knows it; mmdebstrap's default elsewhere.
host_mirror() {
  apt-get indextargets --format '$(SITE) $(ORIGIN) $(COMPONENT) $(SUITE)' 'Created-By: Packages' 2>/dev/null |
    awk '$2 == "Debian" && $3 == "main" && $1 !~ /security/ { print $1; exit }'
}

# Unpacking and mke2fs need the owners in the tree to be real: root, or the sub-uids that mmdebstrap maps.
mapped() {
  if [ "$(id -u)" = 0 ]; then "$@"; else mmdebstrap --unshare-helper "$@"; fi
}

work=$(mktemp -d "${TMPDIR:-/tmp}/limaform-image.XXXXXX")
chmod 755 "$work"
trap 'mapped sh -c "rm -rf \"\$1\"/tree/*" sh "$work" || true; rm -rf "$work"' EXIT
mkdir "$work/files"

# --- files of the image ------------------------------------------------------------------------------------------
put() { mkdir -p "$work/files/$(dirname "$1")"; cat > "$work/files/$1"; }

put etc/cloud/cloud.cfg.d/90_limaform.cfg <<'CFG'
# Only what Lima's seed uses: every further module costs seconds of a first boot under emulation.
datasource_list: [NoCloud]
# Host keys are made once, at the first boot of each worker, and stay: limaform pins them. Lima gives a new instance id
# with every start, which would otherwise make new keys each time.
ssh_deletekeys: false
ssh_genkeytypes: [ed25519]
disable_root: true
ssh_pwauth: false
# Debian's default user would be made beside Lima's.
users: []
# Else sudo complains at every call that it cannot resolve the host.
manage_etc_hosts: localhost
cloud_init_modules: [bootcmd, write_files, growpart, resizefs, set_hostname, update_hostname, update_etc_hosts, ca_certs, users_groups, ssh]
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts_per_boot, scripts_user]
CFG
# In place of cloud-init's own, which would find the same in a shell script of seconds.
put etc/systemd/system-generators/cloud-init-generator <<'SH'
#!/bin/sh
mkdir -p /run/cloud-init "$1/multi-user.target.wants"
ln -snf /usr/lib/systemd/system/cloud-init.target "$1/multi-user.target.wants/cloud-init.target"
: > /run/cloud-init/enabled
SH
chmod 755 "$work/files/etc/systemd/system-generators/cloud-init-generator"
# udev would load them for devices and CPU flags of the emulated machine that no worker uses.
put etc/modprobe.d/limaform.conf <<'CFG'
blacklist kvm_amd
blacklist kvm_intel
blacklist ahci
blacklist powernow_k8
blacklist acpi_cpufreq
blacklist efi_pstore
blacklist psmouse
blacklist serio_raw
blacklist sg
blacklist aesni_intel
blacklist ghash_clmulni_intel
blacklist crct10dif_pclmul
blacklist crc32_pclmul
blacklist crc32c_intel
blacklist sha1_ssse3
blacklist sha256_ssse3
blacklist sha512_ssse3
CFG
# The whole initrd: Debian's brings a udev of its own and looks for devices that are not here.
put init <<'SH'
#!/busybox sh
/busybox mount -t devtmpfs dev /dev
while read -r module; do /busybox insmod "/modules/$module"; done < /modules/order
until [ -e /dev/vda ]; do /busybox usleep 10000; done
/busybox mount -t ext4 -o ro /dev/vda /root
exec /busybox switch_root /root /sbin/init
SH
chmod 755 "$work/files/init"
put etc/fstab <<'CFG'
LABEL=root / ext4 defaults,noatime 0 0
CFG
put etc/hostname <<'CFG'
limaform
CFG
put etc/hosts <<'CFG'
127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
CFG
put etc/ssh/sshd_config.d/limaform.conf <<'CFG'
PasswordAuthentication no
UseDNS no
CFG
# Not `audit=0` for the kernel: without the protocol each call of sudo has the kernel run modprobe for it ten times.
put etc/systemd/journald.conf.d/limaform.conf <<'CFG'
[Journal]
Audit=no
Storage=volatile
RuntimeMaxUse=16M
CFG

# --- steps inside the image --------------------------------------------------------------------------------------
put limaform-customize <<'SH'
set -eu
systemctl enable systemd-networkd.service ssh.service >/dev/null 2>&1
# Not needed by a worker, or slow, or waiting for a network that may not be there. /tmp goes to the disk: a small worker's
# memory is for its work.
for unit in systemd-networkd-wait-online.service apt-daily.timer apt-daily-upgrade.timer man-db.timer fstrim.timer \
  e2scrub_all.timer e2scrub_reap.service dpkg-db-backup.timer logrotate.timer getty@tty1.service \
  serial-getty@ttyS0.service systemd-hwdb-update.service systemd-firstboot.service systemd-timesyncd.service \
  systemd-binfmt.service systemd-pstore.service systemd-fsck-root.service ldconfig.service \
  systemd-journal-catalog-update.service systemd-update-utmp.service cloud-init-hotplugd.socket \
  modprobe@drm.service modprobe@efi_pstore.service modprobe@configfs.service modprobe@fuse.service \
  dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount tmp.mount; do
  ln -sf /dev/null "/etc/systemd/system/$unit"
done
# Each generator is a process at every boot; these look for things that a worker has not.
mkdir -p /etc/systemd/system-generators
for generator in systemd-ssh-generator systemd-gpt-auto-generator systemd-cryptsetup-generator systemd-getty-generator \
  systemd-hibernate-resume-generator systemd-integritysetup-generator systemd-veritysetup-generator \
  systemd-tpm2-generator systemd-bless-boot-generator systemd-run-generator systemd-rc-local-generator \
  systemd-system-update-generator systemd-debug-generator systemd-sysv-generator; do
  ln -sf /dev/null "/etc/systemd/system-generators/$generator"
done
# The initrd is /init, busybox, and what the disk's driver needs of modules that are not in the kernel itself.
kernel=$(basename /lib/modules/*)
mkdir -p /initrd/dev /initrd/root /initrd/modules
mv /init /initrd/
cp /usr/bin/busybox /initrd/
modprobe --set-version "$kernel" --all --show-depends virtio_pci virtio_blk ext4 > /initrd/needed
awk '$1 == "insmod" && !seen[$2]++ { print $2 }' /initrd/needed > /initrd/files
while read -r file; do
  name=$(basename "$file" .xz)
  busybox xzcat "$file" > "/initrd/modules/$name"
  echo "$name"
done < /initrd/files > /initrd/modules/order
rm /initrd/needed /initrd/files
rm -f /boot/initrd.img-*
(cd /initrd && find . | cpio --quiet --create --format=newc) > /boot/initrd.img-limaform
rm -rf /initrd
rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id /etc/resolv.conf
: > /etc/machine-id
# Slirp's resolver: right with or without a network, and needs no resolver daemon.
echo 'nameserver 192.168.5.3' > /etc/resolv.conf
# Else systemd takes the first boot for an update of /usr and rebuilds its caches.
touch /etc/.updated /var/.updated
rm -rf /var/log/journal /var/cache/apt/archives/*.deb /limaform-customize
SH

echo "base image: installing Debian $suite with mmdebstrap (about a minute)"
mode=root
[ "$(id -u)" = 0 ] || mode=unshare
mirror=$(host_mirror)
mmdebstrap --quiet --mode="$mode" --variant=apt --components=main \
  --include="$(IFS=,; echo "${packages[*]}")" \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/info/*' \
  --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' \
  --customize-hook="sync-in $work/files /" \
  --customize-hook='chroot "$1" sh /limaform-customize' \
  --skip=output/dev \
  "$suite" "$work/root.tar" ${mirror:+"$mirror"}

echo "base image: writing the disk"
# In $work/tree, which the mapped ids may write to as well. The kernel leaves the disk: a second copy of it would be cloned
# with every worker.
mkdir -m 777 "$work/tree"
mapped sh -euc '
  cd "$1"
  mkdir -p root/dev
  tar --extract --file ../root.tar --directory root --numeric-owner --xattrs --xattrs-include="*"
  mv root/boot/vmlinuz-* vmlinuz
  mv root/boot/initrd.img-* initrd.img
  truncate -s 2G root.raw
  mke2fs -q -t ext4 -L root -E lazy_itable_init=0,lazy_journal_init=0 -J size=16 -m 0 -d root root.raw
  chmod 644 root.raw vmlinuz initrd.img
' sh "$work/tree"
qemu-img convert -f raw -O qcow2 "$work/tree/root.raw" "$work/tree/root.qcow2"

mkdir -p "$out"
echo "$cmdline" > "$out/cmdline"
for file in vmlinuz initrd.img root.qcow2; do
  install -m 644 "$work/tree/$file" "$out/$file"
done
