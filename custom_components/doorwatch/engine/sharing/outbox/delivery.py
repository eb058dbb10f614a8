"""Brings a file to a tus server, from where the server has it; or takes it back."""

from asyncio import gather, get_running_loop, wait
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

from ...outside.door import Outside
from ..errors import DeliveryError
from .tus import ContradictedError, OffsetChangedError, TusClient, UploadGoneError

_BLOCK: Final = 256 * 1024  # bytes; larger ones gain no speed, smaller ones lose it
# Seconds in which not one block went out, or no answer came after the last one.
_STALLED: Final = 120.0
# A second creation, or a second look at the offset, mends what it can; a third is
# a server that contradicts itself and may be better tomorrow.
_TRIES: Final = 3


class Dropped(StrEnum):
    """Why an upload is not gone on with, so that another one begins."""

    GONE = "gone"  # the server knows of none
    REMOVED = "removed"  # the server contradicted itself about it, and removed it
    LEFT = "left"  # the same, but it removes none
    EMPTY = (
        "empty"  # the server says it has none of the bytes that left, and removed it
    )
    EMPTY_LEFT = "empty_left"  # the same, but it removes none


async def upload(
    outside: Outside,
    *,
    endpoint: str,
    local: bool,
    path: Path,
    metadata: Mapping[str, str],
    upload_code: str | None,
    upload_url: str | None,
    on_url: Callable[[str], Awaitable[None]],
    on_progress: Callable[[int], None],
    on_sending: Callable[[int], Awaitable[None]] | None = None,
    acknowledged: int = 0,
    sent: int | None = None,
    on_acknowledged: Callable[[int], Awaitable[None]] | None = None,
    on_dropped: Callable[[Dropped], Awaitable[None]] | None = None,
) -> None:
    """Upload the file, from where the server has it.

    `metadata` is what the creation tells of it besides its size.
    `on_url` is awaited (and must store durably) before the first byte. `on_sending` is
    awaited with the offset right before bytes leave, and may raise to stop them.
    `on_progress` gets the number of bytes that the server has or that are on their way.

    `acknowledged` is how many bytes the server said that it has of `upload_url`, `sent`
    how many left at most (None: perhaps all). A server that has fewer than the one or more
    than the other lost or doubled bytes, or mixed two up: its upload is removed where that
    can be, and another one begun. So is one of which bytes left and the server has none,
    since they may still come. `on_acknowledged` is awaited with what a server took of
    what was sent, and `on_dropped` with why an upload is not gone on with; both must store
    durably, the latter before another one is made, and it may raise to stop that.

    Raises `DeliveryError` with `permanent` set for what a retry cannot mend:
    `agency_unauthorized` 401/403, `agency_too_large` 413, `agency_refused` other 4xx,
    `agency_moved` (redirect, or a Location on another origin); and not permanent:
    `agency_unavailable` (5xx, 408, 423, 425, 429, reset, timeout, half a response). A
    resumed upload that is gone (404/410) starts anew. Raises `OSError` when the file
    cannot be read.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="doorwatch-upload")
    loop = get_running_loop()
    try:
        file = await loop.run_in_executor(pool, path.open, "rb")
        try:
            size = (await loop.run_in_executor(pool, path.stat)).st_size
            client = TusClient(outside, endpoint, local, upload_code)
            sending = _Sending(client, pool, file, size, on_sending, on_progress)
            sending.most = size if sent is None else sent
            told = _Told(on_url, on_acknowledged, on_dropped)
            await _deliver(client, sending, metadata, upload_url, acknowledged, told)
        finally:
            await loop.run_in_executor(pool, file.close)
    except BaseException as err:
        # Whoever was cancelled waits for no disk; else the thread has nothing to do.
        pool.shutdown(wait=isinstance(err, Exception))
        raise
    pool.shutdown()


class TakenBack(StrEnum):
    """What became of an upload that was to be taken back."""

    REMOVED = "removed"  # a part of it was there, and the server removed it
    GONE = "gone"  # the server knows of none
    ARRIVED = "arrived"  # all of it was there already


async def take_back(
    outside: Outside,
    *,
    endpoint: str,
    local: bool,
    upload_code: str | None,
    upload_url: str,
    size: int,
    on_part: Callable[[int], Awaitable[None]],
) -> TakenBack:
    """Ask the server how much of an upload it has, and to remove it unless that is all.

    `on_part` is awaited with the number of bytes (and must store it durably) before the
    server removes them. Raises `DeliveryError` like `upload`.
    """
    client = TusClient(outside, endpoint, local, upload_code)
    if not client.on_same_origin(upload_url):
        raise DeliveryError("agency_moved", permanent=True)
    try:
        arrived = await client.offset(upload_url, size)
        if arrived == size:
            return TakenBack.ARRIVED
        await on_part(arrived)
        # It may expire just now, or an earlier answer got lost.
        with suppress(UploadGoneError):
            await client.request("DELETE", upload_url)
    except UploadGoneError, ContradictedError:
        return TakenBack.GONE  # more than was ever sent is not this upload
    except OffsetChangedError:
        raise DeliveryError("agency_unavailable", permanent=False) from None
    return TakenBack.REMOVED


class _Sending:
    """The file on its way: blocks read ahead on a thread, a limit on standing still."""

    def __init__(
        self,
        client: TusClient,
        pool: ThreadPoolExecutor,
        file: BinaryIO,
        size: int,
        on_sending: Callable[[int], Awaitable[None]] | None,
        on_progress: Callable[[int], None],
    ) -> None:
        self.size = size
        self._client = client
        self._pool = pool
        self._file = file
        self.most = 0  # bytes of this upload that may have left
        self._on_sending = on_sending
        self.on_progress = on_progress
        self._read_error: OSError | None = None
        self._moved = 0.0  # when the last block left, on the loop's clock

    async def send(self, url: str, offset: int) -> int:
        """Send the rest in one request and return the server's new offset."""
        if self._on_sending is not None:
            await self._on_sending(offset)
        self._moved = get_running_loop().time()
        try:
            return await self._unless_stalled(
                self._client.send(url, offset, self.size, self._blocks(offset))
            )
        except DeliveryError:
            if self._read_error is not None:
                raise self._read_error from None
            raise

    async def _unless_stalled[Result](
        self, request: Coroutine[None, None, Result]
    ) -> Result:
        """Return the request's result, as long as something moves.

        A deadline that the blocks push on would not do: aiohttp reads them in another
        task, and `time_limit` cancels the task that entered it.
        """
        loop = get_running_loop()
        task = loop.create_task(request)
        try:
            while not task.done():
                left = self._moved + _STALLED - loop.time()
                if left <= 0:
                    raise DeliveryError("agency_unavailable", permanent=False)
                await wait({task}, timeout=left)
            return task.result()
        finally:
            task.cancel()
            await gather(task, return_exceptions=True)

    async def _blocks(self, offset: int) -> AsyncGenerator[bytes]:
        """Yield the file from the offset on, the next block being read meanwhile."""
        loop = get_running_loop()

        def read(start: int) -> bytes:
            self._file.seek(start)
            return self._file.read(min(_BLOCK, self.size - start))

        ahead = loop.run_in_executor(self._pool, read, offset)
        try:
            while block := await ahead:
                self._moved = loop.time()
                offset += len(block)
                self.most = max(self.most, offset)
                self.on_progress(offset)  # before: nothing leaves uncounted
                ahead = loop.run_in_executor(self._pool, read, offset)
                yield block
        except OSError as error:
            self._read_error = error
            raise
        finally:
            ahead.cancel()


class _EmptyError(Exception):
    """The server has nothing of an upload of which bytes left."""


def _check_begun(offset: int, acknowledged: int, sent: int) -> None:
    """Raise if bytes left and the server has none: it may append them later."""
    if offset == acknowledged == 0 and sent > 0:
        raise _EmptyError


def _credible(offset: int, acknowledged: int, sent: int) -> int:
    """Return an offset that is no less than the server had, and no more than left."""
    if not acknowledged <= offset <= sent:
        raise ContradictedError
    return offset


@dataclass(frozen=True, slots=True)
class _Told:
    """Who hears what an upload comes to, and stores it."""

    url: Callable[[str], Awaitable[None]]
    acknowledged: Callable[[int], Awaitable[None]] | None
    dropped: Callable[[Dropped], Awaitable[None]] | None


async def _deliver(
    client: TusClient,
    sending: _Sending,
    metadata: Mapping[str, str],
    url: str | None,
    acknowledged: int,
    told: _Told,
) -> None:
    """Create, look, send, until the server has all of it."""
    if url is not None and not client.on_same_origin(url):
        url = None
    known = url is not None  # whether somebody asked how much of it there is
    for _ in range(_TRIES):
        dropped = Dropped.GONE
        try:
            if url is None:
                known = False
                url = await client.create(metadata, sending.size)
                await told.url(url)
            # Also after a creation: a server that knows the share already (we were
            # killed before we could note the address) says how much of it it has.
            offset = await client.offset(url, sending.size)
            if offset == 0 and not known:
                acknowledged = 0
            else:
                _check_begun(offset, acknowledged, sending.most)
            known = True
            acknowledged = _credible(offset, acknowledged, sending.most)
            if offset < sending.size:
                offset = await sending.send(url, offset)
                acknowledged = _credible(offset, acknowledged, sending.most)
            if offset == sending.size:
                sending.on_progress(offset)
                return
            if told.acknowledged is not None:
                await told.acknowledged(offset)
            continue
        except UploadGoneError:
            if url is None:  # the endpoint itself is not there
                raise DeliveryError("agency_refused", permanent=True) from None
        except OffsetChangedError:
            if url is None:  # the server has this share, with another size
                raise DeliveryError("agency_refused", permanent=True) from None
            continue
        except (ContradictedError, _EmptyError) as err:
            removed = url is None or await client.remove(url)
            if isinstance(err, _EmptyError):
                dropped = Dropped.EMPTY if removed else Dropped.EMPTY_LEFT
            else:
                dropped = Dropped.REMOVED if removed else Dropped.LEFT
            # Of the next one nothing was sent: a server that goes on with what it has
            # of this one contradicts itself again.
            sending.most = acknowledged = 0
        url = None
        if told.dropped is not None:
            await told.dropped(dropped)
    raise DeliveryError("agency_unavailable", permanent=False)
