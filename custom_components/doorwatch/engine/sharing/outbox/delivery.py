"""Upload a file to a tus server, resume an upload, or remove it."""

from asyncio import gather, get_running_loop, wait
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

from ..errors import DeliveryError
from .tus import ContradictedError, OffsetChangedError, TusClient, UploadGoneError

_BLOCK: Final = 256 * 1024  # bytes; the optimum for speed
# Seconds without sending a block, or without an answer after the last block.
_STALLED: Final = 120.0
# Attempts to create an upload or to query its offset. After that, the server
# contradicts itself and the share is retried later.
_TRIES: Final = 3


class Dropped(StrEnum):
    """Why an upload is replaced with a new one."""

    GONE = "gone"  # the server does not know the upload
    REMOVED = "removed"  # the server contradicted itself, and removed the upload
    LEFT = "left"  # the same, but the server does not remove uploads
    EMPTY = "empty"  # the server has none of the sent bytes, and removed the upload
    EMPTY_LEFT = "empty_left"  # the same, but the server does not remove uploads


class _EmptyError(ContradictedError):
    """Bytes of an upload left, but the server has none: it may append them later."""


async def _ignore(_: object) -> None:
    """Ignore a change of an upload."""


@dataclass(eq=False, repr=False, kw_only=True)
class Upload:
    """Upload a file, starting at the server's offset.

    `metadata` is sent with the creation. `on_url` is awaited before the first byte and
    must store the address durably. `on_sending` is awaited with the offset right before
    bytes leave, and may raise to stop that. `on_progress` gets the number of bytes that
    have arrived or are being sent.

    `acknowledged` is the number of bytes of `url` that the server confirmed, `sent` the
    maximum that left (None: perhaps all). If the server has fewer than `acknowledged`
    or more than `sent`, it lost, duplicated or confused data: the upload is removed if
    possible, and a new one is created. The same happens if bytes left and the server
    has none, because they may still arrive. `on_acknowledged` is awaited with the new
    offset after sending, and `on_dropped` with the reason before an upload is replaced;
    both must store durably, and `on_dropped` may raise to stop.
    """

    client: TusClient
    path: Path
    metadata: Mapping[str, str]
    url: str | None
    acknowledged: int = 0
    sent: int | None = None
    on_url: Callable[[str], Awaitable[None]]
    on_progress: Callable[[int], None]
    on_sending: Callable[[int], Awaitable[None]] = _ignore
    on_acknowledged: Callable[[int], Awaitable[None]] = _ignore
    on_dropped: Callable[[Dropped], Awaitable[None]] = _ignore
    _pool: ThreadPoolExecutor = field(init=False)
    _file: BinaryIO = field(init=False)
    _size: int = field(init=False)
    _most: int = field(init=False)  # maximum number of bytes that left
    _read_error: OSError | None = None
    _moved: float = 0.0  # time of the last block, on the loop's clock

    async def run(self) -> None:
        """Upload the file.

        Raises `DeliveryError`, `permanent` for errors that a retry cannot fix:
        `agency_unauthorized` 401/403, `agency_too_large` 413, `agency_refused` other
        4xx, `agency_moved` (redirect, or a Location on another origin); not permanent:
        `agency_unavailable` (5xx, 408, 423, 425, 429, reset, timeout, incomplete
        response). If a resumed upload is gone (404/410), a new one is created. Raises
        `OSError` if the file cannot be read.
        """
        pool = self._pool = ThreadPoolExecutor(1, thread_name_prefix="doorwatch-upload")
        loop = get_running_loop()
        try:
            self._file = await loop.run_in_executor(pool, self.path.open, "rb")
            try:
                stat = await loop.run_in_executor(pool, self.path.stat)
                self._size = stat.st_size
                self._most = self._size if self.sent is None else self.sent
                await self._deliver()
            finally:
                await loop.run_in_executor(pool, self._file.close)
        except BaseException as err:
            # Don't wait for the disk after a cancellation; otherwise the thread is idle.
            pool.shutdown(wait=isinstance(err, Exception))
            raise
        pool.shutdown()

    async def _deliver(self) -> None:
        """Create the upload, query the offset and send, until everything arrived."""
        url = self.url
        if url is not None and not self.client.on_same_origin(url):
            url = None
        known = url is not None  # whether the offset was queried before
        for _ in range(_TRIES):
            dropped = Dropped.GONE
            try:
                if url is None:
                    known = False
                    url = await self.client.create(self.metadata, self._size)
                    await self.on_url(url)
                # Also after a creation: the server may already have a part, if this
                # process was killed before it stored the address.
                offset = await self.client.offset(url, self._size)
                if offset == 0 and not known:
                    self.acknowledged = 0
                elif offset == self.acknowledged == 0 and self._most > 0:
                    raise _EmptyError
                known = True
                self._acknowledge(offset)
                if offset < self._size:
                    offset = await self._send(url, offset)
                    self._acknowledge(offset)
                if offset == self._size:
                    self.on_progress(offset)
                    return
                await self.on_acknowledged(offset)
                continue
            except UploadGoneError:
                if url is None:  # the endpoint does not exist
                    raise DeliveryError("agency_refused", permanent=True) from None
            except OffsetChangedError:
                if url is None:  # the server has this share with another size
                    raise DeliveryError("agency_refused", permanent=True) from None
                continue
            except ContradictedError as err:
                removed = url is None or await self.client.remove(url)
                if isinstance(err, _EmptyError):
                    dropped = Dropped.EMPTY if removed else Dropped.EMPTY_LEFT
                else:
                    dropped = Dropped.REMOVED if removed else Dropped.LEFT
                # Nothing was sent of the next upload. If the server resumes this one
                # instead, it contradicts itself again.
                self._most = self.acknowledged = 0
            url = None
            await self.on_dropped(dropped)
        raise DeliveryError("agency_unavailable", permanent=False)

    def _acknowledge(self, offset: int) -> None:
        """Note the server's offset; raises `ContradictedError` if it is impossible."""
        if not self.acknowledged <= offset <= self._most:
            raise ContradictedError
        self.acknowledged = offset

    async def _send(self, url: str, offset: int) -> int:
        """Send the rest in one request and return the server's new offset.

        Raises `DeliveryError` if sending stalls. `time_limit` cannot be used and
        extended for each block, because it cancels the task that entered it, and
        aiohttp reads the blocks in another task.
        """
        await self.on_sending(offset)
        loop = get_running_loop()
        self._moved = loop.time()
        task = loop.create_task(
            self.client.send(url, offset, self._size, self._blocks(offset))
        )
        try:
            while (left := self._moved + _STALLED - loop.time()) > 0:
                await wait({task}, timeout=left)
                if task.done():
                    return task.result()
        except DeliveryError:
            if self._read_error is None:
                raise
        finally:
            task.cancel()
            await gather(task, return_exceptions=True)
        raise self._read_error or DeliveryError("agency_unavailable", permanent=False)

    async def _blocks(self, offset: int) -> AsyncGenerator[bytes]:
        """Yield the file from the offset, and read the next block meanwhile."""
        loop = get_running_loop()
        ahead = loop.run_in_executor(self._pool, self._read, offset)
        try:
            while block := await ahead:
                self._moved = loop.time()
                offset += len(block)
                self._most = max(self._most, offset)
                self.on_progress(offset)  # count it before it leaves
                ahead = loop.run_in_executor(self._pool, self._read, offset)
                yield block
        except OSError as error:
            self._read_error = error
            raise
        finally:
            ahead.cancel()

    def _read(self, start: int) -> bytes:
        self._file.seek(start)
        return self._file.read(min(_BLOCK, self._size - start))


class TakenBack(StrEnum):
    """The result of removing an upload."""

    REMOVED = "removed"  # the server had a part and removed it
    GONE = "gone"  # the server does not know the upload
    ARRIVED = "arrived"  # the upload was already complete


async def take_back(
    client: TusClient, url: str, size: int, on_part: Callable[[int], Awaitable[None]]
) -> TakenBack:
    """Ask the server to remove an upload, unless it is complete.

    `on_part` is awaited with the number of bytes that arrived, and must store it
    durably, before the server removes them. Raises `DeliveryError` like `Upload.run`.
    """
    if not client.on_same_origin(url):
        raise DeliveryError("agency_moved", permanent=True)
    try:
        arrived = await client.offset(url, size)
        if arrived == size:
            return TakenBack.ARRIVED
        await on_part(arrived)
        # The upload may just have expired, or the answer to an earlier DELETE was lost.
        with suppress(UploadGoneError):
            await client.request("DELETE", url)
    except UploadGoneError, ContradictedError:
        return TakenBack.GONE  # more bytes than were sent: not this upload
    except OffsetChangedError:
        raise DeliveryError("agency_unavailable", permanent=False) from None
    return TakenBack.REMOVED
