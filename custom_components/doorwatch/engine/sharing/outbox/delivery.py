"""Upload a file to a tus server, resume an upload, or remove it."""

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
    """Upload the file, starting at the server's offset.

    `metadata` is sent with the creation. `on_url` is awaited before the first byte and
    must store the address durably. `on_sending` is awaited with the offset right before
    bytes leave, and may raise to stop that. `on_progress` gets the number of bytes that
    have arrived or are being sent.

    `acknowledged` is the number of bytes of `upload_url` that the server confirmed,
    `sent` the maximum that left (None: perhaps all). If the server has fewer than
    `acknowledged` or more than `sent`, it lost, duplicated or confused data: the upload
    is removed if possible, and a new one is created. The same happens if bytes left and
    the server has none, because they may still arrive. `on_acknowledged` is awaited
    with the new offset after sending, and `on_dropped` with the reason before an upload
    is replaced; both must store durably, and `on_dropped` may raise to stop.

    Raises `DeliveryError`, `permanent` for errors that a retry cannot fix:
    `agency_unauthorized` 401/403, `agency_too_large` 413, `agency_refused` other 4xx,
    `agency_moved` (redirect, or a Location on another origin); not permanent:
    `agency_unavailable` (5xx, 408, 423, 425, 429, reset, timeout, incomplete response).
    If a resumed upload is gone (404/410), a new one is created. Raises `OSError` if the
    file cannot be read.
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
        # Don't wait for the disk after a cancellation; otherwise the thread is idle.
        pool.shutdown(wait=isinstance(err, Exception))
        raise
    pool.shutdown()


class TakenBack(StrEnum):
    """The result of removing an upload."""

    REMOVED = "removed"  # the server had a part and removed it
    GONE = "gone"  # the server does not know the upload
    ARRIVED = "arrived"  # the upload was already complete


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
    """Ask the server to remove an upload, unless it is complete.

    `on_part` is awaited with the number of bytes that arrived, and must store it
    durably, before the server removes them. Raises `DeliveryError` like `upload`.
    """
    client = TusClient(outside, endpoint, local, upload_code)
    if not client.on_same_origin(upload_url):
        raise DeliveryError("agency_moved", permanent=True)
    try:
        arrived = await client.offset(upload_url, size)
        if arrived == size:
            return TakenBack.ARRIVED
        await on_part(arrived)
        # The upload may just have expired, or the answer to an earlier DELETE was lost.
        with suppress(UploadGoneError):
            await client.request("DELETE", upload_url)
    except UploadGoneError, ContradictedError:
        return TakenBack.GONE  # more bytes than were sent: not this upload
    except OffsetChangedError:
        raise DeliveryError("agency_unavailable", permanent=False) from None
    return TakenBack.REMOVED


@dataclass(eq=False, repr=False)
class _Sending:
    """Send the file, reading ahead on a thread; fails if sending stalls."""

    _client: TusClient
    _pool: ThreadPoolExecutor
    _file: BinaryIO
    size: int
    _on_sending: Callable[[int], Awaitable[None]] | None
    on_progress: Callable[[int], None]
    most: int = 0  # maximum number of bytes that left
    _read_error: OSError | None = None
    _moved: float = 0.0  # time of the last block, on the loop's clock

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
        """Return the result, or raise `DeliveryError` if sending stalls.

        `time_limit` cannot be used and extended for each block, because it cancels the
        task that entered it, and aiohttp reads the blocks in another task.
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
        """Yield the file from the offset, and read the next block meanwhile."""
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
                self.on_progress(offset)  # count it before it leaves
                ahead = loop.run_in_executor(self._pool, read, offset)
                yield block
        except OSError as error:
            self._read_error = error
            raise
        finally:
            ahead.cancel()


class _EmptyError(Exception):
    """Bytes of an upload left, but the server has none."""


def _check_begun(offset: int, acknowledged: int, sent: int) -> None:
    """Raise if bytes left and the server has none: it may append them later."""
    if offset == acknowledged == 0 and sent > 0:
        raise _EmptyError


def _credible(offset: int, acknowledged: int, sent: int) -> int:
    """Return the offset if it is between the acknowledged and the sent bytes.

    Raises `ContradictedError` otherwise.
    """
    if not acknowledged <= offset <= sent:
        raise ContradictedError
    return offset


@dataclass(frozen=True, slots=True)
class _Told:
    """Callbacks that store the state of an upload."""

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
    """Create the upload, query the offset and send, until everything arrived."""
    if url is not None and not client.on_same_origin(url):
        url = None
    known = url is not None  # whether the offset was queried before
    for _ in range(_TRIES):
        dropped = Dropped.GONE
        try:
            if url is None:
                known = False
                url = await client.create(metadata, sending.size)
                await told.url(url)
            # Also after a creation: the server may already have a part, if this process
            # was killed before it stored the address.
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
            if url is None:  # the endpoint does not exist
                raise DeliveryError("agency_refused", permanent=True) from None
        except OffsetChangedError:
            if url is None:  # the server has this share with another size
                raise DeliveryError("agency_refused", permanent=True) from None
            continue
        except (ContradictedError, _EmptyError) as err:
            removed = url is None or await client.remove(url)
            if isinstance(err, _EmptyError):
                dropped = Dropped.EMPTY if removed else Dropped.EMPTY_LEFT
            else:
                dropped = Dropped.REMOVED if removed else Dropped.LEFT
            # Nothing was sent of the next upload. If the server resumes this one
            # instead, it contradicts itself again.
            sending.most = acknowledged = 0
        url = None
        if told.dropped is not None:
            await told.dropped(dropped)
    raise DeliveryError("agency_unavailable", permanent=False)
