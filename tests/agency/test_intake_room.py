"""The number of parts in the memory of an intake on a bucket is limited."""

import json
import subprocess

from tests.repository import ROOT

ROOM = ROOT / "agency/intake/bucket/room.js"
# Seven calls want to use the two places; the third call waits too long.
SCRIPT = """
const { Room } = await import(process.argv[1]);
const room = new Room(2, 200);
let now = 0;
let most = 0;
let end;
const ends = new Promise((resolve) => { end = resolve; });
const work = async () => {
  now += 1;
  most = Math.max(most, now);
  await ends;
  now -= 1;
  throw new Error("it failed");
};
const early = [1, 2].map(() => room.use(work).catch(({ message }) => message));
const late = await room.use(work).catch(({ code, what }) => [code, what]);
const waiting = [1, 2, 3, 4].map(() => room.use(work).catch(({ message }) => message));
end();
const rest = await Promise.all([...early, ...waiting]);
console.log(JSON.stringify({ late, most, rest, after: await room.use(async () => now) }));
"""


def test_only_so_many_are_in_memory_and_no_one_waits_for_ever() -> None:
    """A call that waits too long fails with a slow bucket, and a failed call frees its place."""
    command = ["node", "--input-type=module", "-e", SCRIPT, str(ROOM)]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=60
    )
    assert json.loads(done.stdout) == {
        "late": ["too slow", "bucket"],
        "most": 2,
        "rest": ["it failed"] * 6,
        "after": 0,
    }
