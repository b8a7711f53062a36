"""The machine and the versions behind a measurement."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from threadpoolctl import threadpool_info

PACKAGES = ("trainwell", "numpy", "numba", "scikit-learn", "torch", "jax", "jaxlib", "joblib")


def installed(package: str) -> bool:
    """Return whether a package can be imported."""
    return find_spec(package) is not None


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def thread_counts() -> tuple[int, ...]:
    """Return the numbers of threads worth a trial: 1, and 2 where there are two cores."""
    return (1, 2) if cores() > 1 else (1,)


def threads_in_words(threads: int) -> str:
    """Return a number of threads with its noun."""
    return f"{threads} thread{'s' * (threads > 1)}"


def processor() -> str:
    """Return the model of the processor, as well as the system tells it."""
    table = Path("/proc/cpuinfo")
    if table.exists():
        for line in table.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def machine() -> Mapping[str, object]:
    """Describe the machine: processor, cores, versions and linear algebra."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    blas = [
        f"{pool['internal_api']} {pool['version']} ({pool.get('architecture', 'unknown')})"
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    ]
    return {
        "processor": processor(),
        "cores": cores(),
        "cores of the machine": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": versions,
        "blas": sorted(set(blas)),
    }
