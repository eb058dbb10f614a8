"""Bytes of a part that wait in the memory of an intake on a bucket."""

import json
import subprocess

from tests.repository import ROOT

SCRATCH = ROOT / "agency/intake/bucket/scratch.js"
# A slow client, or an attacker, may send single bytes.
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
    """Separate buffers would take a hundred times the memory of the bytes."""
    command = ["node", "--expose-gc", "--input-type=module", "-e", SCRIPT, str(SCRATCH)]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=60
    )
    said = json.loads(done.stdout)
    assert said["right"]
    assert said["grown"] < 2_000_000
