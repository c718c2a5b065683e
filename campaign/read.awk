# Reads a campaign file (docs/campaigns.md), checks it, and prints what it means as lines of fields between tabs; an
# empty field is "-". Errors go to stderr with the number of the line; exit status 2.
#
#   set      KEY VALUE
#   machine  ID ENGINE(slurm|ssh) PLACE(node or host) BENCH(how) CONSTRAINT PARTITION AT_MOST SBATCH
#   task     ID MACHINE SUITE MODEL BENCH(command) CACHE OPTIONS
#
# Variables: file, its name for messages; suites, those that bench knows, if that is known.

function fail(line, text) {
    if (failed) exit 2
    failed = 1
    print "memwall campaign: " file (line ? ": line " line : "") ": " text | "cat >&2"
    close("cat >&2")
    exit 2
}

function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }

# value(SECTION, KEY, DEFAULT): section 0 is the part before the first section.
function value(s, key, other) { return ((s, key) in given) ? given[s, key] : other }
function line_of(s, key) { return lines[s, key] }

# A name that is safe as part of a file name and in a shell.
function plain(s) { return s ~ /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/ && length(s) <= 64 }

function list(s, to,    n) { gsub(/,/, " ", s); s = trim(s); n = split(s, to, /[ \t]+/); return n }

function check_options(s, text,    n, word, i) {
    n = split(text, word, /[ \t]+/)
    for (i = 1; i <= n; i++) {
        if (word[i] !~ /^--[a-z]/)
            fail(line_of(s, "options"), "'" word[i] "' is not an option; options of bench begin with --, " \
                 "and their values contain no spaces: --tokens=64")
        if (word[i] ~ /^--(out|suite|profile|model|help|version|list|compare|merge|claims-from|new-kernel|plot)(=|$)/)
            fail(line_of(s, "options"), "option " word[i] " cannot be part of a campaign, which sets or excludes it")
    }
}

# How a machine gets its bench, as "installed", "path", "carry" or "build".
function check_bench(s, text,    path) {
    path = text
    sub(/^(carry|build):/, "", path)
    if (text != "installed" && path !~ /^[^ \t"'\\$`]+$/)
        fail(line_of(s, "bench"), "'" text "': the path may not contain spaces, quotes, \\ or $")
    if (text !~ /^(installed|\/.*|carry:.+|build:.+)$/)
        fail(line_of(s, "bench"), "bench is 'installed', an absolute path on the machines, carry:FILE or " \
             "build:ARCHIVE, not '" text "'")
}

BEGIN {
    common = " bench options cache "
    keys[0] = " name folder suites models repetitions time-limit mixed ssh remote" common
    keys["slurm"] = " constraint partition nodes at-most sbatch" common
    keys["ssh"] = " hosts" common
    sections = 0
}

{
    sub(/\r$/, "")
    gsub(/\t/, " ") # tabs separate what is printed
    if (NR > 10000 || length($0) > 4000)
        fail(NR, "too long: a campaign file has at most 10000 lines of 4000 characters")
    if ($0 ~ /[\001-\010\013-\037\177]/)
        fail(NR, "control characters; a campaign file is plain text")
    text = trim($0)
    if (text == "" || text ~ /^#/)
        next
    if (text ~ /^\[/) {
        if (text !~ /^\[(slurm|ssh) +[^] ]+\]$/)
            fail(NR, "'" text "': a section begins with [slurm NAME] or [ssh NAME]")
        sections++
        engine[sections] = substr(text, 2, index(text, " ") - 2)
        title[sections] = trim(substr(text, index(text, " "), length(text) - index(text, " ")))
        start[sections] = NR
        if (!plain(title[sections]))
            fail(NR, "'" title[sections] "': a name consists of letters, digits, _ . and -")
        if (title[sections] in titles)
            fail(NR, "there is a section " title[sections] " in line " titles[title[sections]] " already")
        titles[title[sections]] = NR
        next
    }
    at = index(text, "=")
    key = trim(substr(text, 1, at - 1))
    if (!at || key !~ /^[a-z-]+$/)
        fail(NR, "'" text "': write KEY = VALUE, [slurm NAME], [ssh NAME], or a comment after #")
    allowed = sections ? keys[engine[sections]] : keys[0]
    if (index(allowed, " " key " ") == 0)
        fail(NR, "there is no key '" key "' " (sections ? "in a section " engine[sections] : \
             "before the first section") "; keys:" substr(allowed, 1, length(allowed) - 1))
    if ((sections, key) in given)
        fail(NR, "'" key "' is given in line " lines[sections, key] " already")
    text = trim(substr(text, at + 1))
    if (text == "")
        fail(NR, "'" key "' has no value")
    given[sections, key] = text
    lines[sections, key] = NR
}

# positive(S, KEY, DEFAULT, MOST): a whole number.
function positive(s, key, other, most,    v) {
    v = value(s, key, other)
    if (v !~ /^[0-9]+$/ || length(v) > 6 || v + 0 < 1 || v + 0 > most)
        fail(line_of(s, key), key " is a number from 1 to " most ", not '" v "'")
    return v + 0
}

function seconds(text,    unit, n) {
    if (text !~ /^[0-9]+[smhd]$/ || length(text) > 7)
        fail(line_of(0, "time-limit"), "time-limit is a number with a unit (90s, 30m, 2h or 1d), not '" text "'")
    unit = substr(text, length(text))
    n = (text + 0) * (unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 86400)
    if (n < 1)
        fail(line_of(0, "time-limit"), "time-limit is longer than 0")
    return n
}

function machine(s, id, place, line,    how, command, more, most, i, j, k, task) {
    if (id in machines)
        fail(line, "machine " id " is in line " machines[id] " already")
    machines[id] = line
    how = value(s, "bench", value(0, "bench", "installed"))
    most = ((s, "at-most") in given) ? positive(s, "at-most", 1, 100000) : "-"
    print "machine", id, engine[s], place, how, value(s, "constraint", "-"), value(s, "partition", "-"), most,
        value(s, "sbatch", "-")
    command = how == "installed" ? "memwall bench" : how ~ /^\// ? how : "./bench/" id "/bench"
    more = trim(value(0, "options", "") " " value(s, "options", ""))
    if (more == "") more = "-"
    for (i = 1; i <= n_suites; i++)
        for (j = 1; j <= n_models; j++)
            for (k = 1; k <= repetitions; k++) {
                if (++tasks > 20000)
                    fail(0, "more than 20000 tasks; divide the campaign")
                task = id "." suite[i] "." short_name[j] "." k
                print "task", task, id, suite[i], model[j], command, value(s, "cache", value(0, "cache", "-")),
                    more
            }
}

END {
    if (failed) exit 2
    OFS = "\t"
    if (!((0, "name") in given))
        fail(0, "no name; write name = NAME before the first section")
    name = value(0, "name")
    if (!plain(name))
        fail(line_of(0, "name"), "'" name "': a name consists of letters, digits, _ . and -")
    n_suites = list(value(0, "suites", "decode"), suite)
    for (i = 1; i <= n_suites; i++) {
        if (suite[i] == "all")
            fail(line_of(0, "suites"), "suite all writes one folder per suite; name the suites instead")
        if (suite[i] !~ /^[a-z]+$/ || (suites != "" && index(" " suites " ", " " suite[i] " ") == 0))
            fail(line_of(0, "suites"), "bench has no suite '" suite[i] "'" (suites != "" ? "; suites: " suites : ""))
        if (suite[i] in seen_suite)
            fail(line_of(0, "suites"), "suite " suite[i] " is given twice")
        seen_suite[suite[i]] = 1
    }
    n_models = list(value(0, "models", "synthetic:stories110M"), model)
    for (i = 1; i <= n_models; i++) {
        short = model[i]
        sub(/^.*\//, "", short)
        gsub(/[^A-Za-z0-9_.-]/, "_", short)
        if (short == "" || length(short) > 100)
            fail(line_of(0, "models"), "'" model[i] "' is no name of a model")
        if (short in seen_model)
            fail(line_of(0, "models"), "models " seen_model[short] " and " model[i] " have the same short name, " \
                 short "; use another file name")
        seen_model[short] = model[i]
        short_name[i] = short
    }
    repetitions = positive(0, "repetitions", 1, 1000)
    if (value(0, "mixed", "no") !~ /^(yes|no)$/)
        fail(line_of(0, "mixed"), "mixed is yes or no")
    if (value(0, "remote", "x") !~ /^[A-Za-z0-9_.\/+-]+$/ || value(0, "remote", "x") ~ /^-/)
        fail(line_of(0, "remote"), "remote is a path of letters, digits and / _ . + -")
    if ((0, "ssh") in given && given[0, "ssh"] ~ /["'\\$`;&|<>]/)
        fail(line_of(0, "ssh"), "ssh is a command and its options, without quotes or other characters of a shell")
    for (s = 0; s <= sections; s++) {
        if ((s, "options") in given) check_options(s, given[s, "options"])
        if ((s, "bench") in given) check_bench(s, given[s, "bench"])
        if ((s, "cache") in given && given[s, "cache"] !~ /^\/[^"'\\$`]*$/)
            fail(line_of(s, "cache"), "cache is an absolute path on the machines, without quotes, \\ and $")
        for (i = split("constraint partition sbatch", word, " "); i; i--)
            if ((s, word[i]) in given && given[s, word[i]] ~ /["\\$`]/)
                fail(line_of(s, word[i]), word[i] " may not contain double quotes, \\, $ or `")
    }
    if (sections == 0)
        fail(0, "no machines; add a section [slurm NAME] or [ssh NAME]")
    print "set", "name", name
    print "set", "folder", value(0, "folder", name)
    print "set", "mixed", value(0, "mixed", "no")
    print "set", "seconds", (0, "time-limit") in given ? seconds(given[0, "time-limit"]) : 3600
    print "set", "ssh", value(0, "ssh", "ssh")
    print "set", "remote", value(0, "remote", ".cache/memwall-campaigns")
    for (s = 1; s <= sections; s++) {
        key = engine[s] == "ssh" ? "hosts" : "nodes"
        if (engine[s] == "ssh" && !((s, "hosts") in given))
            fail(start[s], "section " title[s] " has no hosts; write hosts = HOST...")
        if (!((s, key) in given)) {
            machine(s, title[s], "-", start[s])
            continue
        }
        n = list(given[s, key], place)
        for (p = 1; p <= n; p++) {
            id = place[p]
            if (key == "hosts") sub(/^[A-Za-z0-9_.-]+@/, "", id)
            if (!plain(id) || place[p] ~ /^-/)
                fail(line_of(s, key), "'" place[p] "': a " (key == "hosts" ? "host is NAME or USER@NAME; ports and " \
                     "keys belong into ~/.ssh/config" : "node is the name of one node"))
            machine(s, id, place[p], line_of(s, key))
        }
    }
}
