#!/usr/bin/env bash
# Builds the libraries that a cross build needs, in a folder without this machine's other libraries.
#
#   .ci/cross-libs.sh FOLDER CC [AR]       for example: .ci/cross-libs.sh build-arm64-libs aarch64-linux-gnu-gcc
#   meson setup ... -Dpkg_config_path=$PWD/FOLDER/lib/pkgconfig
#
# CC compiles jansson and PCRE2 from the sources of the distribution's packages, which apt-get downloads without
# changing anything on this machine. Debian also has arm64 packages, but Ubuntu keeps those elsewhere, and there are
# none for macOS. All targets are 64-bit, so jansson_config.h of this machine's libjansson-dev fits. Of xxHash only the
# header is used. The sources stay in the folder that the variable KEEP_SOURCE names, for the next target.
set -eu
[ $# -ge 2 ] || { echo 'usage: .ci/cross-libs.sh FOLDER CC [AR]' >&2; exit 2; }
mkdir -p "$1/include" "$1/lib/pkgconfig"
folder=$(cd "$1" && pwd) cc=$2 ar=${3-ar}
[ ! -f "$folder/lib/pkgconfig/libpcre2-8.pc" ] || exit 0

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
mkdir -p "$apt/sources" "$apt/lists/partial"
kept=${KEEP_SOURCE:-$apt}
mkdir -p "$kept"

# download PACKAGES: from this machine's package sources, but for source packages and with separate lists.
download() {
    command -v apt-get >/dev/null || die "no apt-get here, which is needed for the source of $*"
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        [ ! -f "$list" ] || sed -n -e 's/^deb /deb-src /p; s/^Types:.*/Types: deb-src/p; t' -e '/^deb-src /d; p' \
            "$list" >"$apt/sources/${list##*/}"
    done
    local options=(-q -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$apt/sources"
        -o "Dir::State::Lists=$apt/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
    apt-get "${options[@]}" update || echo 'cross-libs: apt-get update failed, trying with the lists that it got' >&2
    # Only the original source is used, so a mirror may lack Debian's part.
    (cd "$kept" && apt-get "${options[@]}" --download-only source "$@") || true
}
have_source() { compgen -G "$kept/$1_*.orig.tar.?z" >/dev/null; }
{ have_source jansson && have_source pcre2; } || download jansson pcre2
for package in jansson pcre2; do
    have_source $package || die "apt-get cannot download the source of $package"
    mkdir "$apt/$package"
    tar -xf "$kept/$package"_*.orig.tar.?z --strip-components=1 -C "$apt/$package"
done
cp "$apt/jansson/src/jansson.h" "$folder/include/"

# The results of its configure script on any current system.
for name in FCNTL_H SCHED_H STDINT_H SYS_STAT_H SYS_TIME_H SYS_TYPES_H UNISTD_H OPEN CLOSE READ GETPID SCHED_YIELD \
    GETTIMEOFDAY ATOMIC_BUILTINS SYNC_BUILTINS; do
    echo "#define HAVE_$name 1"
done >"$apt/jansson/src/jansson_private_config.h"
rm -f "$folder"/lib/lib*.a
for source in "$apt"/jansson/src/*.c; do
    "$cc" -O2 -fPIC -DHAVE_CONFIG_H -DUSE_URANDOM -I"$apt/jansson/src" -I"$folder/include" \
        -c "$source" -o "${source%.c}.o"
done
"$ar" -rcs "$folder/lib/libjansson.a" "$apt"/jansson/src/*.o

# PCRE2 comes with the results of its configure script for any C compiler. Some of its files are included by others, or
# are programs.
pcre2=$apt/pcre2/src
for name in config.h pcre2.h; do cp "$pcre2/$name.generic" "$pcre2/$name"; done
cp "$pcre2/pcre2_chartables.c.dist" "$pcre2/pcre2_chartables.c"
cp "$pcre2/pcre2.h" "$folder/include/"
for source in "$pcre2"/pcre2_*.c; do
    case ${source##*/} in
    pcre2_dftables.c | pcre2_fuzzsupport.c | pcre2_jit_match.c | pcre2_jit_misc.c | pcre2_jit_test.c | \
        pcre2_printint.c | pcre2_ucptables.c) continue ;;
    esac
    "$cc" -O2 -fPIC -DHAVE_CONFIG_H -DSUPPORT_UNICODE -DPCRE2_CODE_UNIT_WIDTH=8 -DPCRE2_STATIC -I"$pcre2" \
        -c "$source" -o "${source%.c}.o"
done
"$ar" -rcs "$folder/lib/libpcre2-8.a" "$pcre2"/pcre2_*.o

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
version=$(sed -n 's/^#define PCRE2_M[AI][JN]OR  *\([0-9]*\)$/\1/p' "$folder/include/pcre2.h" | paste -sd.)
cat >"$folder/lib/pkgconfig/libpcre2-8.pc" <<END
Name: libpcre2-8
Description: cross-compiled
Version: $version
Libs: -L$folder/lib -lpcre2-8
Cflags: -I$folder/include -DPCRE2_STATIC
END
rm -rf "$apt"
