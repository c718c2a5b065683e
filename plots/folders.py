"""Which result folders a program reads: those named, the newest of this host, or the reference set."""
import glob
import os
import platform
import re

import data

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def add_arguments(parser, out):
    """The arguments that all programs here take: folders, --out and --newest."""
    parser.add_argument("--out", default=out, metavar="DIR", help=f"the output folder ({out})")
    add_folders(parser)
    parser.add_argument("--machine", default="", metavar="NAME", help="of a set with several machines: the host, or "
                        "the model of the CPU, or HOST,CPU")


def add_folders(parser):
    parser.add_argument("folders", nargs="*", metavar="RESULT_FOLDER", help="folders that bench wrote, one per suite; "
                        "folders of such folders; sets made by memwall merge")
    parser.add_argument("--newest", metavar="ROOT",
                        help="without folders: the newest run of each suite on this host below ROOT/results, or the "
                             "reference set if there is none; MEMWALL_RESULTS names other folders")


def chosen(args):
    if args.folders:
        return expanded(args.folders, getattr(args, "machine", None))
    if args.newest and os.environ.get("MEMWALL_RESULTS"):
        return os.environ["MEMWALL_RESULTS"].split(os.pathsep)
    return newest(args.newest) if args.newest else reference(ROOT)


def expanded(paths, machine=None):
    """The result folders that the paths stand for, each once; of sets those of one machine, unless `machine` is None.
    """
    found = {}
    for path in paths:
        if os.path.exists(os.path.join(path, "results.csv")):
            below = []
        elif os.path.exists(os.path.join(path, "index.csv")):
            below = runs_of_set(path, machine)
        else:
            below = [os.path.dirname(p) for p in results_below(path)]
        for folder in below or [path]:  # a path without results stays, so that its reader names it
            found.setdefault(os.path.realpath(folder), folder)
    return list(found.values())


def runs_of_set(top, machine=None):
    """The result folders of a set, which bench --merge makes, in the order of its index: all, or those of the one
    machine that `machine` names. "" names it if there is only one."""
    machines = {}
    for row in data.read_table(os.path.join(top, "index.csv"), ("run_id", "folder")):
        folder = row["folder"]
        if not folder or os.path.isabs(folder) or ".." in folder.split("/"):
            raise data.Bad(f"{row.path}: line {row.line}: folder '{folder[:60]}' is not in the set; merge again")
        machines.setdefault((row.get("host", ""), row.get("cpu", "")), []).append((row.line, os.path.join(top, folder)))
    if machine is not None:
        fitting = {m: runs for m, runs in machines.items() if machine in ("", *m, ",".join(m))}
        if len(fitting) != 1:
            offered = [",".join(m) for m in fitting or machines]
            more = f" and {len(offered) - 5} more" if len(offered) > 5 else ""
            raise data.Bad(f"{top}: {len(fitting) or 'none'} of its {len(machines)} machines fit; choose one with "
                           f"--machine=NAME: {'; '.join(offered[:5])}{more}")
        machines = fitting
    return [folder for _, folder in sorted(run for runs in machines.values() for run in runs)]


def reference(root):
    """The subfolders of results/reference, one per suite."""
    top = os.path.join(root, "results", "reference")
    found = sorted(os.path.dirname(p) for p in results_below(top))
    if not found:
        raise data.Bad(f"no result folder given, and no reference set in {top}; run bench and "
                       "give its folder: plots/figures.py results/HOST/TIME --out=figures")
    return found


def results_below(top):
    """Every results.csv one or two folders below `top`: suite all writes a folder of folders, one per suite. Default
    folders are named after the time, so that the newest comes last."""
    top = glob.escape(top)
    found = [p for depth in ("*", "*/*") for p in glob.glob(os.path.join(top, depth, "results.csv"))]
    return sorted(found, key=os.path.dirname)


def newest(root):
    """The newest run of each suite on this host, below `root`; the reference set if there is none."""
    host = re.sub(r"[^A-Za-z0-9_.-]", "_", platform.node())
    suites = {}
    for path in results_below(os.path.join(root, "results", host)):
        run = data.Run(os.path.dirname(path))
        suites[run.suite] = run.folder
    return sorted(suites.values()) or reference(root)
