"""Run several officers at once, and kill them (SIGKILL) where the jobs say.

The program reads a list of jobs as one JSON line, and forks an officer for each: its commands and
its kill point `[call, number, moment]`, such as the second `pwrite` and `before`, `half` or
`after` it. It prints the result of each command, and with `tell` the names of the calls.
"""

from collections.abc import Callable
import io
import json
import os
import signal
import sys
from typing import Any

from agency.doorwatch_agency.cli import main

_CALLS = ("pwrite", "rename", "replace")


class _Calls:
    """Count the calls that change files, and kill the officer at the chosen call."""

    def __init__(self, kill_at: list[str | int] | None) -> None:
        self.names: list[str] = []
        self._kill_at = kill_at
        for name in _CALLS:
            setattr(os, name, self._watch(name, getattr(os, name)))

    def _watch(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            call = [name, self.names.count(name)]
            self.names.append(name)
            if [*call, "before"] == self._kill_at:
                _die()
            if [*call, "half"] == self._kill_at:
                file, data, offset = args
                real(file, data[: len(data) // 2], offset)
                _die()
            result = real(*args, **kwargs)
            if [*call, "after"] == self._kill_at:
                _die()
            return result

        return watched


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _work(number: int, job: dict[str, Any]) -> None:
    out = os.dup(1)
    calls = _Calls(job["kill_at"])
    for command in job["commands"]:
        sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
        code = main(command)
        said = sys.stdout.getvalue() + sys.stderr.getvalue()
        told = {"officer": number, "command": command[0], "code": code, "said": said}
        os.write(out, (json.dumps(told) + "\n").encode())
    if job.get("tell"):
        os.write(out, (json.dumps({"calls": calls.names}) + "\n").encode())


def run() -> None:
    """Start all officers at once, and wait for them."""
    jobs = json.loads(sys.stdin.readline())
    begin, go = os.pipe()
    children = []
    for number, job in enumerate(jobs):
        child = os.fork()
        if child == 0:
            os.close(go)
            os.read(begin, 1)  # until all officers are forked
            _work(number, job)
            os._exit(0)
        children.append(child)
    os.close(go)
    ends = [os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in children]
    os.write(1, (json.dumps({"ends": ends}) + "\n").encode())


if __name__ == "__main__":
    run()
