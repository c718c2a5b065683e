#!/usr/bin/env python3
"""Counts the checks of a `meson test` run.

    count.py BUILD_DIR       prints failures and skip reasons, then one line: PASSED FAILED SKIPPED

It reads meson-logs/testlog.json, one record per test program, and not testlog.junit.xml. In the latter (meson 1.0) a
program that dies, hangs or exits non-zero after its last good line leaves no trace, a program that printed no check
is "skipped", and one control character in the output makes the file unreadable.

Each TAP line counts as one check. A program that ends badly counts as one more failure, unless a failed check
explains its exit status. TAP without a plan is a failure: the program ended early, which meson 1.0 accepts.
"""
import json
import os
import re
import signal
import sys

CHECK = re.compile(r"^(not )?ok\b\s*(.*?)(?:\s*#\s*(SKIP|TODO)\b\S*\s*(.*))?$", re.IGNORECASE)
PLAN = re.compile(r"^1\.\.(\d+)(?:\s*#\s*SKIP\S*\s*(.*))?$", re.IGNORECASE)
GOOD = {"OK", "SKIP", "EXPECTEDFAIL"}
TAIL = 30


def how_it_ended(record):
    code = record.get("returncode")
    if record["result"] == "TIMEOUT":
        return "timed out after %.0f s" % (record.get("duration") or 0)
    if isinstance(code, int) and code < 0:
        try:
            return "killed by " + signal.Signals(-code).name
        except ValueError:
            return "killed by signal %d" % -code
    return "%s, exit status %s" % (record["result"], code)


def count(record):
    """Returns (passed, [failures], [skip reasons]) of one test program."""
    passed, failures, skips = 0, [], []
    result, code = record["result"], record.get("returncode")
    checks, plan = 0, None
    for line in (record.get("stdout") or "").splitlines():
        match = PLAN.match(line)
        if match:
            plan = int(match.group(1))
            if plan == 0:
                skips.append(match.group(2) or "no reason given")
            continue
        match = CHECK.match(line)
        if not match:
            continue
        checks += 1
        bad, directive = bool(match.group(1)), (match.group(3) or "").upper()
        if directive == "SKIP":
            skips.append(match.group(4) or "no reason given")
        elif directive == "TODO":
            if bad:
                skips.append("to do: " + match.group(2))
            else:
                failures.append("passes, but is marked TODO: " + match.group(2))
        elif bad:
            failures.append(match.group(2))
        else:
            passed += 1

    if result == "EXPECTEDFAIL":
        return 1, [], []
    if checks == 0 and plan is None:  # not TAP: the exit status is the one check
        if result == "OK":
            return 1, [], []
        if result == "SKIP" and code == 77:
            return 0, [], [((record.get("stdout") or "").strip().splitlines() or ["exit status 77"])[-1]]
        if result == "SKIP":
            return 0, ["printed no check"], []
        return 0, [how_it_ended(record)], []
    died = result == "TIMEOUT" or (isinstance(code, int) and code < 0)
    if result not in GOOD and (died or not failures):
        failures.append(how_it_ended(record))
    elif plan is None:
        failures.append("no plan: it ended before its last check")
    elif plan != checks:
        failures.append("planned %d checks, made %d" % (plan, checks))
    return passed, failures, skips


def main():
    path = os.path.join(sys.argv[1], "meson-logs", "testlog.json")
    passed, failed, skipped, reasons = 0, 0, 0, {}
    programs = 0
    try:
        with open(path, encoding="utf-8", errors="replace") as log:
            for line in log:
                programs += 1
                try:
                    record = json.loads(line)
                except ValueError:
                    print("  FAILED: a cut-off record in the test log")
                    failed += 1
                    continue
                good, failures, skips = count(record)
                passed, failed, skipped = passed + good, failed + len(failures), skipped + len(skips)
                for reason in skips:
                    key = (record["name"], reason)
                    reasons[key] = reasons.get(key, 0) + 1
                for failure in failures:
                    print("  FAILED: %s: %s" % (record["name"], failure))
                if failures:
                    output = (record.get("stdout") or "") + (record.get("stderr") or "")
                    for text in output.splitlines()[-TAIL:]:
                        print("    | " + text)
    except OSError as error:
        print("  FAILED: no test log: %s" % error)
        failed += 1
    if programs == 0 and failed == 0:
        print("  FAILED: no test ran")
        failed += 1
    for (name, reason), times in reasons.items():
        print("  skipped: %s: %s%s" % (name, reason, " (%d times)" % times if times > 1 else ""))
    print(passed, failed, skipped)


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    main()
