# The steps of .ci/run, which reads this file.
# shellcheck shell=bash disable=SC2154

# Installs Debian packages; prints the log only on failure.
apt_install() {
    local root=()
    command -v apt-get >/dev/null || { echo "  no apt-get here; install by hand: $*"; return 1; }
    if [ "$(id -u)" != 0 ]; then root=(sudo -n); fi
    echo "  installing $*"
    logged "apt-$1" "${root[@]}" apt-get -q update
    logged "apt-$1" "${root[@]}" apt-get -q -y --no-install-recommends install "$@" || { show_log; return 1; }
}

# README's test command, verbatim.
native() {
    header native 'README: ./setup.sh && meson test -C build'
    command -v valgrind >/dev/null || apt_install valgrind || skip 'valgrind cannot be installed'
    if ! command -v gnuplot >/dev/null || ! /usr/bin/python3 -c 'import matplotlib' 2>/dev/null; then
        apt_install python3-matplotlib gnuplot-nox || skip 'matplotlib and gnuplot cannot be installed'
    fi
    rm -f build/meson-logs/testlog*
    logged native bash -c './setup.sh && meson test -C build'
    local status=$?
    if [ -f build/meson-logs/testlog.json ]; then
        counted build $status
    else
        fail 'setup.sh or the build failed'
        show_log
    fi
    footer
}

# A build with kernel blas, which README's command leaves out. Only the tests that involve kernels differ.
blas() {
    header blas 'kernel blas: OpenBLAS, called by our threads'
    local flavour
    flavour=/usr/lib/$(cc -print-multiarch)/openblas-openmp/pkgconfig
    if ! [ -f "$flavour/openblas.pc" ] && ! apt_install libopenblas-openmp-dev; then
        skip 'OpenBLAS cannot be installed'
    elif configured build-ci/blas -Dblas=enabled "-Dpkg_config_path=$flavour"; then
        only='blas registry kernels decoder golden quiet_path clu twins' tested blas build-ci/blas 2
    fi
    footer
}

asan() {
    header asan 'address and undefined behaviour sanitizers'
    configured build-ci/asan --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false &&
        MEMWALL_TEST_QUICK=1 MEMWALL_TEST_SANITIZED=1 ASAN_OPTIONS=${ASAN_OPTIONS:-strict_string_checks=1} \
            UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1} tested asan build-ci/asan 5
    footer
}

# Only tests of programs that start threads, or talk to a process or a signal while some run: under this sanitizer a
# program is ten times as slow.
tsan() {
    header tsan 'thread sanitizer'
    # Older runtimes cannot place their shadow memory if the kernel randomises addresses widely.
    local fixed=()
    if setarch "$(uname -m)" -R true 2>/dev/null; then fixed=(setarch "$(uname -m)" -R); fi
    configured build-ci/tsan --buildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false &&
        only='pool layouts decoder runner profile quiet_path child counters probe roof plan tails
            gbench micro torch decode_suite micro_suite evidence_suites context ttft' \
            MEMWALL_TEST_QUICK=1 MEMWALL_TEST_SANITIZED=1 TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1} \
            tested tsan build-ci/tsan 10 "${fixed[@]}"
    footer
}

fuzz() {
    header fuzz 'libFuzzer, 30 s per parser'
    local target clang=clang-14 packages=(clang-14 libclang-rt-14-dev) new=$top/fuzz-new
    local parsers='checkpoint_v0 checkpoint_v1 tvl gguf tokenizer csv peer'
    command -v clang >/dev/null && clang=clang
    if ! echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
        $clang -fsanitize=fuzzer,address -x c - -o "$top/fuzzer-probe" 2>/dev/null; then
        if ! apt_install "${packages[@]}"; then
            skip 'clang with libFuzzer cannot be installed'
            footer
            return
        fi
        clang=clang-14
    fi
    # shellcheck disable=SC2086 # a list of names
    local targets; targets=$(printf 'tests/fuzz/fuzz_%s ' $parsers)
    if CC=$clang configured build-ci/fuzz -Dfuzzers=true --buildtype=debugoptimized -Db_sanitize=address,undefined \
        -Db_lundef=false; then
        for target in $parsers; do
            mkdir -p "$new/$target"
            if logged "fuzz-$target" "build-ci/fuzz/tests/fuzz/fuzz_$target" -max_total_time=30 -timeout=20 \
                -rss_limit_mb=2048 -artifact_prefix="$logs/$target-" "$new/$target" "tests/fuzz/seeds/$target"; then
                pass "$target: $(grep -c NEW "$log") new inputs, none of which fails"
            else
                fail "the fuzzer of $target found something; the input is in build-ci/logs"
                show_log
            fi
        done
    fi
    footer
}

# Whether this machine has the headers that cross-libs.sh copies.
libraries_here() { printf '#include <xxhash.h>\n#include <jansson_config.h>\n' | cc -E - >/dev/null 2>&1; }

# musl-gcc sees only musl's headers, so links lead to those of Linux and SIMDe. Prints their folder.
musl_headers() {
    local folder=$top/musl-headers name
    mkdir -p "$folder"
    for name in linux asm-generic simde; do ln -sfn "/usr/include/$name" "$folder/$name"; done
    ln -sfn "/usr/include/$(cc -print-multiarch)/asm" "$folder/asm"
    echo "$folder"
}

musl() {
    header musl 'another C library: musl'
    if ! command -v musl-gcc >/dev/null && ! apt_install musl-tools; then
        skip 'musl cannot be installed'
    elif ! logged musl-libs .ci/cross-libs.sh "$top/musl-libs" musl-gcc; then
        fail 'jansson cannot be made for musl'
        show_log
    elif CC=musl-gcc configured build-ci/musl -Dhwloc=disabled -Dbenchmark=disabled "-Dc_args=-I$(musl_headers)" \
        "-Dpkg_config_path=$top/musl-libs/lib/pkgconfig"; then
        only='platform files lacking cgroup child tokenizer checkpoint tvl decoder' MEMWALL_TEST_QUICK=1 \
            tested musl build-ci/musl 2
    fi
    footer
}

# The NEON kernels access memory in the same way on both architectures, so clu.csv differs only in the name of the run
# (the first column) and in the longest run of accesses (the last), because compilers choose the order of independent
# loads of x. The tiled kernel has two panels in flight on AArch64, so it loads x half as often, the only difference.
same_accesses() {
    local out rows suite=(--suite=clu --variant=neon,mmap,tvl,neon4 --model=synthetic:stories15M --format=csv
        --cache=L1:32K:8:64,L2:1M:8:64,L3:32M:16:64)
    local emulator=(qemu-aarch64 -L /usr/aarch64-linux-gnu -E MEMWALL_EMULATED=qemu-user)
    local x_of_tvl='^tvl,.*,activations,'
    if ! [ -x build/bench ]; then
        skip 'bench --suite=clu on both architectures: step native has not built the native one'
        return
    fi
    out=$(mktemp -d)
    if logged clu-x86-64 build/bench "${suite[@]}" --out="$out/x86-64" &&
        logged clu-arm64 "${emulator[@]}" build-ci/arm64/bench "${suite[@]}" --out="$out/arm64" &&
        cut -d, -f2-28 "$out/x86-64/clu.csv" >"$out/native" && cut -d, -f2-28 "$out/arm64/clu.csv" >"$out/emulated" &&
        diff <(grep -v "$x_of_tvl" "$out/native") <(grep -v "$x_of_tvl" "$out/emulated") >"$logs/clu-diff.log" &&
        paste -d, <(grep "$x_of_tvl" "$out/native") <(grep "$x_of_tvl" "$out/emulated") |
            awk -F, '{ n++; if ($17 != 2 * $(NF / 2 + 17)) { print; bad = 1 } } END { exit bad || !n }' \
                >>"$logs/clu-diff.log"; then
        rows=$(($(wc -l <"$out/arm64/clu.csv") - 1))
        pass "bench --suite=clu: AArch64 and x86-64 agree on $rows rows of the NEON kernels"
    else
        fail 'bench --suite=clu: AArch64 and x86-64 differ'
        log=$logs/clu-diff.log
        show_log
    fi
    rm -rf "$out"
}

arm64() {
    header arm64 'Linux on AArch64, cross-compiled, under qemu-user'
    local cpu packages=()
    local of_kernels='platform registry kernels decoder decoder_dtypes golden quiet_path peak probe roof plan clu twins'
    if [ "$(uname -m)" = aarch64 ]; then
        skip 'this machine is AArch64 itself'
        footer
        return
    fi
    command -v aarch64-linux-gnu-gcc >/dev/null || packages+=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
    command -v aarch64-linux-gnu-g++ >/dev/null || packages+=(g++-aarch64-linux-gnu)
    command -v qemu-aarch64 >/dev/null || packages+=(qemu-user)
    libraries_here || packages+=(libxxhash-dev libjansson-dev) # cross-libs.sh copies their headers
    if [ ${#packages[@]} -gt 0 ] && ! apt_install "${packages[@]}"; then
        fail 'the cross compiler or the emulator cannot be installed'
    elif ! logged arm64-libs .ci/cross-libs.sh "$top/arm64-libs" aarch64-linux-gnu-gcc aarch64-linux-gnu-ar; then
        fail 'jansson cannot be made for AArch64'
        show_log
    elif configured build-ci/arm64 --cross-file cross/aarch64-linux-gnu.ini --buildtype=release \
        -Dbenchmark=disabled "-Dpkg_config_path=$top/arm64-libs/lib/pkgconfig"; then
        echo '  cortex-a72'
        QEMU_CPU=cortex-a72 MEMWALL_TEST_QUICK=1 tested arm64-cortex-a72 build-ci/arm64 10
        for cpu in neoverse-n1 max; do # other instruction sets: what chooses or runs kernels
            echo "  $cpu"
            QEMU_CPU=$cpu MEMWALL_TEST_QUICK=1 only="$of_kernels" tested "arm64-$cpu" build-ci/arm64 10
        done
        same_accesses
    fi
    footer
}

macos() {
    header macos 'macOS on Apple silicon, cross-compiled, not run'
    if [ "$(uname -m)" = x86_64 ] && ! command -v npm >/dev/null; then apt_install npm ca-certificates; fi
    libraries_here || apt_install libxxhash-dev libjansson-dev
    logged macos .ci/macos-arm64.sh build-ci/macos-arm64
    case $? in
    0) pass 'everything compiles and links' ;;
    77) skip "$(tail -n 1 "$log" | sed 's/^skipped: //')" ;;
    *) fail 'the cross build failed'; show_log ;;
    esac
    footer
}

# smoke_run FOLDER FILES OPTIONS...: runs bench and checks that it wrote these files, with rows in them. If bench asks
# to be run again because the machine was too busy to measure a roof, the run is repeated, at most twice.
smoke_run() {
    local folder=$1 files=$2 file bad= again=2 busy='the roof was measured badly; run again on a quieter machine$'
    shift 2
    until logged "smoke-${folder##*/}" build/bench --model=synthetic:stories15M --out="$folder" "$@"; do
        if [ $again = 0 ] || ! tail -n 1 "$log" | grep -q "$busy"; then
            fail "bench $* failed"
            show_log
            return
        fi
        again=$((again - 1))
        rm -rf "$folder"
    done
    for file in machine.json $files; do
        [ -s "$folder/$file" ] && [ "$(wc -l <"$folder/$file")" -gt 1 ] || bad="$bad $file;"
    done
    if [ -z "$bad" ]; then
        cat "$log"
        pass "bench $*: its files are there"
    else
        fail "bench $* succeeded, but these are missing or empty:$bad"
        show_log
    fi
}

smoke() {
    header smoke 'short runs of the release build'
    local out
    out=$(mktemp -d)
    if ! logged smoke-compile ninja -C build bench; then
        fail 'bench does not compile'
        show_log
    else
        smoke_run "$out/decode" 'results.csv tokens.csv roof.csv blocks.csv' --tokens=42 --reps=3
        smoke_run "$out/aa" 'results.csv roof.csv' --suite=aa --variant=neon --threads=1 --tokens=42 --reps=5
        smoke_run "$out/roof" results.csv --suite=roof --benchmark_repetitions=2
        smoke_run "$out/clu" 'results.csv clu.csv' --suite=clu
        smoke_run "$out/ttft" 'results.csv ttft.csv' --suite=ttft --reps=2
        smoke_run "$out/micro" results.csv --suite=micro --threads=1 --benchmark_repetitions=2 \
            --benchmark_filter='ladder/triad|latency/line|gemv/neon/'
    fi
    rm -rf "$out"
    footer
}
