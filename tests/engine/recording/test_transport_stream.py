"""Test a doorbell that sends an MPEG transport stream, as the demo does."""

import asyncio
from pathlib import Path

import av

from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.doorbells.demo import DemoDoorbell
from custom_components.doorwatch.engine.recording.recorder import ClipRecorder
from tests.waiting import until

from .conftest import OPTIONS, TIMEOUTS, Folder, event


async def test_sound_with_adts_headers_is_as_long_as_the_picture(
    tmp_path: Path, socket_enabled: None
) -> None:
    sink = Folder(tmp_path)
    doorbell = DemoDoorbell()
    await doorbell.start()
    recorder = ClipRecorder(
        "demo",
        doorbell.stream_source,
        sink,
        OPTIONS,
        on_health=lambda health: None,
        on_error=lambda problem: None,
        loop=asyncio.get_running_loop(),
        timeouts=TIMEOUTS,
    )
    try:
        await recorder.start()
        keyframes: list[object] = []
        recorder.watch_keyframes(keyframes.append)
        await until(lambda: len(keyframes) >= 2)
        recorder.trigger(event(EventKind.RING))
        await until(lambda: sink.finished)
    finally:
        await recorder.stop()
        await doorbell.stop()

    [clip] = sink.finished
    assert clip.audio_codec == "aac"
    with av.open(clip.path) as container:
        lengths = [
            float(stream.duration * stream.time_base)
            for stream in container.streams
            if stream.duration is not None and stream.time_base is not None
        ]
        assert len(lengths) == 2
        assert abs(lengths[0] - lengths[1]) < 0.2
        samples = sum(frame.samples for frame in container.decode(audio=0))
        assert abs(samples / 16000 - lengths[0]) < 0.2
