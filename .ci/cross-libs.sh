#!/usr/bin/env bash
# Makes the libraries that a cross build needs, and shows it no others of this machine.
#
#   .ci/cross-libs.sh FOLDER CC [AR]       for example: .ci/cross-libs.sh build-arm64-libs aarch64-linux-gnu-gcc
#   meson setup ... -Dpkg_config_path=$PWD/FOLDER/lib/pkgconfig
#
# jansson is compiled by CC from the source of the distribution's package. apt-get brings that without changing anything
# on this machine. Debian has an arm64 package as well, but Ubuntu keeps those elsewhere, and macOS has none here. All
# targets are 64-bit, so jansson_config.h of this machine's libjansson-dev fits. Of xxHash the header alone is used.
set -eu
[ $# -ge 2 ] || { echo 'usage: .ci/cross-libs.sh FOLDER CC [AR]' >&2; exit 2; }
mkdir -p "$1/include" "$1/lib/pkgconfig"
folder=$(cd "$1" && pwd) cc=$2 ar=${3-ar}
[ ! -f "$folder/lib/pkgconfig/jansson.pc" ] || exit 0

die() { printf 'cross-libs: %s\n' "$*" >&2; exit 1; }

# The header as this machine's compiler finds it.
header() {
    local path
    path=$(echo "#include <$1>" | cc -E - 2>/dev/null | sed -n "s|^# [0-9]* \"\(.*/$1\)\".*|\1|p" | head -n 1)
    [ -n "$path" ] || die "no $1 on this machine; run ./setup.sh"
    cp "$path" "$folder/include/"
}
header xxhash.h
header jansson_config.h

# A description of this machine's package sources that asks for source packages, and lists of its own.
command -v apt-get >/dev/null || die 'no apt-get here, which the source of jansson comes by'
apt=$folder/apt
rm -rf "$apt"
mkdir -p "$apt/sources" "$apt/lists/partial" "$apt/jansson"
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [ ! -f "$list" ] || sed -n -e 's/^deb /deb-src /p; s/^Types:.*/Types: deb-src/p; t' -e '/^deb-src /d; p' "$list" \
        >"$apt/sources/${list##*/}"
done
options=(-q -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$apt/sources"
    -o "Dir::State::Lists=$apt/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
apt-get "${options[@]}" update || echo 'cross-libs: apt-get update failed, trying with what it got' >&2
(cd "$apt" && apt-get "${options[@]}" --download-only source jansson) ||
    die 'apt-get cannot bring the source of jansson'
tar -xf "$apt"/jansson_*.orig.tar.?z --strip-components=1 -C "$apt/jansson"
cp "$apt/jansson/src/jansson.h" "$folder/include/"

# What its configure script would find out on any system of today.
for name in FCNTL_H SCHED_H STDINT_H SYS_STAT_H SYS_TIME_H SYS_TYPES_H UNISTD_H OPEN CLOSE READ GETPID SCHED_YIELD \
    GETTIMEOFDAY ATOMIC_BUILTINS SYNC_BUILTINS; do
    echo "#define HAVE_$name 1"
done >"$apt/jansson/src/jansson_private_config.h"
rm -f "$folder/lib/libjansson.a"
for source in "$apt"/jansson/src/*.c; do
    "$cc" -O2 -fPIC -DHAVE_CONFIG_H -DUSE_URANDOM -I"$apt/jansson/src" -I"$folder/include" \
        -c "$source" -o "${source%.c}.o"
done
"$ar" -rcs "$folder/lib/libjansson.a" "$apt"/jansson/src/*.o

version=$(sed -n 's/^#define JANSSON_VERSION  *"\(.*\)"/\1/p' "$folder/include/jansson.h")
cat >"$folder/lib/pkgconfig/libxxhash.pc" <<END
Name: xxhash
Description: the header alone
Version: 0.8
Cflags: -I$folder/include
END
cat >"$folder/lib/pkgconfig/jansson.pc" <<END
Name: Jansson
Description: cross-compiled
Version: $version
Libs: -L$folder/lib -ljansson
Cflags: -I$folder/include
END
rm -rf "$apt"
