"""A thread that does one thing after another, and never holds up the end of all."""

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
import threading

from .errors import LibraryError


class Worker:
    """Like an executor of one thread, but a disk that hangs cannot keep it.

    Threads of `ThreadPoolExecutor` are joined when Python ends, also one that waits for
    a network folder that is gone; this one is left behind.
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
        """Do this after what was asked before; after the end it raises `LibraryError`."""
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = work(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - whoever waits gets it
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
        """Finish what was asked, and say whether that was done in time (seconds)."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
            # Else what it returned would stay until something else is asked for.
            del work
