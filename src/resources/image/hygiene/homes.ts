/** Shell lines: `homes` prints every folder that is somebody's home in `$root`, one a line. */
export const HOMES = `homes() {
  cut -d: -f6 "$root/etc/passwd" | sort -u | while IFS= read -r home; do
    case $home in / | /bin | /sbin | /usr/* | /dev* | /proc* | /sys* | '') continue ;; esac
    [ ! -d "$root$home" ] || printf '%s\\n' "$root$home"
  done
}`;
