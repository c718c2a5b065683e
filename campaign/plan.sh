# The plan of a campaign and its folder. campaign.sh reads this file.
#
# Files in the folder: settings, machines and tasks are what read.awk makes of the campaign file; `dropped` holds tasks
# of earlier versions of that file. Folders: slurm and ssh (scripts of the engines), hosts (what hosts said when they
# were prepared), bench (programs or archives to carry), tries (runs that go on or failed), results, broken, set.
# shellcheck shell=sh disable=SC2154,SC2034

tab=$(printf '\t')

# field machines MACHINE NAME: one field of the table.
field() {
    awk -F '\t' -v id="$2" -v name="$3" 'BEGIN {
            split("machine id engine place bench constraint partition at_most sbatch", names, " ")
            for (i in names) if (names[i] == name) at = i }
        $2 == id { print $at }' "$folder/$1"
}
setting() { awk -F '\t' -v name="$1" '$2 == name { print $3 }' "$work/settings"; }
# machines ENGINE: their names.
machines() { awk -F '\t' -v engine="$1" '$3 == engine { print $2 }' "$folder/machines"; }
engines() { [ -n "$(machines "$1")" ]; }
# tasks_of ENGINE LIST: those of LIST whose machine has this engine.
tasks_of() {
    awk -F '\t' -v engine="$1" 'FILENAME ~ /machines$/ { if ($3 == engine) has[$2] = 1; next }
        FILENAME ~ /tasks$/ { if ($2 in has) of[$1] = 1; next } ($1 in of)' "$folder/machines" "$folder/tasks" "$2"
}

# read_file: the campaign file, into $work and variables.
read_file() {
    if [ ! -f "$file" ] || [ ! -r "$file" ]; then die "$file: cannot be read; give a campaign file"; fi
    [ "$(wc -c <"$file")" -le 1000000 ] || die "$file: longer than 1 MB; this is no campaign file"
    # shellcheck disable=SC2094 # it is only read
    tr -d '\000' <"$file" | cmp -s - "$file" || die "$file: contains a null byte; a campaign file is plain text"
    file_folder=$(cd -- "$(dirname -- "$file")" && pwd)
    suites=$("$bench" --complete --suite= 2>/dev/null | sed -n 's/^--suite=\([a-z]*\).*/\1/p' | tr '\n' ' ') || :
    awk -f "$here/read.awk" -v file="$file" -v suites="$suites" "$file" >"$work/plan" || exit 2
    for kind in set machine task; do awk -F '\t' -v kind=$kind '$1 == kind' "$work/plan" >"$work/${kind}s"; done
    mv "$work/sets" "$work/settings"
    cut -f 2- <"$work/tasks" >"$work/cut" && mv "$work/cut" "$work/tasks"
    name=$(setting name) mixed=$(setting mixed) seconds=$(setting seconds) ssh=$(setting ssh) remote=$(setting remote)
    folder=$(setting folder)
    case $folder in
    /*) ;;
    *) folder=$file_folder/$folder ;;
    esac
    case $folder in
    *[!A-Za-z0-9/._+-]*) die "$folder: the path of a campaign consists of letters, digits and / . _ + -" ;;
    esac
}

show_plan() {
    folder=$work
    echo "campaign $name: $(wc -l <"$work/tasks" | tr -d ' ') tasks, at most $seconds s each"
    awk -F '\t' 'FILENAME ~ /tasks$/ { n[$2]++; next }
        { printf "  %-24s %-6s %4d tasks  bench: %s\n", $2, $3, n[$2], $5 }' "$work/tasks" "$work/machines"
    cut -f 1 <"$work/tasks"
}

# make_folder: makes or updates it. A task whose meaning changed after it was measured is refused.
make_folder() {
    for sub in slurm/jobs ssh hosts bench tries results broken; do
        mkdir -p "$folder/$sub" 2>/dev/null || die "$folder: cannot be written; set folder = DIR in $file"
    done
    touch "$folder/tasks" "$folder/dropped"
    awk -F '\t' 'FILENAME ~ /(tasks|dropped)$/ && !new { old[$1] = $0; next }
        ($1 in old) && old[$1] != $0 { print $1 }' \
        "$folder/dropped" "$folder/tasks" new=1 "$work/tasks" >"$work/changed"
    while read -r task; do
        [ ! -d "$folder/results/$task" ] ||
            die "$file: task $task was measured with other options; give the campaign another name, or move" \
                "$folder/results/$task away"
    done <"$work/changed"
    awk -F '\t' 'NR == FNR { new[$1] = 1; next } !($1 in new) && !seen[$1]++' \
        "$work/tasks" "$folder/tasks" "$folder/dropped" >"$folder/dropped.$$"
    mv "$folder/dropped.$$" "$folder/dropped"
    for part in settings machines tasks; do
        cp "$work/$part" "$folder/$part.$$" && mv "$folder/$part.$$" "$folder/$part"
    done
    for part in target.sh folder.sh; do
        cp "$here/$part" "$folder/$part.$$" && mv "$folder/$part.$$" "$folder/$part"
    done
    while IFS=$tab read -r _ machine _ _ how _; do carry "$machine" "$how"; done <"$folder/machines"
}

# carry MACHINE HOW: a copy of the program or the archive that this machine gets.
carry() {
    case $2 in
    carry:*) path=${2#carry:} to=bench ;;
    build:*) path=${2#build:} to=archive ;;
    *) return 0 ;;
    esac
    case $path in
    /*) ;;
    *) path=$file_folder/$path ;;
    esac
    if [ ! -f "$path" ] || [ ! -r "$path" ]; then die "$path: cannot be read; it is named by bench = in $file"; fi
    to=$folder/bench/$1/$to
    ! cmp -s "$path" "$to" || return 0
    mkdir -p "${to%/*}"
    if ! cp "$path" "$to.$$" || ! mv "$to.$$" "$to"; then die "$to: cannot be written"; fi
}

open_folder() {
    [ -f "$folder/tasks" ] || die "$folder: no campaign was begun; memwall campaign run $file begins it"
}

# missing: prints the tasks without a result. A result that is broken is moved to broken/.
missing() {
    while IFS=$tab read -r task _; do
        if [ -d "$folder/results/$task" ]; then
            why=$(broken "$folder/results/$task")
            [ -n "$why" ] || continue
            warn "$task: its result is broken: $why; it is in $folder/broken now"
            mv "$folder/results/$task" "$folder/broken/$task.$$"
        fi
        echo "$task"
    done <"$folder/tasks"
}

need_tools() {
    folder_before=$folder folder=$work
    if engines slurm; then
        for tool in sbatch squeue; do
            command -v $tool >/dev/null || die "$tool is not installed (Debian: slurm-client); sections slurm need it"
        done
    fi
    if engines ssh; then
        parallel --version 2>/dev/null | head -n 1 | grep -q '^GNU parallel' ||
            die 'GNU parallel is not installed (Debian: parallel); sections ssh need it'
    fi
    folder=$folder_before
}

# One `run` at a time. The lock names the processes that hold it, so that one that was left behind is recognised.
locked=no
lock_held() {
    read -r owner_host 2>/dev/null <"$folder/lock/host" || return 1
    [ "$owner_host" = "$(uname -n)" ] || return 0 # processes of other machines cannot be seen
    for owner in $(cat "$folder/lock/pids" 2>/dev/null); do
        # A zombie has ended, too.
        ! kill -0 "$owner" 2>/dev/null || grep -qs '^State:[[:space:]]*Z' "/proc/$owner/status" || return 0
    done
    return 1
}
lock() {
    if ! mkdir "$folder/lock" 2>/dev/null; then
        ! lock_held || die "process $owner on $owner_host runs this campaign; wait for it, or remove $folder/lock"
        rm -rf "$folder/lock"
        mkdir "$folder/lock" 2>/dev/null || die "$folder/lock: cannot be made; is another run beginning?"
    fi
    locked=yes
    uname -n >"$folder/lock/host"
    echo $$ >"$folder/lock/pids"
}
unlock() { [ $locked = no ] || rm -rf "$folder/lock"; }
