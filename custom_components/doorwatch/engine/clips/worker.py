"""Run work on one thread that does not block the exit of the process."""

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
import threading

from .errors import LibraryError


class Worker:
    """A single-threaded executor that can be abandoned.

    Python joins the threads of `ThreadPoolExecutor` at exit, even if a thread waits for
    a missing network folder; this thread is a daemon.
    """

    def __init__(self, name: str) -> None:
        """Start the thread."""
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit[**P, T](
        self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Queue work; after `shutdown`, the future raises `LibraryError`."""
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = work(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - passed to the caller
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._lock:
            if self._closed:
                future.set_exception(LibraryError("library_unavailable"))
            else:
                self._queue.put(run)
        return future

    def shutdown(self, timeout: float | None = None) -> bool:
        """Finish queued work; return whether it ended in time (seconds)."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
            # Releases the result, which would otherwise be referenced until the next
            # work.
            del work
