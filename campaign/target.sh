#!/bin/sh
# The part of a campaign that runs on a machine that is measured. Its folder contains what it needs: `tasks`, folder.sh
# and, if bench is carried or built here, bench/MACHINE/.
#
#   target.sh prepare MACHINE HOW      gets bench ready and prints "memwall-version: VERSION"
#   target.sh task ID VERSION          measures; writes an archive of the result folder to stdout (ssh)
#   target.sh task ID any|same FOLDER  measures; puts the result folder to FOLDER/ID (a shared file system, Slurm)
#
# VERSION is what bench has to be, `any` allows every version, `same` allows that of the first task of the campaign.
# Exit status: that of bench; 2 if there is no bench that can run here, or it is another version; 1 if its result
# folder is broken.
set -eu
unset CDPATH
export LC_ALL=C NO_COLOR=1
cd -- "$(dirname -- "$0")"
. ./folder.sh

say() { printf 'campaign: %s: %s\n' "$(uname -n)" "$*" >&2; }
die() { say "$@"; exit 2; }
tab=$(printf '\t')

# version COMMAND: what bench is, as NUMBER-COMMIT.
version() {
    # shellcheck disable=SC2086 # "memwall bench" is two words
    said=$($1 --version 2>&1 </dev/null) ||
        die "bench cannot run here: $1: $(printf '%s\n' "$said" | tail -n 1)"
    found=$(printf '%s\n' "$said" | sed -n 's/^.*bench \([0-9][0-9A-Za-z.]*\) (\([0-9A-Za-z.-]*\))$/\1-\2/p')
    [ -n "$found" ] || die "this is no bench of memwall: $1 --version printed '$(printf '%s\n' "$said" | head -n 1)'"
    echo "$found"
}

# build MACHINE: from the source archive, unless it was built before. Installs nothing.
build() {
    home=$PWD/bench/$1
    sum=$(cksum <"$home/archive")
    if [ -x "$home/bench" ] && [ "$sum" = "$(cat "$home/built" 2>/dev/null)" ]; then return; fi
    command -v meson >/dev/null || die 'bench cannot be built here: no meson (setup.sh of memwall lists what is needed)'
    rm -rf "$home/source" "$home/build" "$home/built" "$home/bench"
    mkdir "$home/source"
    tar -C "$home/source" -xf "$home/archive" || die 'the source archive cannot be unpacked'
    set -- "$home/source"/*/meson.build
    [ -f "$1" ] || die 'the source archive contains no folder with a meson.build'
    { meson setup --buildtype=release "$home/build" "${1%/*}" && meson compile -C "$home/build" bench; } >&2 ||
        die 'bench could not be built; see the lines above'
    ln -s build/bench "$home/bench"
    echo "$sum" >"$home/built"
}

prepare() {
    case $2 in
    installed) bench='memwall bench' ;;
    /*) bench=$2 ;;
    build:*) build "$1"; bench=./bench/$1/bench ;;
    *) bench=./bench/$1/bench; chmod +x "$bench" ;;
    esac
    found=$(version "$bench")
    echo "memwall-version: $found"
}

# look_up ID: sets the fields of the task.
look_up() {
    while IFS=$tab read -r id _ suite model bench cache options; do
        [ "$id" != "$1" ] || return 0
    done <tasks
    die "there is no task '$1' in $PWD/tasks"
}

# check_version WANTED: of $bench.
check_version() {
    found=$(version "$bench") || exit 2
    wanted=$1
    if [ "$wanted" = same ]; then
        # Of several tasks that begin at once, one writes the file.
        echo "$found" >".version.$$.$(uname -n)"
        ln ".version.$$.$(uname -n)" version 2>/dev/null || :
        rm -f ".version.$$.$(uname -n)"
        wanted=$(cat version)
    fi
    [ "$wanted" = any ] || [ "$wanted" = "$found" ] ||
        die "bench is $found here, but $wanted in the rest of the campaign; install one version, or set mixed = yes"
}

# One campaign at a time measures on a host: two would disturb each other. A run that was cut off may still be ending.
take_host() {
    host_lock=../busy.$(uname -n) # homes can be shared
    tries=0
    until mkdir "$host_lock" 2>/dev/null; do
        owner=$(cat "$host_lock/pid" 2>/dev/null) || owner=
        tries=$((tries + 1))
        if { [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; } || { [ -z "$owner" ] && [ $tries -gt 15 ]; }; then
            rm -rf "$host_lock" # left by a task that was killed
        elif [ $tries -gt 15 ]; then
            host_lock=
            die "process $owner of a campaign is measuring on this host; wait, or end it"
        else
            sleep 1
        fi
    done
    echo $$ >"$host_lock/pid"
}

child='' work='' host_lock=''
clean() {
    trap '' HUP INT TERM
    if [ -n "$child" ]; then
        kill "$child" 2>/dev/null || :
        wait "$child" 2>/dev/null || :
    fi
    [ -z "$work" ] || rm -rf "$work"
    [ -z "$host_lock" ] || rm -rf "$host_lock"
}

# measure: into $work/out.
measure() {
    [ "$cache" = - ] || export MEMWALL_CACHE="$cache"
    [ "$options" != - ] || options=
    set -f
    # In the background, so that a signal is handled at once.
    # shellcheck disable=SC2086 # words
    $bench --suite="$suite" --model="$model" $options --out="$work/out" >&2 </dev/null &
    child=$!
    set +f
    status=0
    wait "$child" || status=$?
    child=
    [ $status -le 128 ] || say "bench was ended by signal $((status - 128))"
    [ $status = 0 ] || exit $status
    why=$(broken "$work/out")
    [ -z "$why" ] || { say "the result folder is broken: $why"; exit 1; }
}

task() {
    look_up "$1"
    to=${3-}
    if [ -n "$to" ] && [ -d "$to/$id" ]; then
        say "$id: its result is there already"
        return
    fi
    trap clean EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    [ -n "$to" ] || take_host
    check_version "$2"
    work=$PWD/tries/$id.${SLURM_JOB_ID-}.${SLURM_RESTART_COUNT-}.run
    rm -rf "$work" # left by a task that was killed
    mkdir -p "$work" || die "$PWD/tries: cannot be written"
    measure
    if [ -n "$to" ]; then
        put "$work/out" "$to/$id" || [ -d "$to/$id" ] || die "$to/$id: cannot be made"
        return
    fi
    (cd "$work/out" && cksum ./*) >"$work/sums" || die "$work: cannot be written"
    tar -C "$work" -cf - sums out
}

case ${1-} in
prepare) prepare "$2" "$3" ;;
task) task "$2" "$3" "${4-}" ;;
*) die 'usage: target.sh prepare MACHINE HOW, or target.sh task ID VERSION [FOLDER]' ;;
esac
