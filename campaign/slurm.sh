# The engine Slurm: one job array for the tasks of a machine. campaign.sh reads this file; $folder, $seconds, $mixed and
# field() are its own. Slurm runs the jobs; nothing here waits for them or chooses nodes.
# shellcheck shell=sh disable=SC2154

# slurm_states: prints "TASK STATE" of every task in the queue. Fails, with Slurm's message, if Slurm does not answer.
# The comment of an array is the path of its list of tasks. So Slurm itself knows what was submitted, even if the
# command that submitted it was killed.
slurm_states() {
    if ! queue=$(squeue --noheader --array --user="$(id -un)" --format='%K %T %k' 2>&1); then
        warn "Slurm does not answer: $(printf '%s\n' "$queue" | tail -n 1)"
        return 1
    fi
    printf '%s\n' "$queue" | while read -r number state list; do
        case $list in
        "$folder"/slurm/*.tasks) printf '%s %s\n' "$(sed -n "${number}p" "$list" 2>/dev/null)" "$state" ;;
        esac
    done
}

# slurm_head NAME: the options that all jobs of a machine have.
slurm_head() {
    cat <<END
#!/bin/sh
#SBATCH --job-name="memwall.$name.$1"
#SBATCH --nodes=1 --ntasks=1 --exclusive --mem=0
#SBATCH --time=$(((seconds + 59) / 60))
#SBATCH --requeue --open-mode=append
#SBATCH --chdir="$folder"
END
    for option in constraint partition; do
        value=$(field machines "$1" $option)
        [ "$value" = - ] || printf '#SBATCH --%s="%s"\n' $option "$value"
    done
    place=$(field machines "$1" place)
    [ "$place" = - ] || printf '#SBATCH --nodelist="%s"\n' "$place"
    extra=$(field machines "$1" sbatch)
    [ "$extra" = - ] || printf '#SBATCH %s\n' "$extra"
}

# slurm_script MACHINE LIST: prints the job array for the tasks in file LIST.
slurm_script() {
    most=$(field machines "$1" at_most)
    [ "$most" != - ] && most=%$most || most=
    wanted=same
    [ "$mixed" = no ] || wanted=any
    slurm_head "$1"
    cat <<END
#SBATCH --array=1-$(wc -l <"$2" | tr -d ' ')$most
#SBATCH --output="${2%.tasks}.%a.log"
#SBATCH --comment="$2"
# One node for each task, and the whole node: bench binds its threads itself. A task whose node fails is queued again;
# of results that arrive twice, the first one stays.
set -u
task=\$(sed -n "\${SLURM_ARRAY_TASK_ID}p" "$2")
exec srun --nodes=1 --ntasks=1 --whole --cpu-bind=none \\
    sh target.sh task "\$task" $wanted "$folder/results"
END
}

# slurm_build_script MACHINE: prints the job that builds bench on a node of that kind.
slurm_build_script() {
    slurm_head "$1"
    cat <<END
#SBATCH --output="$folder/hosts/$1.err"
#SBATCH --open-mode=truncate
exec sh target.sh prepare "$1" "$(field machines "$1" bench)"
END
}

# slurm_submit MACHINE BASE: submits BASE.sbatch, after a job that builds bench if it is to be built. An array of Slurm
# is limited (MaxArraySize), and so sbatch may refuse; the message is Slurm's.
slurm_submit() {
    after=
    case $(field machines "$1" bench) in
    build:*)
        slurm_build_script "$1" >"$2.build.sbatch"
        built=$(sbatch --parsable "$2.build.sbatch" 2>&1) || { submit_failed "$1" "$built"; return 1; }
        after="--dependency=afterok:${built%%;*} --kill-on-invalid-dep=yes"
        ;;
    esac
    # shellcheck disable=SC2086 # words
    job=$(sbatch --parsable $after "$2.sbatch" 2>&1) || { submit_failed "$1" "$job"; return 1; }
    echo "submitted job ${job%%;*}: $1, $(wc -l <"$2.tasks" | tr -d ' ') tasks"
}

submit_failed() { warn "$1: sbatch failed: $(printf '%s\n' "$2" | tail -n 1)"; }

# slurm_write MACHINE BASE MISSING: writes BASE.tasks and BASE.sbatch for this machine's tasks of the file MISSING.
# False if there are none.
slurm_write() {
    awk -F '\t' -v m="$1" 'FILENAME !~ /tasks$/ { todo[$1] = 1; next } $2 == m && ($1 in todo) { print $1 }' \
        "$3" "$folder/tasks" >"$2.tasks"
    if [ ! -s "$2.tasks" ]; then
        rm -f "$2.tasks"
        return 1
    fi
    slurm_script "$1" "$2.tasks" >"$2.sbatch"
}

# slurm_number: the number of the next submission, so that later ones sort behind earlier ones.
slurm_number() {
    last=$(find "$folder/slurm/jobs" -name '*.tasks' | sed 's|.*/0*||; s/[.].*//' | sort -n | tail -n 1)
    printf '%06d\n' $((${last:-0} + 1))
}

# slurm_logs: prints "TASK LOG" for every task that was ever submitted; later lines are newer.
slurm_logs() {
    for list in "$folder"/slurm/jobs/*.tasks; do
        [ -f "$list" ] || continue
        awk -v base="${list%.tasks}" '{ print $1, base "." NR ".log" }' "$list"
    done
}
