# The steps of .ci/run, which reads this file. What they test is built by builds.sh.
# shellcheck shell=bash disable=SC2154

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
    touch "$logs/native.over"
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
    if built blas; then only=$blas_tests tested blas build-ci/blas 2; fi
    footer
}

asan() {
    header asan 'address and undefined behaviour sanitizers'
    built asan &&
        MEMWALL_TEST_QUICK=1 MEMWALL_TEST_SANITIZED=1 ASAN_OPTIONS=${ASAN_OPTIONS:-strict_string_checks=1} \
            UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1} tested asan build-ci/asan 5
    footer
}

tsan() {
    header tsan 'thread sanitizer'
    # Older runtimes cannot place their shadow memory if the kernel randomises addresses widely.
    local fixed=()
    if setarch "$(uname -m)" -R true 2>/dev/null; then fixed=(setarch "$(uname -m)" -R); fi
    built tsan &&
        only="$tsan_tests $tsan_suites" \
            MEMWALL_TEST_QUICK=1 MEMWALL_TEST_SANITIZED=1 TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1} \
            tested tsan build-ci/tsan 10 "${fixed[@]}"
    footer
}

# As many at a time as there are CPUs: a fuzzer uses one.
fuzz() {
    header fuzz 'libFuzzer, 30 s per parser'
    local target waiting=() cpus
    built fuzz || { footer; return; }
    cpus=$(nproc)
    for target in $fuzzers; do
        mkdir -p "$top/fuzz-new/$target"
        logged "fuzz-$target" "build-ci/fuzz/tests/fuzz/fuzz_$target" -max_total_time=30 -timeout=20 \
            -rss_limit_mb=2048 -artifact_prefix="$logs/$target-" "$top/fuzz-new/$target" "tests/fuzz/seeds/$target" &
        waiting+=("$target $!")
        [ ${#waiting[@]} -lt "$cpus" ] || fuzzed
    done
    fuzzed
    footer
}

# Waits for the fuzzers in `waiting`.
fuzzed() {
    local target pid status
    for target in "${waiting[@]}"; do
        pid=${target#* } target=${target% *}
        wait "$pid"
        status=$?
        log=$logs/fuzz-$target.log
        if [ $status = 0 ]; then
            pass "$target: $(grep -c NEW "$log") new inputs, none of which fails"
        else
            fail "the fuzzer of $target found something; the input is in build-ci/logs"
            show_log
        fi
    done
    waiting=()
}

musl() {
    header musl 'another C library: musl'
    if built musl; then only=$musl_tests MEMWALL_TEST_QUICK=1 tested musl build-ci/musl 2; fi
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
    local cpu
    # What chooses kernels, or runs those of dot products: kernels of f32 are the same instructions on every CPU here.
    local of_dotprod='platform registry kernels decoder_dtypes peak probe roof plan clu twins'
    if built arm64; then
        echo '  cortex-a72'
        QEMU_CPU=cortex-a72 MEMWALL_TEST_QUICK=1 tested arm64-cortex-a72 build-ci/arm64 10
        for cpu in neoverse-n1 max; do # with more instructions
            echo "  $cpu"
            QEMU_CPU=$cpu MEMWALL_TEST_QUICK=1 only="$of_dotprod" tested "arm64-$cpu" build-ci/arm64 10
        done
        same_accesses
    fi
    footer
}

# tap NAME COMMAND...: runs a test that is not one of meson's, and counts its checks.
tap() {
    local line
    logged "$@"
    while read -r line; do
        case $line in
        *'# SKIP'*) skip "${line#*- }" ;;
        'ok '*) passed=$((passed + 1)) ;;
        'not ok '*) fail "${line#*- }" ;;
        esac
    done <"$log"
    grep -q '^1\.\.' "$log" || { fail 'the check ended early'; show_log; }
}

report() {
    header report 'memwall report in headless Chromium'
    local axe=build-ci/axe/node_modules/axe-core/axe.min.js
    if built report; then
        [ -f $axe ] || axe=
        tap report /usr/bin/python3 tests/browser_report.py . $axe
        grep '^# .* load event' "$log"
    fi
    footer
}

# With a static bench, which is also what the ssh hosts get.
campaign() {
    header campaign 'memwall campaign: four nodes of Slurm, four ssh hosts'
    if built campaign; then
        for engine in parallel slurm; do
            tap "campaign-$engine" python3 "tests/engines/test_$engine.py" build-ci/static/front/memwall \
                build-ci/static/bench
            grep '^# .* four ' "$log"
        done
    fi
    footer
}

macos() {
    header macos 'macOS on Apple silicon, cross-compiled, not run'
    if built macos; then pass 'everything compiles and links'; fi
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
