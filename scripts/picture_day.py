"""Clips of a pleasant day at the demo door, written to a library's folder."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
import io
from pathlib import Path
from typing import Final
from uuid import uuid7
from zoneinfo import ZoneInfo

import av
from PIL import Image

from custom_components.doorwatch.engine.clips.files.names import digest, relative_path
from custom_components.doorwatch.engine.clips.index import sidecar
from custom_components.doorwatch.engine.clips.model import Clip, ClipState
from custom_components.doorwatch.engine.recording.picture import THUMBNAIL_WIDTH
from scripts.demo_scene.art import HEIGHT, WIDTH
from scripts.demo_scene.scene import Plane, Scene, sight_at

FPS: Final = 10
# Seconds into a clip when somebody is at the door.
AT_THE_DOOR: Final = 7.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """A visit; `who` is the number of a visitor of the demo doorbell."""

    days_ago: int = 0
    at: str
    who: int
    event: str = "motion"
    labels: tuple[str, ...] = ("person",)
    seconds: int = 16
    protected: bool = False


# The pictures are taken at five in the afternoon.
VISITS: Final = (
    Visit(at="07:42", who=1),
    Visit(at="08:15", who=2),
    Visit(at="10:06", who=0, event="ring", labels=("package", "person"), seconds=19),
    Visit(at="12:31", who=2, event="ring"),
    Visit(at="13:20", who=1),
    Visit(at="15:48", who=1, event="ring", seconds=18),
    Visit(at="16:24", who=0, labels=("package", "person"), protected=True),
    Visit(days_ago=1, at="09:12", who=2),
    Visit(days_ago=1, at="11:40", who=0, event="ring", labels=("package", "person")),
    Visit(days_ago=1, at="18:05", who=1, event="ring"),
    Visit(days_ago=1, at="19:30", who=2),
)


def zone_of_the_afternoon() -> str:
    """Return a time zone in which it is a little after five in the afternoon now."""
    ahead = 17 - datetime.now(UTC).hour
    if ahead > 12:
        ahead -= 24
    return f"Etc/GMT{-ahead:+d}"  # the signs in these names are reversed


def plant(
    folder: Path,
    doorbell_id: str,
    timezone: str,
    visits: Iterable[Visit] = VISITS,
) -> None:
    """Write the clips of that day and the previous one, with their metadata."""
    scene = Scene()
    now = datetime.now(ZoneInfo(timezone))
    for visit in visits:
        hour, minute = map(int, visit.at.split(":"))
        began = (now - timedelta(days=visit.days_ago)).replace(
            hour=hour, minute=minute, second=12 + visit.who * 17, microsecond=0
        )
        _write(scene, folder, doorbell_id, visit, began)


def _write(
    scene: Scene, folder: Path, doorbell_id: str, visit: Visit, began: datetime
) -> None:
    clip_id = str(uuid7())
    timezone = str(began.tzinfo)
    video = folder / relative_path(doorbell_id, clip_id, began, timezone)
    video.parent.mkdir(parents=True, exist_ok=True)
    pictures = [
        scene.frame(
            number / FPS,
            sight_at(number / FPS - 1, visit.who, rings=visit.event == "ring"),
            night=not 7 <= began.hour < 19,
        )
        for number in range(visit.seconds * FPS)
    ]
    _encode(video, pictures)
    _thumbnail(pictures[int(AT_THE_DOOR * FPS)], video)
    clip = Clip(
        clip_id=clip_id,
        doorbell_id=doorbell_id,
        event_id=clip_id,
        part=1,
        event=visit.event,
        started_at=began.astimezone(UTC),
        ended_at=began.astimezone(UTC) + timedelta(seconds=visit.seconds),
        timezone=timezone,
        path=video,
        size=video.stat().st_size,
        sha256=digest(video),
        video_codec="h264",
        audio_codec=None,
        width=WIDTH,
        height=HEIGHT,
        frames=len(pictures),
        gaps=(),
        protected=visit.protected,
        recovered=False,
        state=ClipState.SAVED,
        labels=dict.fromkeys(visit.labels, "demo"),
    )
    sidecar.write(clip, video)


def _encode(video: Path, pictures: Sequence[Plane]) -> None:
    options = {"movflags": "faststart"}
    with av.open(video, "w", format="mp4", container_options=options) as output:
        stream = output.add_stream(
            "libx264", rate=FPS, options={"preset": "superfast", "crf": "22"}
        )
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = FPS
        stream.time_base = Fraction(1, FPS)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts = number
            output.mux(stream.encode(frame))
        output.mux(stream.encode())


def _thumbnail(picture: Plane, video: Path) -> None:
    frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
    image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call] # PyAV has no type
    image.thumbnail((THUMBNAIL_WIDTH, THUMBNAIL_WIDTH))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    video.with_suffix(".jpg").write_bytes(buffer.getvalue())
