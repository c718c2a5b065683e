#!/bin/sh
# A quick look at a run of suite decode without Python: fig1, fig2 and
# roof_fraction by gnuplot.
#
#   quick.sh [FOLDER] [dumb|png|svg] [--out=DIR] [--only=NAME,...] [--newest=ROOT]
#
# dumb (the default) is text on the terminal, png and svg write files to DIR
# (figures). Without a folder: the newest run of this host below ROOT/results, or
# else the reference set. Exit 2: bad input, or no gnuplot.

# awk selects rows, as gnuplot cannot; each NAME.gp draws a table of plain columns.
set -eu
unset CDPATH
export LC_ALL=C
here=$(cd -- "$(dirname -- "$0")" && pwd)

die() { printf 'quick.sh: %s\n' "$*" >&2; exit 2; }

folder='' kind=dumb out=figures only=fig1,fig2,roof_fraction root=$(dirname -- "$here")
for argument in "$@"; do
    case $argument in
    --out=*) out=${argument#*=} ;;
    --only=*) only=${argument#*=} ;;
    --newest=*) root=${argument#*=} ;;
    --help) sed -n '2,/^$/ s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) die "unknown option '$argument'" ;;
    dumb | png | svg) kind=$argument ;;
    *) [ -z "$folder" ] || die "'$argument': one folder is enough"; folder=$argument ;;
    esac
done
# Names of default folders are times: the newest comes last. Suite all leaves a folder of them, one a suite.
if [ -z "$folder" ]; then
    for candidate in "$root/results/reference" "$root/results/$(uname -n | tr -c 'A-Za-z0-9_.\n-' _)"/*; do
        for run in "$candidate" "$candidate/decode"; do
            [ ! -f "$run/tokens.csv" ] || ! grep -q -- ',decode,steady,tokens_per_s,' "$run/results.csv" || folder=$run
        done
    done
    [ -n "$folder" ] || die "no run of suite decode below $root/results; run bench, or give a folder"
fi
[ -e "$folder/results.csv" ] || die "$folder/results.csv: is not there"
[ -f "$folder/results.csv" ] || die "$folder/results.csv: is not a regular file"
command -v gnuplot >/dev/null || die 'gnuplot is not installed (Debian: gnuplot-nox); ./setup.sh does it'

work=$(mktemp -d) && work=$(cd -- "$work" && pwd) || die 'no folder for temporary files can be made; check TMPDIR'
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# Shared by all awk programs: cells of a CSV line, columns by name, and what to say of a bad file.
# shellcheck disable=SC2016 # $ is for awk
reader='
function fail(what) { print "quick.sh: " FILENAME ": line " FNR ": " what > "/dev/stderr"; failed = 1; exit 2 }
function cells(line,    n, c, quoted, i) {
    n = 1; cell[1] = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        if (c == "\"") quoted = !quoted
        else if (c == "," && !quoted) cell[++n] = ""
        else cell[n] = cell[n] c
    }
    if (quoted) fail("a quote is not closed")
    return n
}
function number(name) {
    if (cell[at[name]] !~ /^-?[0-9.]+([eE][-+]?[0-9]+)?$/)
        fail("\"" cell[at[name]] "\" in column " name " is not a number")
    return cell[at[name]] + 0
}
function get(name) { return cell[at[name]] }
BEGIN { OFMT = CONVFMT = "%.9g" }
FNR == 1 {
    columns = cells($0)
    for (i = 1; i <= columns; i++) at[cell[i]] = i
    for (i = split(needed, name, " "); i > 0; i--) if (!(name[i] in at)) fail("no column " name[i])
    next
}
{ if (cells($0) != columns) fail("not as many cells as the header has") }
'
# rows PROGRAM FILE COLUMNS [VARIABLES...]: the program over the rows of a CSV file.
rows() {
    program=$1 file=$2 needed=$3
    shift 3
    [ -s "$file" ] || die "$file: is empty or not there"
    case $file in
    /*) ;;
    *) file=./$file ;; # or awk takes a name like a=b for an assignment
    esac
    awk -v needed="$needed" "$@" "$reader$program" "$file" || exit 2
}

# Tables of rates: row, label, value, low, high, roof; "?" where there is none.
schema=$(sed -n 's/^SCHEMA = "\([0-9]*\)".*/\1/p' "$here/data.py")
# shellcheck disable=SC2016 # $ is for awk
rates='
get("schema") != schema {
    fail("schema " get("schema") ", but this reads schema " schema "; use plots/ from commit " get("commit"))
}
{ if (!(get("rep") in process)) process[get("rep")] = get("rep") == "" ? 0 : ++processes }
get("rep") == "" && get("phase") == "steady" && get("value") != "" {
    unit = get("variant") SUBSEP get("threads")
    value[unit, get("metric")] = number("value")
    if (get("metric") == metric) {
        order[++n] = unit; variant[n] = get("variant"); threads[n] = get("threads")
        kernel[n] = get("variant"); sub("/.*", "", kernel[n])
        low[n] = get("ci_low") == "" ? "?" : number("ci_low"); high[n] = get("ci_high") == "" ? "?" : number("ci_high")
    }
}
END {
    if (failed) exit 2
    if (!n) { print "quick.sh: " FILENAME ": has no " metric " of suite decode" > "/dev/stderr"; exit 2 }
    print "# " get("cpu") ", commit " get("commit") ", n = " processes (processes == 1 ? " process" : " processes")
    for (i = 1; i <= n; i++) {
        label = kernel[i]
        for (j = 1; j <= n; j++) if (kernel[j] == kernel[i] && variant[j] != variant[i]) label = variant[i]
        stored = value[order[i], "bytes_stored_mb"]
        roof = metric == "roof_fraction" ? 1 : stored > 0 ? value[order[i], "roof_gbs"] * 1e3 / stored : 0
        print i, "\"" label ", " threads[i] "\"", value[order[i], metric], low[i], high[i], (roof > 0 ? roof : "?")
    }
}'
columns='variant threads phase metric value ci_low ci_high rep cpu commit schema'
rates() { rows "$rates" "$folder/results.csv" "$columns" -v metric="$1" -v schema="$schema"; }
rates tokens_per_s >"$work/fig1.dat" || exit 2
rates roof_fraction >"$work/roof_fraction.dat" || exit 2
machine=$(sed -n '1s/^# //p' "$work/fig1.dat" | tr -cd 'A-Za-z0-9 ,.:=()@/_+-') # it becomes part of a script

# draw NAME: one picture of NAME.dat, on stdout or into a file.
draw() {
    lines=$(wc -l <"$work/$1.dat") # of a table of rates: two a row
    [ "$1" != fig2 ] || lines=16
    case $kind in
    dumb) set -- "$1" "set terminal dumb 79 $((2 * lines + 7))" ;;
    png) set -- "$1" "set terminal png noenhanced size 1000,600; set output output" ;;
    svg) set -- "$1" "set terminal svg noenhanced size 1000,600; set output output" ;;
    esac
    # gnuplot runs what stands between backticks, so it sees no names but ours. -d: without the user's settings.
    printf 'data = "%s"; output = "picture"; machine = "%s"; %s\n' "$1.dat" "$machine" "$2" >"$work/head.gp"
    cp -- "$here/$1.gp" "$work/body.gp"
    (cd -- "$work" && gnuplot -d head.gp body.gp) >"$work/text" 2>"$work/words" ||
        die "$1: gnuplot: $(tr '\n' ' ' <"$work/words")"
    if [ "$kind" = dumb ]; then
        tr -d '\f' <"$work/text" | sed 's/ *$//' | cat -s
    else
        { mkdir -p -- "$out" && cp -- "$work/picture" "$out/$1.$kind"; } 2>"$work/words" ||
            die "$out/$1.$kind: cannot be written: $(tr '\n' ' ' <"$work/words")"
        printf '%s\n' "$out/$1.$kind"
    fi
}

# The tokens of variant tvl on one thread after the first 10, as in the paper. Block 0: their distribution. Block 1: the
# moving average over 10 tokens of the first process, with the standard deviation of the window.
latencies() {
    # shellcheck disable=SC2016
    rows 'get("variant") == "tvl" && get("threads") == 1 && number("token_id") >= 10 {
            print number("latency_us"), get("token_id"), get("rep") }' \
        "$folder/tokens.csv" 'variant threads token_id latency_us rep' >"$work/tokens" || exit 2
    [ -s "$work/tokens" ] || die "$folder/tokens.csv: has no tokens of variant tvl with one thread"
    sort -g "$work/tokens" | awk '{ x[NR] = $1 } END { for (i = 1; i <= NR; i++) print x[i], i / NR }'
    printf '\n\n'
    sort -s -k3,3g -k2,2g "$work/tokens" | awk 'NR == 1 { first = $3 } $3 == first {
        x[++n] = $1; if (n < 10) next
        mean = 0; for (i = n - 9; i <= n; i++) mean += x[i] / 10
        square = 0; for (i = n - 9; i <= n; i++) square += (x[i] - mean) ^ 2 / 9
        print $2, mean, sqrt(square) }'
}

set -f
for name in $(printf '%s\n' "$only" | tr , ' '); do
    case $name in
    fig1 | roof_fraction) ;;
    fig2) latencies >"$work/fig2.dat" || exit 2 ;;
    *) die "no figure is called '$name'; choose fig1, fig2, roof_fraction" ;;
    esac
    draw "$name"
done
