# What a campaign has reached. campaign.sh reads this file.
# shellcheck shell=sh disable=SC2154

# failure NAME LOG: a line with the last line of the log, made printable and short; folded on a terminal.
failure() {
    # srun only repeats that the task failed.
    said=$(grep -av -e '^ *$' -e '^srun: ' "$2" 2>/dev/null | tail -n 1 | tr -d '\000-\037\177' | cut -c 1-300)
    said="$1: ${said:-it said nothing; it was interrupted, or its machine failed}"
    if [ -t 1 ]; then
        printf '%s\n' "$said" | fold -s -w 78 | sed '2,$s/^/  /'
    else
        printf '%s\n' "$said"
    fi
}

# state_of TASK: done, queued, running, failed or waiting; `log` is where its output is.
states() {
    { engines slurm && slurm_states; engines ssh && ssh_states; } >"$work/states" || :
    { slurm_logs; awk -F '\t' '{ print $1 }' "$folder/tasks" | while read -r task; do
        echo "$task $folder/tries/$task.tar.err"
    done; } | while read -r task log; do [ ! -e "$log" ] || echo "$task $log"; done >"$work/logs"
    ls "$folder/results" >"$work/done"
    awk -F '\t' -v work="$work" -v folder="$folder" '
        BEGIN {
            while ((getline line <(work "/states")) > 0) { split(line, w, " "); state[w[1]] = w[2] }
            while ((getline line <(work "/logs")) > 0) { split(line, w, " "); log_of[w[1]] = w[2] }
            while ((getline line <(work "/done")) > 0) is_done[line] = 1
        }
        FILENAME ~ /machines$/ { gone[$2] = (getline line <(folder "/hosts/" $2 ".failed")) >= 0; next }
        {
            s = ($1 in is_done) ? "done" : ($1 in state) ? (state[$1] == "PENDING" ? "waiting" : "running") : \
                gone[$2] ? "unreached" : ($1 in log_of) ? "failed" : "waiting"
            print $1, $2, s, ($1 in log_of) ? log_of[$1] : "-"
        }' OFS='\t' "$folder/machines" "$folder/tasks"
}

# show_status: a table of machines, and a line for each task or host that failed. False if there is one.
show_status() {
    states >"$work/status"
    awk -F '\t' -v name="$name" 'FILENAME ~ /machines$/ { order[++m] = $2; engine[$2] = $3; next }
        { n[$2, $3]++; total[$2]++; all++; if ($3 == "done") finished++ }
        END {
            printf "campaign %s: %d of %d tasks done\n\n", name, finished, all
            printf "%-28s %-6s %6s %6s %8s %8s %7s\n", "machine", "engine", "tasks", "done", "running", "waiting",
                "failed"
            for (i = 1; i <= m; i++) {
                k = order[i]
                printf "%-28s %-6s %6d %6d %8d %8d %7d\n", k, engine[k], total[k], n[k, "done"], n[k, "running"],
                    n[k, "waiting"], n[k, "failed"] + n[k, "unreached"]
            }
        }' "$folder/machines" "$work/status"
    bad=0
    for machine in $(awk -F '\t' '$3 == "unreached" { print $2 }' "$work/status" | sort -u); do
        [ $bad = 1 ] || echo
        failure "$machine" "$folder/hosts/$machine.err"
        bad=1
    done
    while IFS=$tab read -r task _ state log; do
        [ "$state" = failed ] || continue
        [ $bad = 1 ] || echo
        failure "$task" "$log"
        bad=1
    done <"$work/status"
    return $bad
}

# check_commits FOLDER...: of the build that measured; different ones are refused, or said if they are allowed.
check_commits() {
    commits=$(for result; do
        sed -n 's/^ *"commit": "\([^"]*\)".*/\1/p' "$result/machine.json" | head -n 1
    done | sort -u)
    [ "$(echo "$commits" | wc -l)" -gt 1 ] || return 0
    # shellcheck disable=SC2086 # words, joined by spaces
    set -- $commits
    [ "$mixed" = yes ] || die "the results are of different builds of bench: $*; measure again, or set mixed = yes"
    warn "mixed: the results are of different builds of bench: $*"
}
