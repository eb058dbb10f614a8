"""A program whose child processes record clips until they are killed.

It imports everything once and forks a child for each line of input, so that a test can
kill many real processes without waiting for imports.
"""

import asyncio
from datetime import timedelta
import json
import os
from pathlib import Path
import sys
import time

import av

from custom_components.doorwatch.engine.clips.library import Library

from .homemade import BEGIN, DOORBELL, finished, start


def main() -> None:
    """Fork a child for each request {folder, source, pause, log}; print its process ID."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            request = json.loads(line)
            _record(
                Path(request["folder"]),
                Path(request["source"]),
                request["pause"],
                Path(request["log"]),
            )
        _answer(str(child))
        os.waitpid(child, 0)
        _answer("gone")


def _answer(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _record(folder: Path, source: Path, pause: float, log: Path) -> None:
    """Record clips and log each step; `pause` is the time between packets in seconds."""
    library = asyncio.run(Library.open(folder, lambda: "Europe/Berlin"))
    number = 0
    with log.open("w", buffering=1) as told:
        while True:
            begun = start(BEGIN + timedelta(minutes=number))
            number += 1
            part = library.intake.begin(DOORBELL, begun)
            told.write(json.dumps(["begun", begun.clip_id, str(part)]) + "\n")
            _write(source, part, pause)
            clip = library.intake.finish(DOORBELL, finished(begun, part))
            told.write(json.dumps(["saved", clip.clip_id, clip.sha256]) + "\n")


def _write(source: Path, part: Path, pause: float) -> None:
    with (
        av.open(source) as container,
        av.open(
            part,
            "w",
            format="mp4",
            container_options={
                "movflags": "hybrid_fragmented+delay_moov",
                "frag_duration": "250000",
                "flush_packets": "1",
            },
        ) as output,
    ):
        streams = {
            stream.index: output.add_stream_from_template(stream, opaque=True)
            for stream in container.streams
        }
        for packet in container.demux():
            if packet.dts is None:
                continue
            packet.stream = streams[packet.stream_index]
            output.mux(packet)
            time.sleep(pause)


if __name__ == "__main__":
    main()
