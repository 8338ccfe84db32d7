"""The processes of a run on several machines, as environment variables describe them."""

import json
import os
import subprocess
from collections.abc import Sequence

from voxelpose.errors import InputError


def worker_count() -> int:
    """How many workers TF_CONFIG names; InputError if it is not set or cannot be read."""
    text = os.environ.get("TF_CONFIG", "nothing")
    try:
        told = json.loads(text)
        workers, task = told["cluster"]["worker"], told["task"]
        if task["type"] == "worker" and 0 <= task["index"] < len(workers) and told["cluster"].keys() == {"worker"}:
            return len(workers)
    except (ValueError, KeyError, TypeError):
        pass
    raise InputError(
        'Expected TF_CONFIG of the form {"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", '
        f'"index": 0}}}}, the index below the number of workers. Received: {text}.'
    )


def slurm_config() -> str:
    """TF_CONFIG of a task of this job step, one task per node, in the order that SLURM gives them."""
    told = {name: os.environ.get(f"SLURM_{name}", "") for name in ("JOB_ID", "JOB_NODELIST", "PROCID", "NTASKS")}
    missing = [f"SLURM_{name}" for name, value in told.items() if not value]
    if missing:
        raise InputError(f"Expected a task that srun started for devices.use: slurm. Not set: {', '.join(missing)}.")
    asked = ["scontrol", "show", "hostnames", told["JOB_NODELIST"]]
    try:
        hosts = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError) as error:
        raise InputError(f"Expected scontrol to name the nodes {told['JOB_NODELIST']}. Received: {error}.") from error
    if len(hosts) != int(told["NTASKS"]):
        raise InputError(
            f"Expected one task per node for devices.use: slurm (srun --ntasks-per-node=1). "
            f"Received: {told['NTASKS']} tasks on {len(hosts)} nodes."
        )
    port = 20000 + int(told["JOB_ID"]) % 20000
    return cluster_config([f"{host}:{port}" for host in hosts], int(told["PROCID"]))


def cluster_config(addresses: Sequence[str], index: int) -> str:
    """The value of TF_CONFIG for worker `index` of those at the addresses ("host:port")."""
    return json.dumps({"cluster": {"worker": list(addresses)}, "task": {"type": "worker", "index": index}})
