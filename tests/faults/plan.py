"""What goes wrong, in which order: a function of a seed and nothing else."""

from dataclasses import dataclass
import random
from typing import Final

# How often each fault comes, of about a hundred. Those of the first group leave most
# connections alive; those of the second end them; those of the third wait for the next
# connection and meet its first words.
GENTLE: Final = {
    "stall": 8,  # nothing goes through for a moment
    "delay": 6,  # each packet comes a little late, one more than the other
    "drip": 5,  # a few bytes at a time
    "corrupt_payload": 10,  # pictures and sound
    "corrupt_rtp_header": 7,  # sequence number, time, kind
    "corrupt_rtcp": 3,  # the camera's report on its clocks
    "drop_packet": 8,
    "double_packet": 7,
    "swap_packets": 4,
    "corrupt_question": 2,  # what the client says
}
HARSH: Final = {
    "long_stall": 2,  # longer than anybody waits
    "reset": 5,  # RST to both
    "cut": 4,  # FIN to both
    "half_close_client": 4,  # the client hears the end, the server nothing
    "half_close_server": 4,
    "corrupt_frame": 5,  # the four bytes before a packet: lengths that are none
    "drop_bytes": 3,
    "double_bytes": 3,
    "garbage": 3,  # random bytes in between
}
GREETING: Final = {
    "refuse": 2,  # nobody listens
    "mute": 2,  # accepts, and says nothing
    "text_corrupt": 3,
    "text_cut": 3,  # ends in the middle of an answer
    "text_reset": 2,
    "text_missing": 1,  # an answer that never comes
    "text_garbage": 2,
}
KINDS: Final = GENTLE | HARSH | GREETING


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One fault, with all that is random about it.

    `seconds` is how long it lasts where it lasts, `amount` how many packets or bytes it
    takes, `answer` which answer of a new connection it meets, and `seed` what its bytes
    are drawn from.
    """

    number: int
    kind: str
    seconds: float
    amount: int
    answer: int
    seed: str

    def __str__(self) -> str:
        """Tell enough to play it again."""
        return (
            f"fault {self.number} {self.kind} ({self.seconds:.2f} s, {self.amount},"
            f" answer {self.answer}, seed {self.seed!r})"
        )


def plan(seed: int, count: int) -> list[Fault]:
    """Return the faults of a seed; a longer plan begins with the shorter one."""
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
