#!/usr/bin/env bash
# Checks README's commands on a bare system. Run by hand, as root, on Debian.
#
#   .ci/clean-room.sh DIR [REPO [COMMAND...]]      for example: .ci/clean-room.sh /tmp/cleanroom
#
# Makes a minimal Debian 12 with git and ca-certificates in DIR/base (once, with debootstrap), and for each command
# copies it, clones REPO (default: this checkout; what is committed, not the work tree) and runs the command there.
# Default: README's two commands, each in a fresh copy. Exit status 1 if one of them fails. KEEP=1 keeps DIR/room.
# The package mirror, apt's network settings and locally trusted certificates are the host's.
set -eu

commands=('./setup.sh && ninja -C build bench && build/bench --layout=tvl' './setup.sh && meson test -C build')
suite=bookworm

die() { echo "clean-room: $*" >&2; exit 2; }

# In namespaces of its own: mounts and processes cannot outlive the script, whatever ends it.
if [ "${CLEAN_ROOM_INSIDE-}" != yes ]; then
    [ "$(id -u)" = 0 ] || die 'needs root'
    CLEAN_ROOM_INSIDE=yes exec unshare --mount --pid --fork --kill-child --propagation private -- bash "$0" "$@"
fi

[ $# -ge 1 ] || die 'usage: .ci/clean-room.sh DIR [REPO [COMMAND...]]'
mkdir -p "$1"
dir=$(cd "$1" && pwd)
case $dir in # /proc/self/mounts, where mounts below it are looked up, escapes other characters
*[!A-Za-z0-9/._+-]*) die "'$dir' has characters other than letters, digits and /._+-; give another DIR" ;;
esac
repo=${2:-$(cd "$(dirname "$0")/.." && pwd)}
[ -d "$repo" ] || die "no repository at $repo"
repo=$(cd "$repo" && pwd)
if [ $# -gt 2 ]; then
    shift 2
    commands=("$@")
else
    for command in "${commands[@]}"; do
        grep -qsF "$command" "$repo/README.md" || echo "clean-room: warning: README.md does not contain '$command'" >&2
    done
fi

# "URI RELEASE" for each of the host's sources of this release.
sources() {
    apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
        awk -v suite=$suite '$2 == suite || index($2, suite "-") == 1' | sort -u
}

room=$dir/room
unmount() {
    awk -v room="$room/" 'index($2, room) == 1 { print $2 }' /proc/self/mounts | sort -r |
        while read -r mounted; do umount -l "$mounted"; done
}
cleanup() {
    unmount
    # rm stays on one file system, in case a mount is still there.
    [ "${KEEP-}" = 1 ] || rm -rf --one-file-system "$room"
}
mount -t proc proc /proc # this process namespace's own
trap cleanup EXIT
trap 'exit 130' INT TERM

if [ ! -e "$dir/base/etc/debian_version" ]; then
    command -v debootstrap >/dev/null || die 'needs debootstrap'
    mirror=${MIRROR:-$(sources | awk -v suite=$suite '$2 == suite { print $1; exit }')}
    [ -n "$mirror" ] || die "the host has no apt source for $suite; set MIRROR=URI"
    echo "clean-room: making $dir/base"
    rm -rf --one-file-system "$dir/base.new"
    debootstrap --variant=minbase --include=ca-certificates,git $suite "$dir/base.new" "$mirror" \
        >"$dir/debootstrap.log" 2>&1 || { tail -n 20 "$dir/debootstrap.log"; die 'debootstrap failed'; }
    mv "$dir/base.new" "$dir/base"
fi

failed=0
for command in "${commands[@]}"; do
    unmount
    rm -rf --one-file-system "$room"
    cp -a "$dir/base" "$room"

    # Apt uses the host's mirrors and network settings, but none of its hooks.
    if [ -n "$(sources)" ]; then
        sources | awk '{ print "deb", $1, $2, "main" }' >"$room/etc/apt/sources.list"
    fi
    apt-config dump | grep -E '^Acquire::(https?|Check|Retries)' >"$room/etc/apt/apt.conf.d/90host" || true
    cp -L /etc/resolv.conf "$room/etc/resolv.conf"
    cp -rL /usr/local/share/ca-certificates/. "$room/usr/local/share/ca-certificates/" 2>/dev/null || true

    mount -t proc proc "$room/proc"
    mount --rbind /sys "$room/sys"
    mount --rbind /dev "$room/dev"
    # The checkout may belong to another user; clone's helper process reads only a configuration file.
    printf '[safe]\n\tdirectory = *\n' >"$room/srv/trust"
    GIT_CONFIG_GLOBAL=$room/srv/trust git clone -q --no-hardlinks "$repo" "$room/srv/memwall"
    rm "$room/srv/trust"
    chroot "$room" update-ca-certificates >/dev/null 2>&1 || true

    printf '\n=== clean room: %s\n' "$command"
    start=$SECONDS status=0
    env -i HOME=/root TERM=dumb LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        http_proxy="${http_proxy-}" https_proxy="${https_proxy-}" no_proxy="${no_proxy-}" \
        chroot "$room" sh -c "cd /srv/memwall && $command" </dev/null || status=$?
    printf '=== exit status %d after %d s: %s\n' $status $((SECONDS - start)) "$command"
    [ $status = 0 ] || failed=1
done
exit $failed
