"""Plan the faults and their order from a seed."""

from dataclasses import dataclass
import random
from typing import Final

# The weight of each fault, out of about a hundred. Most connections survive the faults
# of the first group. The second group ends connections. The third group waits for the
# next connection and affects its first messages.
GENTLE: Final = {
    "stall": 8,  # nothing is forwarded for a moment
    "delay": 6,  # each packet is delayed by a different time
    "drip": 5,  # a few bytes at a time
    "corrupt_payload": 10,  # video and audio
    "corrupt_rtp_header": 7,  # sequence number, timestamp, payload type
    "corrupt_rtcp": 3,  # the camera's sender reports
    "drop_packet": 8,
    "double_packet": 7,
    "swap_packets": 4,
    "corrupt_question": 2,  # requests of the client
}
HARSH: Final = {
    "long_stall": 2,  # longer than any timeout
    "reset": 5,  # RST to both sides
    "cut": 4,  # FIN to both sides
    "half_close_client": 4,  # the client gets a FIN, the server nothing
    "half_close_server": 4,
    "corrupt_frame": 5,  # invalid lengths in the four bytes before a packet
    "drop_bytes": 3,
    "double_bytes": 3,
    "garbage": 3,  # random bytes between packets
}
GREETING: Final = {
    "refuse": 2,  # connections are refused
    "mute": 2,  # accepts connections but sends nothing
    "text_corrupt": 3,
    "text_cut": 3,  # ends in the middle of a response
    "text_reset": 2,
    "text_missing": 1,  # a response that never arrives
    "text_garbage": 2,
}
KINDS: Final = GENTLE | HARSH | GREETING


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One fault with all its random parameters.

    `seconds` is the duration of faults that last, `amount` the number of packets or
    bytes affected, `answer` the index of the response of a new connection, and `seed`
    the seed of the random bytes.
    """

    number: int
    kind: str
    seconds: float
    amount: int
    answer: int
    seed: str

    def __str__(self) -> str:
        """Return all that is needed to replay the fault."""
        return (
            f"fault {self.number} {self.kind} ({self.seconds:.2f} s, {self.amount},"
            f" answer {self.answer}, seed {self.seed!r})"
        )


def plan(seed: int, count: int) -> list[Fault]:
    """Return the faults of a seed; a longer plan starts with the shorter one."""
    faults: list[Fault] = []
    for number in range(count):
        own = f"{seed}:{number}"
        chance = random.Random(own)
        kind = chance.choices([*KINDS], [*KINDS.values()])[0]
        faults.append(
            Fault(
                number=number,
                kind=kind,
                seconds=_seconds(kind, chance),
                amount=chance.randint(1, 8),
                answer=chance.randint(0, 4),
                seed=own,
            )
        )
    return faults


def _seconds(kind: str, chance: random.Random) -> float:
    if kind == "long_stall":
        return chance.uniform(2.0, 3.0)
    if kind in {"refuse", "mute"}:
        return chance.uniform(0.2, 1.0)
    return chance.uniform(0.05, 0.6)
