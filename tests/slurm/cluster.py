"""A real Slurm cluster of one node, on this machine: munged, slurmctld and slurmd, started by hand.

Everything lies in one folder and listens on the loopback interface only. There is no accounting, so
`sacct` is there and does not work, as at many small sites.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

CPUS = 12  # jobs at a time, however many cores the machine has
MEMORY_MB = 60_000
_DAEMONS = ("munged", "slurmctld", "slurmd")
_CLIENTS = ("sbatch", "srun", "scontrol", "squeue", "scancel", "sinfo")
_PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
_CONFIGURATION = """\
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CredType=cred/munge
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
ReturnToService=2
KillWait=5
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=100000
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory_mb} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def why_not() -> str | None:
    """What keeps a cluster from being started here."""
    missing = [name for name in _DAEMONS + _CLIENTS if shutil.which(name, path=_PATH) is None]
    if missing:
        return f"no {', '.join(missing)}: install slurm-wlm and munge"
    return None if os.geteuid() == 0 else "the daemons of a Slurm cluster are started by root"


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"it did not happen in {seconds:g} s: {what}"
        time.sleep(0.2)


@dataclass(frozen=True)
class Cluster:
    """A running cluster.

    Attributes:
        folder: its files
        host: the name of its node
    """

    folder: Path
    host: str

    @property
    def environment(self) -> dict[str, str]:
        """Environment for everything that talks to it."""
        return os.environ | {
            "SLURM_CONF": str(self.folder / "slurm.conf"),
            "PATH": f"{self.folder / 'bin'}:{_PATH}",
        }

    def run(self, *command: str) -> str:
        """What a client program of Slurm prints."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=30
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def jobs(self, *states: str) -> list[str]:
        """Ids of the jobs in one of the states (all that the controller remembers)."""
        chosen = ",".join(states) or "all"
        return self.run("squeue", "--noheader", f"--states={chosen}", "--format=%i").split()

    def details(self, job: str) -> dict[str, str]:
        """What the controller knows of a job, by its own names (`JobState`, `TimeLimit`, ...)."""
        words = self.run("scontrol", "--oneliner", "show", "job", job).split()
        return dict(word.split("=", 1) for word in words if "=" in word)

    def set_node(self, state: str) -> None:
        self.run("scontrol", "update", f"nodename={self.host}", f"state={state}", "reason=a test's")

    def submissions(self) -> int:
        """How many batch jobs it has been given."""
        return (self.folder / "slurmctld.log").read_text().count("_slurm_rpc_submit_batch_job: ")


@contextlib.contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """Start a cluster in an empty folder; at the end nothing of it is left running."""
    cluster = Cluster(folder, socket.gethostname().split(".")[0])
    _write_files(cluster)
    configuration = str(folder / "slurm.conf")
    try:
        _start(
            cluster,
            "munged",
            "--force",  # whatever the permissions of the folders above
            f"--key-file={folder / 'munge.key'}",
            f"--socket={folder / 'munge.sock'}",
            f"--pid-file={folder / 'munged.pid'}",
            f"--log-file={folder / 'munged.log'}",
            f"--seed-file={folder / 'munge.seed'}",
        )
        wait_for((folder / "munge.sock").exists, 20, "munged listens")
        _start(cluster, "slurmctld", "-f", configuration)
        _start(cluster, "slurmd", "-f", configuration)
        wait_for(lambda: "idle" in _node_state(cluster), 40, "the node is idle")
        yield cluster
    finally:
        _end(cluster)


def _write_files(cluster: Cluster) -> None:
    folder = cluster.folder
    for name in ("state", "spool", "bin"):
        (folder / name).mkdir()
    folder.chmod(0o755)
    key = folder / "munge.key"
    key.touch(0o400)
    key.write_bytes(secrets.token_bytes(1024))
    with socket.socket() as one, socket.socket() as other:
        for port in (one, other):
            port.bind(("127.0.0.1", 0))
        controller_port, node_port = (port.getsockname()[1] for port in (one, other))
    (folder / "slurm.conf").write_text(
        _CONFIGURATION.format(
            folder=folder,
            host=cluster.host,
            controller_port=controller_port,
            node_port=node_port,
            cpus=CPUS,
            memory_mb=MEMORY_MB,
        )
    )
    # the plugin takes SLURM_CONF from the environment of srun; sites have the file where it looks
    wrapper = folder / "bin" / "srun"
    srun = shutil.which("srun", path=_PATH)
    wrapper.write_text(f'#!/bin/sh\nSLURM_CONF="{folder / "slurm.conf"}" exec {srun} "$@"\n')
    wrapper.chmod(0o755)


def _start(cluster: Cluster, *command: str) -> None:
    """Start a daemon, which goes into the background by itself."""
    with (cluster.folder / f"{command[0]}.out").open("w") as output:
        done = subprocess.run(
            command, env=cluster.environment, stdout=output, stderr=output, timeout=30
        )
    assert done.returncode == 0, (cluster.folder / f"{command[0]}.out").read_text()


def _node_state(cluster: Cluster) -> str:
    done = subprocess.run(
        ["sinfo", "--noheader", "--format=%T"],
        env=cluster.environment,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done.stdout


def _end(cluster: Cluster) -> None:
    """End jobs, then daemons, each by its process id."""
    with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
        if jobs := cluster.jobs("pending", "running", "completing", "suspended"):
            cluster.run("scancel", *jobs)
            wait_for(lambda: not cluster.jobs("running", "completing"), 15, "jobs have ended")
    ending = []
    for daemon in reversed(_DAEMONS):
        with contextlib.suppress(OSError, ValueError, psutil.Error):
            process = psutil.Process(int((cluster.folder / f"{daemon}.pid").read_text()))
            if process.name().startswith(daemon):
                process.send_signal(signal.SIGTERM)
                ending.append(process)
    _, alive = psutil.wait_procs(ending, timeout=10)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=5)
