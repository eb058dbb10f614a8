"""Events of `soak`: visitors, and a failing network."""

import asyncio
from dataclasses import dataclass
import random

import aiohttp

from tests.faults.plan import Fault
from tests.faults.proxy import Line
from tests.onvif_device.device import OnvifDevice

# Faults after which no frame may be missing within a file: they end connections, or
# delay them by less than a server's timeout.
FAULTS = ("reset", "cut", "half_close_client", "refuse", "mute", "stall")
FAULT_EVERY = 40.0  # mean seconds, over all doorbells
VISIT_EVERY = 60.0  # mean seconds, for each doorbell
# Events of a busy home, to calculate how many days a run is worth.
VISITS_A_DAY = 40  # at each doorbell
FAULTS_A_DAY = 24  # over all doorbells


@dataclass(slots=True)
class Happened:
    """The events so far, at a multiple of the usual pace."""

    pace: float
    visits: int = 0
    faults: int = 0

    async def wait(self, chance: random.Random, usual: float) -> None:
        """Wait for a random time around this number of seconds, divided by the pace."""
        await asyncio.sleep(chance.uniform(0.2, 1.8) * usual / self.pace)

    def tell(self, doors: int) -> None:
        """Print how many days would have as many events."""
        print(
            f"{self.visits} visits, {self.faults} faults: as many as"
            f" {self.visits / doors / VISITS_A_DAY:.1f} and"
            f" {self.faults / FAULTS_A_DAY:.1f} days of a busy home",
            flush=True,
        )


async def press(device: OnvifDevice, chance: random.Random, happened: Happened) -> None:
    """Simulate visits to a device that reports its own events."""
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
    """Simulate visits to a doorbell."""
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
    """Simulate network failures."""
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
