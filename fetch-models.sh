#!/bin/sh
# Downloads trained models and their tokenizer into the cache folder, where the programs find them by name.
# See ./fetch-models.sh --help. A file gets its final name only after it has been verified. If a download is
# interrupted, the same command resumes it.
set -eu
unset CDPATH
export LC_ALL=C

models_url=https://huggingface.co/karpathy/tinyllamas/resolve/main
tokenizer_url=https://raw.githubusercontent.com/karpathy/llama2.c/master
# name, bytes, algorithm, sum; the file is called NAME.bin, or NAME if that ends in .gguf
table='
stories15M  60816028  sha256 cd590644d963867a2b6e5a1107f51fad663c41d79c149fbecbbb1f95fa81f49a
stories42M  167020572 sha256 9f65a1000e17d0bc167dd6332e0ce5119a0222a3d920cead5bce413bfab2ee7b
stories110M 438381596 sha1   ccc55bc06f7d69ef4e090ee3092dca749a88834d
tokenizer   433869    sha256 50a52ef822ee9e83de5ce9d0be0a025a773d019437f58b5ff9dcafb063ece361
SmolLM2-135M-Instruct-Q8_0.gguf   144811360 sha256 5a1395716f7913741cc51d98581b9b1228d80987a9f7d3664106742eb06bba83
qwen2.5-0.5b-instruct-q4_k_m.gguf 491400032 sha256 74a4da8c9fdbcd15bd1f6d01d621410d31c6fc00986f5eb687824e7b93d7a9db
Qwen3-0.6B-Q8_0.gguf              639446688 sha256 9465e63a22add5354d9bb4b99e90117043c7124007664907259bd16d043bb031'
# Where the GGUF files come from, at fixed revisions; the licence of all is Apache 2.0. Qwen converts its own models. Of
# HuggingFaceTB's own file of SmolLM2 no checksum is known, so that one is bartowski's conversion of the same weights.
smollm2_url=https://huggingface.co/bartowski/SmolLM2-135M-Instruct-GGUF/resolve/09816acd5d99df7be770d85ea30822623dab342c
qwen2_url=https://huggingface.co/Qwen/Qwen2.5-0.5B-Instruct-GGUF/resolve/9217f5db79a29953eb74d5343926648285ec7e67
qwen3_url=https://huggingface.co/Qwen/Qwen3-0.6B-GGUF/resolve/23749fefcc72300e3a2ad315e1317431b06b590a

warn() { printf 'fetch-models: %s\n' "$*" >&2; }
die() { warn "$@"; exit 2; }

help() {
    cat <<'END'
usage: fetch-models.sh [NAME...]     default: stories110M tokenizer
       fetch-models.sh all | --list | --help

Downloads models, verifies them and puts them into the cache folder
($MEMWALL_CACHE, else $XDG_CACHE_HOME/memwall, else ~/.cache/memwall), where
bench and generate find them by name: --model=stories110M. The same command
resumes a download that was interrupted; a file that is complete and correct is
left alone.

  stories15M, stories42M, stories110M, tokenizer
                         llama2.c checkpoints by Karpathy, and the tokenizer
                         of all three
  SmolLM2-135M-Instruct-Q8_0.gguf, qwen2.5-0.5b-instruct-q4_k_m.gguf,
  Qwen3-0.6B-Q8_0.gguf   GGUF files (Apache License 2.0)
  all                    every file of the list: 1.9 GB
  --list                 names, sizes and checksums
  --help                 this text

environment:
  MEMWALL_CACHE          the folder for models
  MEMWALL_MODELS_URL     a mirror: the address of a folder that holds the files,
                         instead of the public ones
  MEMWALL_MODELS_SUMS    a file that replaces the list, for a mirror with models
                         of its own. One line per file: name (NAME.gguf, or
                         NAME for a file NAME.bin), bytes, algorithm (sha256,
                         sha1 or header), sum. `header` is for a checkpoint
                         without a known checksum: its sum is the seven header
                         numbers (dim, hidden, layers, heads, kv heads,
                         vocabulary, positions), separated by commas

Needs curl or wget. Exit codes: 0, all files are present and verified; 2, an
error, and the message says what to do; 130, interrupted.
END
}

# The bytes in a file, 0 if there is none.
size() {
    length=0
    [ ! -f "$1" ] || length=$(wc -c 2>/dev/null <"$1") || length=0
    echo $((length))
}

mib() { echo $((($1 + 1048575) / 1048576)); }

# file_of NAME
file_of() {
    case $1 in
    *.gguf) echo "$1" ;;
    *) echo "$1.bin" ;;
    esac
}

# base_of NAME: the address of the folder that it is downloaded from.
base_of() {
    case $1 in
    tokenizer) echo "$tokenizer_url" ;;
    SmolLM2-*.gguf) echo "$smollm2_url" ;;
    qwen2.5-*.gguf) echo "$qwen2_url" ;;
    Qwen3-*.gguf) echo "$qwen3_url" ;;
    *) echo "$models_url" ;;
    esac
}

# look_up NAME: sets bytes, algorithm and sum.
look_up() {
    while read -r key bytes algorithm sum; do
        [ "$key" != "$1" ] || [ -z "$sum" ] || return 0
    done <<END
$table
END
    return 1
}

# sum_of ALGORITHM FILE. The file goes through stdin because sha256sum escapes odd file names in what it prints.
sum_of() {
    case $1 in
    header) # little-endian, whatever this machine is
        od -An -v -tu1 -N28 <"$2" | awk '
            { for (i = 1; i <= NF; i++) b[n++] = $i }
            END { for (i = 0; i < n; i += 4)
                      printf "%s%.0f", i ? "," : "", b[i] + 256 * (b[i + 1] + 256 * (b[i + 2] + 256 * b[i + 3])) }'
        ;;
    *)
        if command -v "${1}sum" >/dev/null; then
            "${1}sum" <"$2"
        else
            shasum -a "${1#sha}" <"$2"
        fi | cut -d ' ' -f 1
        ;;
    esac
}

# verify FILE: checks its size and sum; on failure `wrong` is the reason.
verify() {
    actual=$(size "$1")
    if [ "$actual" != "$bytes" ]; then
        wrong="$actual bytes instead of $bytes"
        return 1
    fi
    actual=$(sum_of "$algorithm" "$1" 2>/dev/null) || actual=unreadable
    if [ "$actual" != "$sum" ]; then
        wrong="its $algorithm is $actual instead of $sum"
        return 1
    fi
}

# The result: one line per file on stdout.
report() {
    checked="$algorithm verified"
    [ "$algorithm" != header ] || checked='only size and header checked, no checksum is known'
    printf 'fetch-models: %s: %s, %s: %s\n' "$name" "$1" "$checked" "$final"
}

# The command line of a process; fails if this system does not provide it.
program_of() {
    if [ -r /proc/self/cmdline ]; then
        tr '\000\n' '  ' 2>/dev/null <"/proc/$1/cmdline"
    else
        ps -ww -o args= -p "$1" 2>/dev/null
    fi
}

# alive PID WORDS: is that process there, and still the same program? (PIDs are reused after a restart.)
alive() {
    [ -n "$1" ] || return 1
    kill -0 "$1" 2>/dev/null || ps -p "$1" >/dev/null 2>&1 || return 1
    program=$(program_of "$1") || return 0
    case $program in
    *"$2"*) [ -n "$program" ] ;; # the command line of a zombie is empty
    *) return 1 ;;
    esac
}

# Is the lock held? By a run, or by the download that a killed run left behind: it still writes to the .part.
held() {
    owner=
    for _ in 1 2 3; do # a fresh lock has no owner for a moment
        read -r host owner arguments 2>/dev/null <"$lock/owner" && break
        [ -d "$lock" ] || return 0 # released meanwhile: the caller tries again
        sleep 1
    done
    [ -n "$owner" ] || return 1
    [ "$host" = "$(uname -n)" ] || return 0 # a shared folder: processes of other machines are not visible
    if alive "$owner" "$arguments"; then
        return 0
    fi
    orphan=
    read -r orphan 2>/dev/null <"$lock/child" || :
    owner=$orphan
    alive "$orphan" "$file.part"
}

own() {
    locked=yes
    rm -f "$lock/child"
    printf '%s %s %s\n' "$(uname -n)" $$ "$(program_of $$ | head -n 1)" 2>/dev/null >"$lock/owner" && return
    unlock
    warn "$cache: cannot be written; make room or set MEMWALL_CACHE to another folder"
    return 1
}

# Takes the lock of this file, or waits for it.
take_lock() {
    waited=no
    unclear=0
    until mkdir "$lock" 2>/dev/null; do
        if [ ! -w "$cache" ]; then
            warn "$cache: cannot be written; set MEMWALL_CACHE to another folder"
            return 1
        elif held; then
            [ -z "$owner" ] || [ $waited = yes ] ||
                warn "$name: process $owner is downloading it, waiting (if there is none, remove $lock)"
            waited=yes
        elif mkdir "$lock/claim" 2>/dev/null; then
            # Left by a killed run. Of several runs that see this, one gets the claim and checks again first.
            claimed=yes
            held || own || return 1
            rmdir "$lock/claim" 2>/dev/null || :
            claimed=no
            [ $locked = no ] || return 0
        elif [ $((unclear += 1)) -gt 10 ]; then # no claim takes that long: its owner was killed
            rmdir "$lock/claim" 2>/dev/null || :
            unclear=0
        fi
        sleep 1
    done
    own
}

locked=no
claimed=no
child=
unlock() {
    [ $locked = no ] || rm -rf -- "$lock" 2>/dev/null || : # another run may be making its claim in it
    locked=no
}

# shellcheck disable=SC2317 # reached through trap
# stop CODE: the .part stays for the next time. The download runs in the background, where Ctrl-C does not reach it.
stop() {
    trap '' INT TERM HUP
    if [ -n "$child" ]; then
        kill "$child" 2>/dev/null || :
        wait "$child" 2>/dev/null || :
    fi
    clear_progress
    [ "$locked" = no ] || [ -s "$part" ] || rm -f -- "$part"
    [ "$claimed" = no ] || rmdir "$lock/claim" 2>/dev/null || :
    unlock
    warn "interrupted; the same command continues the download"
    exit "$1"
}

# Is stderr a terminal that can redraw a line?
draws() { [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; }

# Columns for that line: all but the last one, 69 at most. Asked each time, because a window changes its size.
width() {
    columns=$(stty size <&2 2>/dev/null | sed -n 's/^[0-9]* \([1-9][0-9]*\)$/\1/p')
    [ "${columns:=${COLUMNS:-70}}" -le 70 ] 2>/dev/null && [ "$columns" -gt 1 ] || columns=70
    echo $((columns - 1))
}

show_progress() {
    while kill -0 "$child" 2>/dev/null; do
        got=$(size "$part")
        line="fetch-models: $name: $((got / 1048576)) of $(mib "$bytes") MiB, $((got * 100 / bytes)) %"
        printf "\\r%-$(width).$(width)s" "$line" >&2
        sleep 1
    done
}

clear_progress() { ! draws || printf "\\r%$(width)s\\r" '' >&2; }

# download FROM: the rest of the .part, starting at that byte; the output of curl or wget goes to a file in the lock
# folder. The file-size limit stops a server that never stops sending. The download records its own PID before it
# touches the .part, and does not start once this run was killed: the next run must know whether anybody still writes.
download() {
    (
        trap '' XFSZ
        ulimit -f $((bytes / 512 + 128)) 2>/dev/null || :
        if [ $tool = curl ]; then
            [ "$1" = 0 ] || set -- "$1" -C "$1"
            shift
            set -- curl -sS -f -L --connect-timeout 30 --speed-limit 1 --speed-time 60 "$@" -o "$part" "$url"
        else
            [ "$1" = 0 ] || set -- "$1" -c
            shift
            # Some builds of busybox crash on a timeout.
            ! wget --version 2>/dev/null | grep -q 'GNU Wget' || set -- "$@" -T 60
            set -- wget -nv -t 1 "$@" -O "$part" "$url"
        fi
        # shellcheck disable=SC2016 # for the inner shell
        exec sh -c '[ $PPID = "$0" ] && echo $$ >"$1" && shift && exec "$@"' $$ "$lock/child" "$@"
    ) >/dev/null 2>"$lock/log" &
    child=$!
    ! draws || show_progress
    code=0
    wait $child || code=$?
    child=
    rm -f "$lock/child"
    clear_progress
}

# room FOLDER BYTES
room() {
    # The column before the percentage: the first column may contain spaces.
    free=$(df -Pk "$1" 2>/dev/null | awk 'NR == 2 { for (i = 2; i <= NF; i++) if ($i ~ /%$/) print $(i - 1) }')
    case $free in
    '' | *[!0-9]*) return 0 ;; # this system does not tell
    esac
    [ $(($2 / 1024)) -lt "$free" ] || {
        warn "$1: $(mib "$2") MiB are needed for $name, $((free / 1024)) MiB are free; make room or set MEMWALL_CACHE" \
            "to another folder"
        return 1
    }
}

# Under the lock: downloads or resumes, verifies, moves into place.
get() {
    [ -e "$part" ] && resumed=yes || resumed=no
    restarted=no
    tries=1
    while :; do
        have=$(size "$part")
        wrong=
        if [ "$have" -lt "$bytes" ]; then
            room "$cache" $((bytes - have)) || return 1
            [ "$have" = 0 ] || resumed=yes
            download "$have"
            now=$(size "$part")
            http=$(sed -n -e 's|.*[Ee][Rr][Rr][Oo][Rr][a-z ]*:* *\([45][0-9][0-9]\).*|\1|p' \
                -e 's|.*HTTP/[0-9.]* \([45][0-9][0-9]\).*|\1|p' "$lock/log" | tail -n 1)
            [ "$now" -gt 0 ] || rm -f -- "$part"
            if [ "$now" -ge "$bytes" ]; then
                continue
            elif [ $code = 0 ] && [ "$now" -gt 0 ]; then # some wgets exit with 0 although nothing came
                wrong="$now bytes instead of $bytes"
            elif [ "$http" = 416 ] || [ $tool$code = curl33 ]; then
                wrong='the server cannot resume a download'
            elif [ -n "$http" ]; then
                case $http in
                404 | 410) what='it is not there; check MEMWALL_MODELS_URL, or set it to a mirror' ;;
                429 | 5*) what='the server is busy or has a problem; try again later' ;;
                *) what='access is refused; check MEMWALL_MODELS_URL and the proxy' ;;
                esac
                warn "$name: $url: HTTP $http: $what"
                return 1
            elif [ "$now" -gt "$have" ] && [ $tries -lt 20 ]; then
                tries=$((tries + 1)) # the connection broke, but there was progress
                sleep 1
                continue
            else
                log=$(tr '\r' '\n' <"$lock/log" | grep . | tail -n 1)
                log=${log:-"$tool ended with exit code $code"}
                if [ $tool$code = curl23 ] || [ $tool$code = wget3 ]; then
                    warn "$part: cannot be written ($log); make room or set MEMWALL_CACHE to another folder"
                elif [ "$now" -gt 0 ]; then
                    warn "$name: $url: the connection broke after $now of $bytes bytes ($log);" \
                        "the same command continues the download"
                else
                    warn "$name: $url: cannot be reached ($log); check the network and the proxy, or set" \
                        "MEMWALL_MODELS_URL to a mirror"
                fi
                return 1
            fi
        elif verify "$part"; then
            mv -f -- "$part" "$final" && return 0
            warn "$final: cannot be moved into place; check the folder's permissions"
            return 1
        fi
        # Wrong. If it was assembled from pieces, they may not fit together: once more from the start.
        rm -f -- "$part"
        if [ "$resumed" = no ] || [ $restarted = yes ]; then
            warn "$name: $url: not the expected file ($wrong), removed; try again, or set" \
                "MEMWALL_MODELS_URL to another mirror"
            return 1
        fi
        warn "$name: the partial download cannot be resumed ($wrong), starting from zero"
        restarted=yes
        resumed=no
    done
}

fetch() {
    name=$1
    look_up "$name"
    file=$(file_of "$name")
    final=$cache/$file
    part=$final.part
    lock=$final.lock
    url=$base/$file
    for path in "$final" "$part"; do
        if [ -e "$path" ] && [ ! -f "$path" ]; then
            warn "$path: exists and is not a regular file; remove it"
            return 1
        fi
    done
    if [ -f "$final" ] && verify "$final"; then
        report 'already there'
        return 0
    fi
    [ -n "$tool" ] ||
        die "neither curl nor wget is installed; install curl (with apt-get, dnf, pacman, apk or brew: install curl)"
    take_lock || return 1
    verdict=0
    # Again, because another run may have just finished it.
    if [ -f "$final" ] && verify "$final"; then
        report 'already there'
    else
        [ ! -f "$final" ] || warn "$final: is damaged ($wrong), downloading it again"
        if get; then
            report downloaded
        else
            verdict=1
        fi
    fi
    unlock
    return $verdict
}

if [ -n "${MEMWALL_MODELS_SUMS-}" ]; then
    table=$(tr -d '\r' 2>/dev/null <"$MEMWALL_MODELS_SUMS") ||
        die "$MEMWALL_MODELS_SUMS: cannot be read; check MEMWALL_MODELS_SUMS"
    # Names become file names and sizes go into shell arithmetic.
    bad=$(printf '%s\n' "$table" | awk '
        function hex(s, n) { return length(s) == n && s !~ /[^0-9A-Fa-f]/ }
        NF == 0 || /^#/ { next }
        NF == 4 && $1 ~ /^[A-Za-z0-9_][A-Za-z0-9._-]*$/ && $2 ~ /^[1-9][0-9]*$/ && length($2) < 18 &&
            ($3 == "sha256" && hex($4, 64) || $3 == "sha1" && hex($4, 40) ||
             $3 == "header" && $4 ~ /^[0-9,]+$/ && split($4, f, ",") == 7) { next }
        { print NR; exit }')
    [ -z "$bad" ] || die "$MEMWALL_MODELS_SUMS: line $bad is not 'name bytes algorithm sum'; see --help"
    table=$(printf '%s\n' "$table" | awk 'NF == 4 && !/^#/ { print $1, $2, $3, tolower($4) }')
fi
names=$(printf '%s\n' "$table" | awk 'NF { printf "%s%s", n++ ? " " : "", $1 }')

wanted=
for argument; do
    case $argument in
    --help | -h) help; exit 0 ;;
    --list)
        for name in $names; do
            look_up "$name"
            printf '%-33s %11s bytes  %s\n' "$name" "$bytes" "$algorithm $sum"
        done
        exit 0
        ;;
    -*) die "unknown option '$argument'; see --help" ;;
    all) wanted=$names ;;
    *)
        look_up "${argument%.bin}" || die "unknown name '$argument'; the names are: $names"
        wanted="$wanted ${argument%.bin}"
        ;;
    esac
done
if [ -z "$wanted" ]; then
    wanted='stories110M tokenizer'
    for name in $wanted; do
        look_up "$name" || die "$MEMWALL_MODELS_SUMS does not list $name; name what to download: $names"
    done
fi

if [ -n "${MEMWALL_CACHE-}" ]; then
    cache=$MEMWALL_CACHE
elif [ -n "${XDG_CACHE_HOME-}" ]; then
    cache=$XDG_CACHE_HOME/memwall
elif [ -n "${HOME-}" ]; then
    cache=$HOME/.cache/memwall
else
    die "no cache folder: set MEMWALL_CACHE to a folder for models"
fi
case $cache in
-*) cache=./$cache ;;
esac
mkdir -p "$cache" 2>/dev/null || die "$cache: cannot be created; set MEMWALL_CACHE to another folder"

for name in $wanted; do
    look_up "$name"
    [ "$algorithm" = header ] || command -v "${algorithm}sum" >/dev/null || command -v shasum >/dev/null ||
        die "neither ${algorithm}sum nor shasum is installed, so nothing can be verified; install coreutils"
done
tool=
for candidate in wget curl; do
    ! command -v $candidate >/dev/null || tool=$candidate
done

trap 'stop 130' INT
trap 'stop 143' TERM
trap 'stop 129' HUP
status=0
for name in $wanted; do
    base=${MEMWALL_MODELS_URL:-$(base_of "$name")}
    base=${base%/}
    fetch "$name" || status=2
done
exit $status
