# The builds of .ci/run, which reads this file. What a step will test is built while earlier steps test: compilers use
# both CPUs, most tests use one or wait.
# shellcheck shell=bash disable=SC2154

# What a step tests, where that is not everything. It builds no more than that.
blas_tests='blas registry kernels decoder golden quiet_path clu twins'
# Programs that start threads, or talk to a process or a signal while some run: under the thread sanitizer a program is
# ten times as slow.
tsan_tests='pool layouts decoder runner profile quiet_path child counters probe roof plan tails gbench micro torch'
tsan_suites='decode_suite micro_suite evidence_suites context ttft' # of bench, from outside
musl_tests='platform files lacking cgroup child tokenizer tokenizer_gguf checkpoint tvl decoder'
fuzzers=$(cd tests/fuzz/seeds && echo *)

# Optimizing less leaves no fewer accesses to check, and halves the time to compile what is not a kernel. (Kernels have
# flags of their own; build option `optimization` would change those.)
sanitized=(--buildtype=debugoptimized '-Dc_args=-O1 -g1' '-Dcpp_args=-O1 -g1' -Db_lundef=false)
addresses=("${sanitized[@]}" -Db_sanitize=address,undefined)

# Installs Debian packages; prints the log only on failure.
updated=no
apt_install() {
    local root=()
    command -v apt-get >/dev/null || { echo "  no apt-get here; install by hand: $*"; return 1; }
    if [ "$(id -u)" != 0 ]; then root=(sudo -n); fi
    echo "  installing $*"
    [ $updated = yes ] || logged "apt-update-$1" "${root[@]}" apt-get -q update
    updated=yes
    logged "apt-$1" "${root[@]}" apt-get -q -y --no-install-recommends install "$@" || { show_log; return 1; }
}

openblas() { echo "/usr/lib/$(cc -print-multiarch)/openblas-openmp/pkgconfig"; } # the flavour: see meson.build
lacks_openblas() { ! [ -f "$(openblas)/openblas.pc" ]; }

# Prints the name of a clang that links libFuzzer.
fuzzing_clang() {
    local clang
    for clang in clang clang-14; do
        if echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
            $clang -fsanitize=fuzzer,address -x c - -o "$top/fuzzer-probe" 2>/dev/null; then
            echo $clang
            return
        fi
    done
    return 1
}

# Prints the packages that a step lacks. cross-libs.sh copies headers of two libraries.
lacking() {
    local of_libraries='#include <xxhash.h>\n#include <jansson_config.h>\n'
    case $1 in
    blas) ! lacks_openblas || echo libopenblas-openmp-dev ;;
    fuzz) fuzzing_clang >/dev/null || echo clang-14 libclang-rt-14-dev ;;
    musl) command -v musl-gcc >/dev/null || echo musl-tools ;;
    arm64)
        [ "$(uname -m)" != aarch64 ] || return
        command -v aarch64-linux-gnu-gcc >/dev/null || echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross
        command -v aarch64-linux-gnu-g++ >/dev/null || echo g++-aarch64-linux-gnu
        command -v qemu-aarch64 >/dev/null || echo qemu-user
        ;;
    report)
        command -v chromium >/dev/null || echo chromium
        command -v chromedriver >/dev/null || echo chromium-driver
        /usr/bin/python3 -c 'import selenium' 2>/dev/null || echo python3-selenium
        /usr/bin/python3 -c 'import jinja2' 2>/dev/null || echo python3-jinja2
        /usr/bin/python3 -c 'import matplotlib' 2>/dev/null || echo python3-matplotlib
        command -v npm >/dev/null || echo npm ca-certificates
        ;;
    campaign)
        command -v parallel >/dev/null || echo parallel
        [ -x /usr/sbin/sshd ] || echo openssh-server openssh-client
        [ -x /usr/sbin/slurmctld ] && [ -x /usr/sbin/slurmd ] || echo slurm-wlm munge
        ;;
    macos) [ "$(uname -m)" != x86_64 ] || command -v npm >/dev/null || echo npm ca-certificates ;;
    esac
    case $1 in
    musl | arm64 | macos)
        # shellcheck disable=SC2059 # it has no fields
        printf "$of_libraries" | cc -E - >/dev/null 2>&1 || echo libxxhash-dev libjansson-dev
        ;;
    esac
}

# configured BUILD MESON_ARGUMENTS...: configures BUILD once and compiles it, or the targets in $targets.
configured() {
    local build=$1 name=${1##*/}
    shift
    if [ ! -f "$build/build.ninja" ]; then
        rm -rf "$build"
        logged "$name-setup" meson setup "$build" "$@" || { show_log; echo "configuring $build failed"; return 1; }
    fi
    # shellcheck disable=SC2086 # $targets is a list of names
    logged "$name-compile" ninja -C "$build" ${targets-} || { show_log; echo "compiling $build failed"; return 1; }
}

# targets PREFIX NAME...: names of programs in tests/
targets() { local prefix=$1; shift; printf "tests/$prefix%s " "$@"; }

# libraries NAME CC [AR]: what a cross build links.
libraries() {
    local name=$1
    shift
    KEEP_SOURCE=$top/sources logged "$name-libs" .ci/cross-libs.sh "$top/$name-libs" "$@" && return
    show_log
    echo 'jansson and PCRE2 cannot be made for it'
    return 1
}

# One function per step. The last line they print says what went wrong; status 77 means that the step is skipped.
build_blas() {
    ! lacks_openblas || { echo 'OpenBLAS cannot be installed'; return 77; }
    # shellcheck disable=SC2086 # lists of names, here and below
    targets=$(targets test_ $blas_tests) configured build-ci/blas -Dblas=enabled "-Dpkg_config_path=$(openblas)"
}

build_asan() { configured build-ci/asan "${addresses[@]}"; }

build_tsan() {
    # shellcheck disable=SC2086
    targets="bench $(targets test_ $tsan_tests)" configured build-ci/tsan "${sanitized[@]}" -Db_sanitize=thread
}

build_fuzz() {
    local clang
    clang=$(fuzzing_clang) || { echo 'clang with libFuzzer cannot be installed'; return 77; }
    # shellcheck disable=SC2086
    CC=$clang targets=$(targets fuzz/fuzz_ $fuzzers) configured build-ci/fuzz "${addresses[@]}" -Dfuzzers=true
}

# musl-gcc sees only musl's headers, so links lead to those of Linux and SIMDe.
build_musl() {
    local folder=$top/musl-headers name
    command -v musl-gcc >/dev/null || { echo 'musl cannot be installed'; return 77; }
    mkdir -p "$folder"
    for name in linux asm-generic simde; do ln -sfn "/usr/include/$name" "$folder/$name"; done
    ln -sfn "/usr/include/$(cc -print-multiarch)/asm" "$folder/asm"
    # What differs is the library, which optimizing does not change.
    libraries musl musl-gcc &&
        CC=musl-gcc configured build-ci/musl -Dhwloc=disabled -Dpcre2=disabled -Dbenchmark=disabled \
            "-Dc_args=-O1 -I$folder" "-Dpkg_config_path=$top/musl-libs/lib/pkgconfig"
}

build_arm64() {
    [ "$(uname -m)" != aarch64 ] || { echo 'this machine is AArch64 itself'; return 77; }
    [ -z "$(lacking arm64)" ] || { echo 'the cross compiler or the emulator cannot be installed'; return 1; }
    libraries arm64 aarch64-linux-gnu-gcc aarch64-linux-gnu-ar &&
        configured build-ci/arm64 --cross-file cross/aarch64-linux-gnu.ini --buildtype=release -Dbenchmark=disabled \
            "-Dpkg_config_path=$top/arm64-libs/lib/pkgconfig"
}

build_macos() {
    KEEP_SOURCE=$top/sources logged macos .ci/macos-arm64.sh build-ci/macos-arm64
    case $? in
    0) ;;
    77) tail -n 1 "$log" | sed 's/^skipped: //'; return 77 ;;
    *) show_log; echo 'the cross build failed'; return 1 ;;
    esac
}

# axe-core checks accessibility; without it, the page is still opened.
build_report() {
    lacking report | grep -qv npm && { echo 'Chromium, its driver or a Python module cannot be installed'; return 77; }
    logged axe npm install --no-audit --no-fund --prefix "$top/axe" axe-core@4 || true
}

# As docs/campaigns.md says. The tests say which engine is missing, if one cannot be installed.
build_campaign() {
    targets='bench front/memwall' configured build-ci/static --buildtype=release -Dprefer_static=true \
        -Dhwloc=disabled -Dbenchmark=disabled -Dc_link_args=-static -Dcpp_link_args=-static
}

# build_ahead STEP...: runs in the background. Installs what the steps lack, all at once or else step by step, and
# builds what they need. setup.sh has installed its own packages by then.
build_ahead() {
    local s all
    trap 'kill $(jobs -p) 2>/dev/null; exit' TERM
    yielding='nice -n 19'
    until [ "$1" != native ] || [ -e "$logs/native.over" ] || grep -qs '^setup: ready' "$logs/native.log"; do
        sleep 1
    done
    all=$(for s in "$@"; do lacking "$s"; done)
    # shellcheck disable=SC2086 # a list of names
    [ -z "$all" ] || apt_install $all || for s in "$@"; do
        all=$(lacking "$s")
        [ -z "$all" ] || apt_install $all
    done
    for s in "$@"; do
        declare -F "build_$s" >/dev/null || continue
        SECONDS=0
        "build_$s" >"$logs/$s.said" 2>&1
        echo "$? $SECONDS" >"$logs/$s.built"
    done
} >"$logs/packages.said" 2>&1

# built STEP: waits for its build. False, with the reason counted, if there is nothing to test.
built() {
    local status=1 seconds=0 reason
    until [ -s "$logs/$1.built" ] || ! kill -0 "$builder" 2>/dev/null; do sleep 1; done
    [ ! -s "$logs/$1.built" ] || read -r status seconds <"$logs/$1.built"
    [ "$status" != 0 ] || { echo "    built in $seconds s, while other steps tested"; return; }
    reason=$(tail -n 1 "$logs/$1.said" 2>/dev/null)
    [ "$status" != 77 ] || { skip "$reason"; return 1; }
    head -n -1 "$logs/$1.said" 2>/dev/null
    cat "$logs/packages.said"
    fail "${reason:-its build was never begun}"
    return 1
}
