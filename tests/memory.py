"""How much memory a process has had at most."""

from pathlib import Path


def peak() -> int:
    """Return the most that this process has had, in kB.

    `getrusage` doesn't say so: what it returns begins with what the process that started
    this one had.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == "VmHWM":
            return int(rest.split()[0])
    raise RuntimeError("the system doesn't say")
