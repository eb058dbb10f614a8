"""Reservations of unfinished uploads: their size, and limits on time and address."""

import json
from pathlib import Path
import subprocess

from tests.repository import ROOT

RESERVATIONS = ROOT / "agency/intake/src/reservations.js"
# The script sets the size and time of uploads; `free` is the free space of the disk.
SCRIPT = """
import fs from "node:fs/promises";
const { NO_ROOM, Reservations, callerOf, callers, clearReservations } = await import(
  process.argv[1]
);
const inbox = process.argv[2];
const folder = `${inbox}/.incoming`;
const MINUTE = 60_000;
let now = 1_000 * MINUTE;
const uploads = {};
const reservations = new Reservations({
  folder,
  now: () => now,
  look: async (id) => uploads[id] ?? { arrived: 0, lastByte: -Infinity },
});
const { free } = await reservations.state();
const request = (address, told) => ({
  headers: told === undefined ? {} : { "x-forwarded-for": told },
  socket: { remoteAddress: address },
});
const from = (told) => callerOf(request("127.0.0.1", told));
const hold = (id, part, told) =>
  callers.run(from(told), () => reservations.hold(id, Math.floor(free * part))).then(
    () => true,
    (error) => {
      if (error !== NO_ROOM) throw error;
      return false;
    },
  );
const came = (id, arrived) => { uploads[id] = { arrived, lastByte: now }; };
const shares = async () => ({ ...(await reservations.state()), free: undefined });
const found = {};
const A = "198.51.100.7";

// Two creations that fill the disk, of one byte each.
found.attack = [await hold("a", 0.45, A), await hold("b", 0.45, A), await hold("c", 0.1, A)];
came("a", 1);
found.others = [await hold("d", 0.3, "203.0.113.9"), await hold("e", 0.25, "203.0.113.9")];
now += 15 * MINUTE - 1;
found.before = await shares();
came("a", 2);
now += 1;
found.after = await shares();
found.lapsed = await hold("e", 0.27, "203.0.113.9"); // what d held is free again
now += 15 * MINUTE - 1;
found.later = await shares(); // a's last byte was a quarter of an hour ago
found.again = [await hold("a", 0.6, A), await hold("a", 0.36, A)]; // it sends more

await clearReservations(inbox, now);
found.cleared = await shares();
now += 1;
found.anew = await hold("a", 0.45, A);
came("a", 3);
found.kept = await shares();

// The clock is set back by an hour: nothing is held for so much longer.
now -= 60 * MINUTE;
found.back = await shares();

const started = new Reservations({ folder, now: () => now, look: async (id) => uploads[id] });
now = 5_000 * MINUTE;
uploads.f = { arrived: 10, lastByte: now - 14 * MINUTE };
uploads.g = { arrived: 10, lastByte: now - 15 * MINUTE };
await started.restore("f", 100);
await started.restore("g", 100);
found.started = { ...(await started.state()), free: undefined };

const same = (...each) => new Set(each).size === 1;
found.callers = {
  none: from(undefined) === undefined,
  odd: from("unknown") === undefined && from("") === undefined,
  home: same(from("2001:db8:1:2::1"), from("2001:0DB8:1:2:ffff::9"), from("2001:db8:1:2:0::")),
  street: same(from("2001:db8:1:2::1"), from("2001:db8:1:3::1")),
  short: same(from("2001:db8::1"), from("2001:db8:0:0:1::")),
  mapped: same(from("::ffff:198.51.100.7"), from(A)),
  last: same(from(`203.0.113.9, ${A}`), from(A)),
  direct: same(callerOf(request(A)), from(A)),
  secret: from(A).includes("198"),
};
console.log(JSON.stringify(found));
"""


def test_no_one_holds_all_of_the_space_and_no_one_for_long(tmp_path: Path) -> None:
    """Reservations lapse, one address can reserve half of the space, and a command clears them."""
    (tmp_path / ".incoming").mkdir()
    command = ["node", "--input-type=module", "-e", SCRIPT]
    done = subprocess.run(
        [*command, str(RESERVATIONS), str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    found = json.loads(done.stdout)
    assert found["attack"] == [True, False, False]
    assert found["others"] == [False, True]
    assert found["before"]["uploads"] == 2
    assert found["after"]["uploads"] == 1
    assert found["lapsed"]
    assert found["later"]["uploads"] == 1
    assert found["again"] == [False, True]
    assert found["cleared"] == {"bytes": 0, "uploads": 0}
    assert found["anew"]
    assert found["kept"]["uploads"] == 1
    assert found["back"] == {"bytes": 0, "uploads": 0}
    assert found["started"] == {"bytes": 90, "uploads": 1}
    assert found["callers"] == {
        "none": True,
        "odd": True,
        "home": True,
        "street": False,
        "short": True,
        "mapped": True,
        "last": True,
        "direct": True,
        "secret": False,
    }
