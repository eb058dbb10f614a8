"""Run nginx in front of intakes, with the site file that agencies install."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
import os
from pathlib import Path
import subprocess

from tests.servers import PATH, running


def replaced(text: str, changes: Mapping[str, str]) -> str:
    """Replace each key with its value; fail if a key is not in the text."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@contextmanager
def behind_nginx(
    site: Path, changes: Mapping[str, str], folder: Path, port: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Run nginx on `port` with a site file, modified by `changes`.

    The files of nginx are written to `folder`, which must exist.
    """
    scratch = "".join(
        f"  {name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    conf, log = folder / "nginx.conf", folder / "start.log"
    become = "user root;\n" if os.geteuid() == 0 else ""
    conf.write_text(
        f"{become}pid {folder}/nginx.pid;\nerror_log {log};\nevents {{}}\n"
        f"http {{\n{scratch}{replaced(site.read_text(), changes)}\n}}\n"
    )
    command = ("nginx", "-p", str(folder), "-e", str(log), "-c", str(conf))
    looked = subprocess.run(
        [*command, "-t"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"PATH": PATH},
    )
    assert looked.returncode == 0, looked.stderr
    said = folder / "output.log"
    with running(port, said, *command, "-g", "daemon off;") as process:
        yield process
