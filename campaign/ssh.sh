# The engine GNU parallel over ssh: one host group for each host, and one job at a time on it. campaign.sh reads this
# file; $folder, $file_folder, $name, $ssh, $remote, $seconds, $mixed and field() are its own.
# shellcheck shell=sh disable=SC2154

# No questions, and an end for a host that does not answer.
ssh_options='-o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15 -o ServerAliveCountMax=4'

# ssh_script: prints the command that runs the tasks in ssh/tasks on the hosts in ssh/hosts.
ssh_script() {
    wanted=any
    [ "$mixed" = yes ] || wanted=$(cat "$folder/version" 2>/dev/null) || wanted=VERSION
    cat <<END
#!/bin/sh
# A line of ssh/tasks is TASK@GROUP, of ssh/hosts @GROUP/JOBS/HOST. The name of a group is that of a machine. A task
# writes an archive of its result to stdout, which parallel keeps in tries/. campaign.sh checks and unpacks it.
cd -- "\$(dirname -- "\$0")/.." || exit 2
exec parallel --ssh '$ssh $ssh_options' --jobs 1 --hostgroups --sshloginfile ssh/hosts --timeout $seconds \\
    --termseq TERM,3000,TERM,2000,KILL,25 --joblog ssh/joblog --results 'tries/{1}.tar' \\
    sh '$remote/$name.{2}/target.sh' task '{1}' '$wanted' :::: ssh/tasks ::::+ ssh/machines </dev/null >/dev/null
END
}

# ssh_write MISSING: writes the files for the tasks in MISSING, on the machines that are prepared. False if there is
# nothing to run.
ssh_write() {
    awk -F '\t' -v missing="$1" -v out="$folder/ssh" -v gone="$folder/hosts" '
        BEGIN { while ((getline line <missing) > 0) todo[line] = 1 }
        FILENAME ~ /machines$/ { if ($3 == "ssh" && (getline line <(gone "/" $2 ".failed")) < 0) host[$2] = $4; next }
        ($1 in todo) && ($2 in host) {
            print $1 "@" $2 >(out "/tasks"); print $2 >(out "/machines")
            if (!($2 in seen)) print "@" $2 "/1/" host[$2] >(out "/hosts")
            seen[$2] = 1; n++
        }
        END { exit !n }' "$folder/machines" "$folder/tasks" && ssh_script >"$folder/ssh/run.sh"
}

# ssh_prepare_host MACHINE: sends the files of the campaign and gets bench ready. Leaves hosts/MACHINE.version, or
# hosts/MACHINE.failed; what was said is in hosts/MACHINE.err.
ssh_prepare_host() {
    how=$(field machines "$1" bench)
    files='target.sh folder.sh tasks'
    case $how in
    carry:*) how=carry: files="$files bench/$1/bench" ;;
    build:*) how=build: files="$files bench/$1/archive" ;;
    esac
    to=$remote/$name.$1
    rm -f "$folder/hosts/$1.failed" "$folder/hosts/$1.version"
    # shellcheck disable=SC2086 # words
    tar -C "$folder" -cf - $files | $ssh $ssh_options "$(field machines "$1" place)" \
        "mkdir -p '$to' && cd '$to' && tar -xf - && exec sh target.sh prepare '$1' '$how'" \
        >"$folder/hosts/$1.out" 2>"$folder/hosts/$1.err" || : # then there is no version
    sed -n 's/^memwall-version: \([0-9A-Za-z.-]*\)$/\1/p' "$folder/hosts/$1.out" >"$folder/hosts/$1.new"
    if [ "$(wc -l <"$folder/hosts/$1.new")" = 1 ]; then
        mv "$folder/hosts/$1.new" "$folder/hosts/$1.version"
    else
        [ -s "$folder/hosts/$1.err" ] || echo 'the host said nothing' >"$folder/hosts/$1.err"
        mv "$folder/hosts/$1.new" "$folder/hosts/$1.failed"
    fi
    rm -f "$folder/hosts/$1.out"
}

# ssh_prepare MISSING: every host that has something to do. Fails if their versions of bench differ and may not.
ssh_prepare() {
    hosts=$(awk -F '\t' 'FILENAME !~ /(tasks|machines)$/ { todo[$1] = 1; next }
        FILENAME ~ /tasks$/ { if ($1 in todo) busy[$2] = 1; next }
        $3 == "ssh" && ($2 in busy) { print $2 }' "$1" "$folder/tasks" "$folder/machines")
    talk "preparing $(echo "$hosts" | wc -w | tr -d ' ') hosts"
    for host in $hosts; do ssh_prepare_host "$host" & done
    wait
    for host in $hosts; do
        [ ! -e "$folder/hosts/$host.failed" ] ||
            warn "$host: left out: $(tail -n 1 "$folder/hosts/$host.err")"
    done
    [ "$mixed" = no ] || return 0
    [ -e "$folder/version" ] || for host in $hosts; do
        [ ! -e "$folder/hosts/$host.version" ] || { cp "$folder/hosts/$host.version" "$folder/version"; break; }
    done
    others=
    for host in $hosts; do
        [ ! -e "$folder/hosts/$host.version" ] || cmp -s "$folder/version" "$folder/hosts/$host.version" ||
            others="$others $host ($(cat "$folder/hosts/$host.version"))"
    done
    [ -z "$others" ] || {
        warn "bench is $(cat "$folder/version") in this campaign, but not on$others; install one version," \
            "or set mixed = yes"
        return 1
    }
}

# ssh_run MISSING: runs these tasks, in the background of this script, so that a signal is handled at once.
ssh_run() {
    ssh_prepare "$1" || return 2
    ssh_write "$1" || return 0
    while IFS=@ read -r task _; do rm -rf "$folder/tries/$task.tar"*; done <"$folder/ssh/tasks"
    rm -f "$folder/ssh/joblog"
    talk "running $(wc -l <"$folder/ssh/tasks" | tr -d ' ') tasks on $(wc -l <"$folder/ssh/hosts" | tr -d ' ') hosts"
    sh "$folder/ssh/run.sh" 2>"$folder/ssh/parallel.err" &
    engine=$!
    echo $engine >>"$folder/lock/pids"
    wait $engine || : # its status counts failed tasks, which `status` shows
    engine=
}

# ssh_states: prints "TASK STATE" of the tasks of the last run; RUNNING only while it goes on.
ssh_states() {
    [ -f "$folder/ssh/tasks" ] && lock_held || return 0
    touch -a "$folder/ssh/joblog"
    awk -F '\t' 'FILENAME ~ /joblog$/ { ended[$1] = 1; next }
        !(FNR in ended) { sub(/@.*/, ""); print }' "$folder/ssh/joblog" "$folder/ssh/tasks" |
        while read -r task; do
            if [ -e "$folder/tries/$task.tar" ]; then echo "$task RUNNING"; else echo "$task PENDING"; fi
        done
}

# ssh_collect ended|running: takes the results that arrived whole. Those that did not are removed if the run has ended.
ssh_collect() {
    for archive in "$folder"/tries/*.tar; do
        [ -s "$archive" ] || { [ "$1" = running ] || rm -f "$archive" "$archive.seq"; continue; }
        task=${archive##*/} task=${task%.tar} into=$archive.$$
        mkdir "$into"
        if [ -d "$folder/results/$task" ] || why=$(ssh_unpack "$archive" "$into") &&
            { [ -d "$folder/results/$task" ] || put "$into/out" "$folder/results/$task"; }; then
            rm -f "$archive" "$archive.seq"
        elif [ "$1" = ended ]; then
            echo "campaign: its result did not arrive: ${why:-$folder/results cannot be written}" >>"$archive.err"
            rm -f "$archive" "$archive.seq"
        fi
        rm -rf "$into"
    done
}

# ssh_unpack ARCHIVE FOLDER: prints why it is no complete result, and fails then.
ssh_unpack() {
    tar -C "$2" -xf "$1" sums out 2>/dev/null || { echo 'the archive is incomplete'; return 1; }
    [ -z "$(find "$2/out" "$2/sums" ! -type f ! -type d)" ] || { echo 'it contains other things than files'; return 1; }
    (cd "$2/out" && LC_ALL=C cksum ./*) 2>/dev/null | cmp -s - "$2/sums" || { echo 'its checksums differ'; return 1; }
    why=$(broken "$2/out")
    [ -z "$why" ] || { echo "$why"; return 1; }
}
