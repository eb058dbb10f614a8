"""Detect motion in video files with the code of a doorbell."""

import argparse
from collections.abc import Iterator
import json
from pathlib import Path
import sys

import av

from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent
from custom_components.doorwatch.engine.motion.areas import Area, AreasError, parse
from custom_components.doorwatch.engine.motion.detector import Sensitivity
from custom_components.doorwatch.engine.motion.watcher import PictureWatcher
from custom_components.doorwatch.engine.recording.model import Keyframe


def keyframes(path: Path) -> Iterator[Keyframe]:
    """Yield the keyframes of a file; `monotonic` is seconds from its start."""
    with av.open(str(path), options={"protocol_whitelist": "file"}) as container:
        if not container.streams.video:
            raise ValueError("there is no video in it")
        video = container.streams.video[0]
        begin: float | None = None
        for packet in container.demux(video):
            if not packet.is_keyframe or not packet.size or packet.pts is None:
                continue
            now = float(packet.pts * packet.time_base)
            begin = now if begin is None else begin
            yield Keyframe(
                codec=video.codec_context.name,
                extradata=video.codec_context.extradata,
                data=bytes(packet),
                monotonic=now - begin,
                stream=1,
            )


def judged(
    path: Path, sensitivity: Sensitivity, areas: tuple[Area, ...]
) -> Iterator[dict[str, object]]:
    """Yield a line for each keyframe and event of a file, and a summary."""
    now = 0.0
    events: list[DoorbellEvent] = []
    watcher = PictureWatcher(
        path.name,
        events.append,
        sensitivity=sensitivity,
        areas=areas,
        clock=lambda: now,
    )
    moving = 0
    for keyframe in keyframes(path):
        now = keyframe.monotonic
        sight = watcher.look(keyframe)
        watcher.tick()
        line: dict[str, object] = {"at": round(now, 2), "verdict": "undecodable"}
        if sight is not None:
            moving += bool(sight.boxes)
            line |= {
                "verdict": sight.verdict.value,
                "changed": sight.changed,
                "specks": sight.specks,
                "noise": round(sight.noise, 3),
                "boxes": sight.boxes,
            }
        yield line
        for event in events:
            yield {"at": round(event.monotonic, 2), "event": event.kind.value}
        events.clear()
    told = watcher.diagnostics()
    yield {
        "keyframes": told["keyframes"],
        "moving": moving,
        "undecodable": told["undecodable"],
        "relearned": told["relearned"],
        "cpu_ms": told["cpu_ms"],
    }


def shown(line: dict[str, object]) -> str:
    """Format a line for people."""
    if "event" in line:
        return f"{line['at']:8}  * {line['event']}"
    if "keyframes" in line:
        return (
            f"{line['keyframes']} keyframes, {line['moving']} with motion, "
            f"{line['undecodable']} undecodable, learned anew {line['relearned']} times, "
            f"{line['cpu_ms']} ms of CPU each"
        )
    boxes = line.get("boxes") or ()
    assert isinstance(boxes, tuple)
    where = "  ".join(
        f"{left:g},{top:g} {right:g},{bottom:g}" for left, top, right, bottom in boxes
    )
    return f"{line['at']:8}  {line['verdict']:11} {line.get('changed', ''):>6}  {where}"


def main() -> int:
    """Run on each file."""
    parser = argparse.ArgumentParser(prog="scripts/detect", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument(
        "--areas", default="", help='such as "0,40 100,100; 10,0 30,20"'
    )
    parser.add_argument(
        "--sensitivity",
        default=Sensitivity.MEDIUM,
        type=Sensitivity,
        metavar="|".join(Sensitivity),
    )
    parser.add_argument("--json", action="store_true", help="a JSON object a line")
    asked = parser.parse_args()
    try:
        areas = parse(asked.areas)
    except AreasError as err:
        parser.error(str(err))
    failed = 0
    for path in asked.files:
        try:
            for line in judged(path, asked.sensitivity, areas):
                if asked.json:
                    print(json.dumps({"file": str(path), **line}))
                elif (
                    line.get("keyframes") is not None
                    or len(asked.files) == 1
                    or "event" in line
                ):
                    print(f"{path.name}: " * (len(asked.files) > 1) + shown(line))
        except (av.FFmpegError, OSError, ValueError) as err:
            print(f"{path}: {err}", file=sys.stderr)
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
