"""Ask an ONVIF device once what it is and offers, to add or to recognise it."""

from dataclasses import dataclass

from ..base import DoorbellError, EventKind
from .answers import Identity, Streams
from .client import OnvifClient
from .events import kinds_of
from .lenses import Lens, WhichLens, find_lenses, find_streams, lens_in
from .pull import topics_of


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceFacts:
    """What a device says when it is asked once; `streams` are those of `lens`."""

    identity: Identity
    lenses: tuple[Lens, ...]
    lens: Lens
    streams: Streams
    offers: frozenset[EventKind]
    clock_offset: float | None


async def ask_device(
    host: str,
    port: int,
    username: str | None,
    password: str | None,
    *,
    lens: str | None = None,
    choose: bool = False,
) -> DeviceFacts:
    """Ask a device who it is, where the video of a lens is, what it tells of.

    Without a lens it is the first one, or, to `choose`, the only one. Raises `WhichLens`
    when that is not there, and `DoorbellError`.
    """
    client = OnvifClient(host, port, username, password)
    try:
        await client.connect()
        identity = await client.identity()
        if not identity.unique:
            raise DoorbellError("no_identity")
        lenses = (await find_lenses(client)).lenses
        one: Lens | None = lenses[0]
        if lens is not None:
            one = lens_in(lenses, lens)
        elif choose and len(lenses) > 1:
            one = None
        if one is None:
            raise WhichLens(identity, lenses)
        return DeviceFacts(
            identity=identity,
            lenses=lenses,
            lens=one,
            streams=await find_streams(client, one),
            offers=kinds_of(await topics_of(client)),
            clock_offset=client.clock_offset,
        )
    finally:
        await client.close()


async def ask_identity(
    host: str, port: int, username: str | None, password: str | None
) -> Identity:
    """Ask a device only who it is. Raises `DoorbellError`."""
    client = OnvifClient(host, port, username, password)
    try:
        await client.connect()
        return await client.identity()
    finally:
        await client.close()
