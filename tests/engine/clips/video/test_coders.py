"""Tests that decoders and encoders are freed with their last reference."""

from collections.abc import Callable, Iterator
import gc
from pathlib import Path

from av.video.codeccontext import VideoCodecContext
import pytest

from custom_components.doorwatch.engine.clips.video.media import first_picture
from custom_components.doorwatch.engine.clips.video.previews import encode
from custom_components.doorwatch.engine.clips.video.redact import find_frames, redact
from custom_components.doorwatch.engine.clips.video.redaction import Redaction
from custom_components.doorwatch.engine.clips.video.stills import make_still, make_strip
from tests import videos as media


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Disable the garbage collector, which runs rarely in an idle home."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def cover(source: Path, target: Path) -> None:
    """Make a copy with a covered area."""
    span = find_frames(source, None, 2)
    assert span is not None
    area = Redaction(left=0, top=0, width=0.5, height=0.5)
    redact(source, target, span, [area], audio=False, progress=lambda _done: None)


@pytest.mark.parametrize(
    "work",
    [
        lambda source, _: make_still(source, 1.5),
        lambda source, _: make_strip(source),
        cover,
        lambda source, target: encode(source, target, lambda _done: None),
        lambda source, _: first_picture(source),
    ],
    ids=["still", "strip", "covered copy", "preview", "thumbnail"],
)
def test_no_decoder_is_left_to_the_garbage_collector(
    no_collector: None, tmp_path: Path, work: Callable[[Path, Path], object]
) -> None:
    """Moving the slider could otherwise fill the memory of a small machine."""
    work(media.make(media.SMALL).path, tmp_path / "made.mp4")

    left = [each for each in gc.get_objects() if isinstance(each, VideoCodecContext)]
    assert [each for each in left if each.is_open and each.is_decoder] == []


def test_no_encoder_of_covered_pictures_is_left_either(
    no_collector: None, tmp_path: Path
) -> None:
    """An encoder holds several frames of the full size."""
    cover(media.make(media.SMALL).path, tmp_path / "made.mp4")

    left = [each for each in gc.get_objects() if isinstance(each, VideoCodecContext)]
    assert [each for each in left if each.is_open] == []
