#!/bin/sh
# memwall campaign: the same measurements on many machines. Slurm or GNU parallel runs them; this script writes what
# they need, starts them, and puts the results together. See --help and docs/campaigns.md.
set -eu
unset CDPATH
export LC_ALL=C
umask 022

warn() { printf 'memwall campaign: %s\n' "$*" >&2; }
talk() { printf '%s\n' "$*" >&2; }
die() { warn "$@"; exit 2; }

help() {
    cat <<'END'
usage: memwall campaign VERB FILE [options]
Measures on many machines, through Slurm or through GNU parallel over ssh.
FILE describes the campaign; docs/campaigns.md lists its keys. An example:

  name   = nodes
  suites = decode why
  models = synthetic:llama-3.2-1b@q4_k_m
  [slurm zen4]
  constraint = zen4
  [ssh lab]
  hosts = arm1 alice@arm2

verbs:
  check     read FILE, list machines and tasks; contact no machine
  write     write job scripts and commands, start nothing
  run       run the tasks that have no result yet (Slurm: submit them);
            after an interruption, the same command continues
  status    show what is done, what is running, what failed and why
  merge     merge the results that have arrived into one set

options:
  --wait    run: also wait for the Slurm jobs, then merge
  --quiet   print only results and errors
  --help    this text

Everything is kept in the folder NAME next to FILE: job scripts, the output of
every task, results/TASK (one result folder each) and set/ (the merged set).

Exit codes: 0 success; 1 a task failed; 2 usage, bad input, I/O; 130
interrupted.
END
}

verb='' file='' wait=no
for word; do
    case $word in
    --help) help; exit 0 ;;
    --wait) wait=yes ;;
    --quiet) talk() { :; } ;;
    -*) die "there is no option '$word'; see --help" ;;
    *) if [ -z "$verb" ]; then verb=$word; elif [ -z "$file" ]; then file=$word; else die "'$word': one FILE"; fi ;;
    esac
done
case $verb in
check | write | run | status | merge) ;;
'') die 'what to do? check, write, run, status or merge; see --help' ;;
*) die "there is no verb '$verb'; choose check, write, run, status or merge" ;;
esac
[ -n "$file" ] || die "which campaign? memwall campaign $verb FILE"
[ $wait = no ] || [ "$verb" = run ] || die '--wait belongs to run'

here=$(cd -- "$(dirname -- "$0")" && pwd)
. "$here/folder.sh"
. "$here/plan.sh"
. "$here/slurm.sh"
. "$here/ssh.sh"
. "$here/status.sh"

bench=${MEMWALL_BENCH-} # the program memwall sets it
[ -n "$bench" ] || bench=$here/../build/bench
work=$(mktemp -d) || die 'no temporary folder; set TMPDIR to a folder that can be written'
engine=
end() {
    trap '' HUP INT TERM
    if [ -n "$engine" ]; then
        kill "$engine" 2>/dev/null || :
        wait "$engine" 2>/dev/null || :
    fi
    rm -rf "$work"
    unlock
}
trap end EXIT
trap 'exit 129' HUP
trap 'warn "interrupted; the same command continues"; exit 130' INT
trap 'warn "ended; the same command continues"; exit 143' TERM

# run_all: starts what is missing. 0 unless something could not be started.
run_all() {
    failed=0
    missing >"$work/missing"
    : >"$work/queued"
    if engines slurm; then slurm_states >"$work/queued" || return 2; fi
    # The version of bench is that of the results, and of tasks that may become some.
    [ -s "$work/queued" ] || [ -n "$(ls "$folder/results")" ] || rm -f "$folder/version"
    if engines slurm; then
        awk 'FILENAME ~ /queued$/ { queued[$1] = 1; next } !($1 in queued)' "$work/queued" "$work/missing" \
            >"$work/to-submit"
        for machine in $(machines slurm); do
            base=$folder/slurm/jobs/$(slurm_number).$machine
            slurm_write "$machine" "$base" "$work/to-submit" || continue
            slurm_submit "$machine" "$base" && continue
            rm -f "$base".*
            failed=2
        done
    fi
    if engines ssh && [ -n "$(tasks_of ssh "$work/missing")" ]; then ssh_run "$work/missing" || failed=2; fi
    if [ $wait = yes ] && engines slurm; then
        talk 'waiting for the jobs in Slurm'
        while ! slurm_states >"$work/queued" || [ -s "$work/queued" ]; do sleep "${MEMWALL_CAMPAIGN_POLL:-10}"; done
    fi
    return $failed
}

# merge_all: makes the set of what there is.
merge_all() {
    missing >"$work/missing"
    set --
    while IFS=$tab read -r task _; do
        [ ! -d "$folder/results/$task" ] || set -- "$@" "$folder/results/$task"
    done <"$folder/tasks"
    [ $# -gt 0 ] || die "$folder/results: no results yet; see memwall campaign status $file"
    check_commits "$@"
    "$bench" --merge="$folder/set" "$@" || return
    [ ! -s "$work/missing" ] || warn "$(wc -l <"$work/missing" | tr -d ' ') tasks have no result yet; merge again later"
}

read_file
case $verb in
check) show_plan ;;
write)
    make_folder
    lock
    missing >"$work/missing"
    for machine in $(machines slurm); do
        base=$folder/slurm/$machine
        if slurm_write "$machine" "$base" "$work/missing"; then echo "$base.sbatch"; fi
    done
    if ssh_write "$work/missing"; then echo "$folder/ssh/run.sh"; fi
    ;;
run)
    need_tools
    make_folder
    lock
    ssh_collect ended
    status=0
    run_all || status=$?
    ssh_collect ended
    [ $status = 0 ] || exit $status
    if engines slurm && [ $wait = no ]; then
        talk "jobs are in Slurm; next: memwall campaign status $file, then memwall campaign merge $file"
        show_status
    else
        show_status || status=$?
        [ -z "$(ls "$folder/results")" ] || merge_all || status=$?
        exit $status
    fi
    ;;
status)
    open_folder
    ssh_collect running
    show_status
    ;;
merge)
    open_folder
    ssh_collect running
    merge_all
    ;;
esac
