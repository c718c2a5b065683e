#!/usr/bin/env bash
# Builds the libraries that a cross build needs, in a folder without this machine's other libraries.
#
#   .ci/cross-libs.sh FOLDER CC [AR]       for example: .ci/cross-libs.sh build-arm64-libs aarch64-linux-gnu-gcc
#   meson setup ... -Dpkg_config_path=$PWD/FOLDER/lib/pkgconfig
#
# CC compiles jansson from the source of the distribution's package, which apt-get downloads without changing anything
# on this machine. Debian also has an arm64 package, but Ubuntu keeps those elsewhere, and there is none for macOS. All
# targets are 64-bit, so jansson_config.h of this machine's libjansson-dev fits. Of xxHash only the header is used. The
# source stays in the folder that the variable KEEP_SOURCE names, for the next target.
set -eu
[ $# -ge 2 ] || { echo 'usage: .ci/cross-libs.sh FOLDER CC [AR]' >&2; exit 2; }
mkdir -p "$1/include" "$1/lib/pkgconfig"
folder=$(cd "$1" && pwd) cc=$2 ar=${3-ar}
[ ! -f "$folder/lib/pkgconfig/jansson.pc" ] || exit 0

die() { printf 'cross-libs: %s\n' "$*" >&2; exit 1; }

# Copies a header that this machine's compiler finds.
header() {
    local path
    path=$(echo "#include <$1>" | cc -E - 2>/dev/null | sed -n "s|^# [0-9]* \"\(.*/$1\)\".*|\1|p" | head -n 1)
    [ -n "$path" ] || die "no $1 on this machine; run ./setup.sh"
    cp "$path" "$folder/include/"
}
header xxhash.h
header jansson_config.h

apt=$folder/apt
rm -rf "$apt"
mkdir -p "$apt/sources" "$apt/lists/partial" "$apt/jansson"
kept=${KEEP_SOURCE:-$apt}
mkdir -p "$kept"

# Downloads from this machine's package sources, but for source packages and with separate lists.
download() {
    command -v apt-get >/dev/null || die 'no apt-get here, which is needed for the source of jansson'
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        [ ! -f "$list" ] || sed -n -e 's/^deb /deb-src /p; s/^Types:.*/Types: deb-src/p; t' -e '/^deb-src /d; p' \
            "$list" >"$apt/sources/${list##*/}"
    done
    local options=(-q -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$apt/sources"
        -o "Dir::State::Lists=$apt/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
    apt-get "${options[@]}" update || echo 'cross-libs: apt-get update failed, trying with the lists that it got' >&2
    (cd "$kept" && apt-get "${options[@]}" --download-only source jansson) ||
        die 'apt-get cannot download the source of jansson'
}
compgen -G "$kept/jansson_*.orig.tar.?z" >/dev/null || download
tar -xf "$kept"/jansson_*.orig.tar.?z --strip-components=1 -C "$apt/jansson"
cp "$apt/jansson/src/jansson.h" "$folder/include/"

# The results of its configure script on any current system.
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
