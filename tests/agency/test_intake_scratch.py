"""The bytes of a part that wait at an intake on a bucket."""

import json
import subprocess

from tests.repository import ROOT

SCRATCH = ROOT / "agency/intake/bucket/scratch.js"
# As a home sends them that has a lot of time, or wants the intake to have no memory.
SCRIPT = """
const { Scratch } = await import(process.argv[1]);
const scratch = new Scratch();
const used = () => { gc(); return process.memoryUsage().heapUsed; };
const before = used();
for (let n = 0; n < 200_000; n += 1) await scratch.add(Buffer.from([n % 256]));
const grown = used() - before;
const bytes = await scratch.take();
console.log(JSON.stringify({ grown, right: bytes.every((byte, n) => byte === n % 256) }));
"""


def test_bytes_that_come_one_by_one_take_little_memory() -> None:
    """They would take a hundred times what they are."""
    command = ["node", "--expose-gc", "--input-type=module", "-e", SCRIPT, str(SCRATCH)]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=60
    )
    said = json.loads(done.stdout)
    assert said["right"]
    assert said["grown"] < 2_000_000
