"""Four nodes of Slurm, or four ssh hosts, on this machine, for tests of `memwall campaign` with the real engines.

Every node or host has a name of its own (a UTS namespace, where that is allowed) and can be killed with all that runs
on it. Everything is below one temporary folder; stop() ends all of it.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

from tap import done, skip

SBIN = os.environ["PATH"] + ":/usr/sbin:/sbin"
NAMES = ["node1", "node2", "node3", "node4"]
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # a test that takes too long stops its daemons, too


def need(what, *tools):
    """Ends a test whose machines cannot be made here, with the reason."""
    missing = [tool for tool in tools if not shutil.which(tool, path=SBIN)]
    why = f"no {', no '.join(missing)} here" if missing else "its daemons need root" if os.getuid() else None
    if why:
        skip(what, why)
        done()


def ready(what, machines):
    """Ends a test whose daemons do not start, with the last line that they said."""
    if not machines.ready:
        skip(what, "the daemons do not start here: " + subprocess.getoutput("tail -n 1 machines/*.log"))
        machines.stop()
        done()


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, **more)


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_for(condition, seconds=60):
    """Whether the condition holds within that time."""
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            return False
        time.sleep(0.1)
    return True


def named(name, command):
    """The command that runs `command` under this name of the machine, if that is allowed here."""
    if run("unshare", "--uts", "true").returncode:
        return command
    return ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', name, *command]


class Daemons:
    """Processes in the foreground, each with a mark in its environment that its descendants inherit."""

    def __init__(self, folder):
        self.folder, self.started = folder, {}

    def start(self, name, command, **env):
        with open(os.path.join(self.folder, name + ".log"), "ab") as log:
            self.started[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, "PATH": SBIN, "MEMWALL_TEST_DAEMON": f"{self.folder}:{name}", **env})

    def descendants(self, name):
        """It, what it started, and jobs, whose environment is that of `sbatch`: Slurm adds the name of the node."""
        mark = f"MEMWALL_TEST_DAEMON={self.folder}:{name}\0".encode()
        node = f"SLURMD_NODENAME={name}\0".encode(), self.folder.encode()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as f:
                    environment = f.read() + b"\0"
                if mark in environment or all(part in environment for part in node):
                    yield int(pid)
            except OSError:
                pass

    def kill(self, name):
        """Ends it and all that it started, at once, as a failing machine does."""
        for _ in range(3):  # processes can start others meanwhile
            for pid in list(self.descendants(name)):
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
        p = self.started.pop(name, None)
        if p:
            p.kill()
            p.wait()

    def stop(self):
        for name in list(self.started):
            self.kill(name)


class Slurm(Daemons):
    """A controller and four nodes; node1 to node3 have feature `same`, node4 has feature `other`."""

    def __init__(self, folder):
        super().__init__(folder)
        host = os.uname().nodename
        ports = free_ports(5)
        self.conf = os.path.join(folder, "slurm.conf")
        nodes = "".join(
            f"NodeName={n} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={os.cpu_count()} RealMemory=500 "
            f"Feature={'other' if n == 'node4' else 'same'}\n" for n, port in zip(NAMES, ports))
        # No cgroups, no systemd, no task plugin: containers lack what they need.
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(f"ClusterName=memwall\nSlurmctldHost={host}(127.0.0.1)\nSlurmctldPort={ports[4]}\n"
                    f"AuthType=auth/munge\nAuthInfo=socket={folder}/munge.socket\nSlurmUser=root\nSlurmdUser=root\n"
                    f"StateSaveLocation={folder}/state\nSlurmdSpoolDir={folder}/spool-%n\n"
                    f"SlurmctldPidFile={folder}/slurmctld.pid\nSlurmdPidFile={folder}/slurmd-%n.pid\n"
                    "ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nMpiDefault=none\n"
                    "JobAcctGatherType=jobacct_gather/none\nSelectType=select/cons_tres\n"
                    "SelectTypeParameters=CR_Core\nSchedulerParameters=sched_interval=2,bf_interval=2\n"
                    "ReturnToService=2\nSlurmdTimeout=4\nSlurmctldTimeout=4\nMessageTimeout=5\nKillWait=2\n"
                    "SlurmdParameters=config_overrides\n" + nodes +
                    "PartitionName=main Nodes=node[1-4] Default=YES MaxTime=INFINITE State=UP\n")
        os.environ["SLURM_CONF"] = self.conf
        os.makedirs(os.path.join(folder, "state"))
        with open(os.path.join(folder, "munge.key"), "wb") as f:
            f.write(os.urandom(1024))
        os.chmod(f.name, 0o400)
        self.start("munged", ["munged", "--foreground", "--force", *(
            f"--{o}={folder}/munge.{o.split('-')[0]}" for o in ("key-file", "socket", "pid-file", "seed-file"))])
        wait_for(lambda: os.path.exists(f"{folder}/munge.socket"), 10)
        self.start_controller()
        for n in NAMES:
            self.start_node(n)
        self.ready = wait_for(lambda: self.idle() == NAMES, 30)

    def start_controller(self):
        self.start("slurmctld", ["slurmctld", "-D", "-f", self.conf])

    def stop_controller(self):
        """As an administrator does; it saves its state."""
        self.started["slurmctld"].terminate()
        self.started.pop("slurmctld").wait()

    def start_node(self, name):
        os.makedirs(os.path.join(self.folder, "spool-" + name), exist_ok=True)
        self.start(name, named(name, ["slurmd", "-D", "-N", name, "-f", self.conf]))

    def idle(self):
        return sorted(run("sinfo", "--noheader", "--Node", "--states=idle", "--format=%N").stdout.split())

    def jobs(self):
        """[(array task, state, node)] of the queue."""
        out = run("squeue", "--noheader", "--array", "--format=%K %T %N").stdout
        return [tuple((line + " ").split(" ")[:3]) for line in out.splitlines()]

    def delayed(self):
        """Jobs that were queued again and may begin later only."""
        out = run("squeue", "--noheader", "--array", "--states=PENDING", "--format=%i %r").stdout
        return [line.split()[0] for line in out.splitlines() if line.endswith(" BeginTime")]


class Hosts(Daemons):
    """Four hosts with sshd on loopback, a throw-away key, and a home each."""

    def __init__(self, folder):
        super().__init__(folder)
        os.makedirs("/run/sshd", exist_ok=True)  # sshd wants it to exist
        for key in ("key", "hostkey"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", os.path.join(folder, key), check=True)
        self.config = os.path.join(folder, "config")
        self.ports = dict(zip(NAMES, free_ports(4)))
        with open(self.config, "w", encoding="utf-8") as f:
            for n, port in self.ports.items():
                os.makedirs(self.home(n))
                f.write(f"Host {n}\n HostName 127.0.0.1\n Port {port}\n IdentityFile {folder}/key\n HostKeyAlias {n}\n"
                        f" UserKnownHostsFile {folder}/known\n StrictHostKeyChecking accept-new\n LogLevel ERROR\n")
        for n in NAMES:
            self.start_host(n)
        self.ready = wait_for(lambda: all(self.answers(n) for n in NAMES), 20)

    def home(self, name):
        return os.path.join(self.folder, "home-" + name)

    def start_host(self, name):
        options = {"ListenAddress": f"127.0.0.1:{self.ports[name]}", "HostKey": f"{self.folder}/hostkey",
                   "AuthorizedKeysFile": f"{self.folder}/key.pub", "StrictModes": "no", "UsePAM": "no",
                   "PidFile": "none", "PasswordAuthentication": "no", "PermitRootLogin": "yes",
                   "SetEnv": f"MEMWALL_TEST_DAEMON={self.folder}:{name}",
                   "ForceCommand": f'cd {self.home(name)} && exec sh -c "$SSH_ORIGINAL_COMMAND"'}
        words = [w for key, value in options.items() for w in ("-o", f"{key}={value}")]
        sshd = shutil.which("sshd", path=SBIN)
        self.start(name, named(name, [sshd, "-D", "-e", "-f", "/dev/null", *words]))

    def answers(self, name):
        return run("ssh", "-F", self.config, "-o", "BatchMode=yes", name, "true").returncode == 0
