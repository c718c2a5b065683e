#!/bin/sh
# Installs the packages that the build needs and this machine lacks, then
# configures build/ as an optimized build.
#
#   ./setup.sh [--paper] [MESON OPTIONS...]      # e.g. ./setup.sh -Dhwloc=disabled
#
# --paper: also installs pandoc and LaTeX (about 300 MB), for `memwall paper`.
#
# Each requirement is tested by use (does the compiler find the header? does
# pkg-config know the library?), so software installed by hand counts. If nothing
# is missing, neither a package manager nor the network is used. Exit 2: something
# is missing that this script cannot install; the message names it.
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")"
paper=no
case ${1-} in
-h | --help)
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' setup.sh
    exit 0
    ;;
--paper)
    paper=yes
    shift
    ;;
esac

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 2; }

# have_header NAME LANGUAGE: does the compiler find it?
have_header() {
    case $2 in
    c) compiler=${CC:-cc} ;;
    *) compiler=${CXX:-c++} ;;
    esac
    # CC and CXX may hold options, so they are split into words.
    printf '#include <%s>\n' "$1" | $compiler -x "$2" -E - >/dev/null 2>&1
}

# need APT DNF PACMAN BREW: notes missing packages under their names for this machine's manager. "-": they come with
# the system's developer tools, not with the manager.
missing=
lacks_tools=no
need() {
    case $manager in
    apt-get) set -- "$1" ;;
    dnf) set -- "$2" ;;
    pacman) set -- "$3" ;;
    brew) set -- "$4" ;;
    esac
    if [ "$1" = - ]; then
        lacks_tools=yes
    else
        missing="$missing $1"
    fi
}

# Fills `missing` and `lacks_tools`: one line per requirement.
look() {
    missing=
    lacks_tools=no
    have_header stdio.h c || need 'gcc libc6-dev' 'gcc glibc-devel' gcc -
    have_header vector c++ || need 'g++' 'gcc-c++' gcc -
    command -v git >/dev/null || need git git git -
    command -v meson >/dev/null || need meson meson meson meson
    { command -v ninja || command -v ninja-build; } >/dev/null || need ninja-build ninja-build ninja ninja
    if command -v pkg-config >/dev/null; then
        pkg-config --exists hwloc || need libhwloc-dev hwloc-devel hwloc hwloc
        pkg-config --exists jansson || need libjansson-dev jansson-devel jansson jansson
        pkg-config --exists libpcre2-8 || need libpcre2-dev pcre2-devel pcre2 pcre2
    else
        need 'pkg-config libhwloc-dev libjansson-dev libpcre2-dev' \
            'pkgconf-pkg-config hwloc-devel jansson-devel pcre2-devel' 'pkgconf hwloc jansson pcre2' \
            'pkgconf hwloc jansson pcre2'
    fi
    have_header benchmark/benchmark.h c++ || pkg-config --exists benchmark 2>/dev/null ||
        need libbenchmark-dev google-benchmark-devel benchmark google-benchmark
    have_header xxhash.h c || pkg-config --exists libxxhash 2>/dev/null || # Homebrew lies outside the search path
        need libxxhash-dev xxhash-devel xxhash xxhash
    # SIMDe compiles the NEON kernels for x86-64; an ARM machine has NEON itself.
    case $(uname -m) in
    x86_64 | amd64) have_header simde/arm/neon.h c || need libsimde-dev simde-devel simde simde ;;
    esac
}

# The same for figures and reports.
look_extras() {
    missing=
    command -v gnuplot >/dev/null || need gnuplot-nox gnuplot gnuplot gnuplot
    python3 -c 'import matplotlib' 2>/dev/null || /usr/bin/python3 -c 'import matplotlib' 2>/dev/null ||
        need python3-matplotlib python3-matplotlib python-matplotlib python-matplotlib
    # Homebrew has no Jinja2 for Python; there it comes from pip.
    [ "$manager" = brew ] || python3 -c 'import jinja2' 2>/dev/null ||
        /usr/bin/python3 -c 'import jinja2' 2>/dev/null ||
        need python3-jinja2 python3-jinja2 python-jinja -
    [ $paper = no ] || command -v pandoc >/dev/null || need pandoc pandoc pandoc-cli pandoc
    [ $paper = no ] || command -v pdflatex >/dev/null ||
        need 'texlive-latex-recommended texlive-fonts-recommended lmodern' \
            'texlive-latex texlive-collection-latexrecommended texlive-collection-fontsrecommended' \
            'texlive-latexrecommended texlive-fontsrecommended' texlive
}

# as_root COMMAND: runs one shell command as root, so that a password is asked for at most once.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        sh -c "$1"
    elif [ -t 0 ]; then
        sudo sh -c "$1"
    else
        sudo -n sh -c "$1"
    fi
}

manager=
for candidate in apt-get dnf pacman brew; do
    if command -v $candidate >/dev/null; then
        manager=$candidate
        break
    fi
done
[ -n "$manager" ] || manager=none

if [ $manager = none ]; then
    manager=apt-get # for the names in the message only
    look
    [ -z "$missing" ] || die "no apt-get, dnf, pacman or brew here; install by hand (Debian's names):$missing"
    manager=none
else
    look
fi

if [ $lacks_tools = yes ]; then
    die "no working compiler or git; run 'xcode-select --install', then this script again"
fi

# install PACKAGES: with this machine's manager.
updated=no
install() {
    case $manager in
    apt-get)
        # A failing update (one dead third-party source is enough) is no reason to stop.
        update="apt-get -q update || echo 'setup: apt-get update failed, trying with the old package lists' >&2"
        [ $updated = no ] || update=true
        updated=yes
        as_root "export DEBIAN_FRONTEND=noninteractive
            $update
            apt-get -q -y --no-install-recommends install $1 </dev/null"
        ;;
    dnf) as_root "dnf -q -y --setopt=install_weak_deps=False install $1 </dev/null" ;;
    pacman)
        as_root "pacman -S --noconfirm --needed $1 </dev/null ||
            pacman -Sy --noconfirm --needed $1 </dev/null"
        ;;
    brew)
        # Homebrew refuses to run as root.
        # shellcheck disable=SC2086 # $1 is a list of names
        HOMEBREW_NO_AUTO_UPDATE=1 HOMEBREW_NO_INSTALL_CLEANUP=1 brew install $1 </dev/null
        ;;
    esac
}

if [ -n "$missing" ]; then
    say "installing with $manager:$missing"
    if [ $manager != brew ] && [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        die "neither root nor sudo; install by hand:$missing"
    fi
    install "$missing" || die "$manager failed (see its output above); install by hand:$missing"
    wanted=$missing
    look
    [ -z "$missing" ] || die "$manager installed$wanted, but this is still not found:$missing"
else
    say 'nothing is missing'
fi

# Extras, for figures and reports. They never ask for a password and never stop the set-up.
look_extras
if [ -n "$missing" ]; then
    if [ $manager = none ] || { [ $manager != brew ] && [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; }; then
        say "figures and reports also need these; install by hand:$missing"
    else
        say "installing with $manager, for figures and reports:$missing"
        install "$missing" || say 'that failed; everything else works without them'
        wanted=${wanted-}$missing
    fi
fi

version=$(meson --version)
major=${version%%.*}
case $major in
'' | *[!0-9]*) die "meson printed '$version', which is not a version" ;;
0)
    newer="python3 -m pip install --user 'meson>=1.0' (and put ~/.local/bin first in PATH)"
    die "meson $version is too old, 1.0 or newer is needed; get one with: $newer"
    ;;
esac

if [ ! -f build/build.ninja ]; then
    say "configuring build/ (release) with meson $version"
    meson setup build --buildtype=release "$@"
elif [ $# -gt 0 ] || [ -n "${wanted-}" ]; then
    say 'configuring build/ again'
    meson setup --reconfigure build "$@"
else
    say 'build/ is configured already'
fi

say "ready; next, in $PWD:"
echo '    ninja -C build bench && build/bench --layout=tvl     # measure this machine'
echo '    meson test -C build                                  # run the tests'
