# Result folders: what campaign.sh and target.sh, which read this file, know about them.
# shellcheck shell=sh

# broken FOLDER: prints why this is no complete result folder of bench; nothing if it is one.
broken() {
    for file in results.csv machine.json command.txt; do
        if [ -L "$1/$file" ] || [ ! -f "$1/$file" ] || [ ! -s "$1/$file" ]; then
            echo "$file is missing or empty"
            return
        fi
    done
    [ "$(head -c 7 "$1/results.csv")" = run_id, ] || { echo 'results.csv has another header'; return; }
    [ "$(wc -l <"$1/results.csv")" -ge 2 ] || { echo 'results.csv has no rows'; return; }
    [ -z "$(tail -c 1 "$1/results.csv")" ] || echo 'results.csv ends within a line'
}

# put FOLDER NAME: renames the folder unless there is one of that name, atomically: of two, the first one stays. Fails
# if it did not become NAME.
put() {
    mv -T "$1" "$2" 2>/dev/null || perl -e 'exit !rename $ARGV[0], $ARGV[1]' "$1" "$2" 2>/dev/null
}
