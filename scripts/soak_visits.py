"""What happens to the home that `soak` lets run: visitors, and a network that fails."""

import asyncio
from dataclasses import dataclass
import random

import aiohttp

from tests.faults.plan import Fault
from tests.faults.proxy import Line
from tests.onvif_device.device import OnvifDevice

# Faults after which no frame may be missing inside of a file: they end connections, or
# hold them up for less than a server's patience.
FAULTS = ("reset", "cut", "half_close_client", "refuse", "mute", "stall")
FAULT_EVERY = 40.0  # seconds, about, over all doorbells
VISIT_EVERY = 60.0  # seconds, about, for each doorbell
# What a busy home sees; so a run tells how many days of one it was worth.
VISITS_A_DAY = 40  # at each doorbell
FAULTS_A_DAY = 24  # over all


@dataclass(slots=True)
class Happened:
    """What happened to the home so far, at so many times the usual pace."""

    pace: float
    visits: int = 0
    faults: int = 0

    async def wait(self, chance: random.Random, usual: float) -> None:
        """Wait for about so many seconds, less at a faster pace."""
        await asyncio.sleep(chance.uniform(0.2, 1.8) * usual / self.pace)

    def tell(self, doors: int) -> None:
        """Print how many days would have brought as much."""
        print(
            f"{self.visits} visits, {self.faults} faults: as many as"
            f" {self.visits / doors / VISITS_A_DAY:.1f} and"
            f" {self.faults / FAULTS_A_DAY:.1f} days of a busy home",
            flush=True,
        )


async def press(device: OnvifDevice, chance: random.Random, happened: Happened) -> None:
    """Have somebody at the door of a device that tells of it by itself."""
    while True:
        await happened.wait(chance, VISIT_EVERY)
        happened.visits += 1
        if chance.random() < 0.5:
            device.ring()
        else:
            device.motion(True)
            await asyncio.sleep(chance.uniform(1, 10))
            device.motion(False)


async def visit(
    url: str, webhook: str, chance: random.Random, happened: Happened
) -> None:
    """Have somebody at a door now and then."""
    async with aiohttp.ClientSession() as session:
        while True:
            await happened.wait(chance, VISIT_EVERY)
            happened.visits += 1
            event = chance.choice(("ring", "motion"))
            address = f"{url}/api/webhook/{webhook}"
            async with session.post(address, json={"event": event}) as answer:
                answer.raise_for_status()
            if event == "motion":
                await asyncio.sleep(chance.uniform(1, 10))
                ended = {"event": "motion_ended"}
                async with session.post(address, json=ended) as answer:
                    answer.raise_for_status()


async def fail(lines: list[Line], chance: random.Random, happened: Happened) -> None:
    """Have a network that fails now and then."""
    while True:
        await happened.wait(chance, FAULT_EVERY)
        fault = Fault(
            number=happened.faults,
            kind=chance.choice(FAULTS),
            seconds=chance.uniform(0.1, 3),
            amount=1,
            answer=0,
            seed=f"soak {happened.faults}",
        )
        await chance.choice(lines).apply(fault)
        happened.faults += 1
