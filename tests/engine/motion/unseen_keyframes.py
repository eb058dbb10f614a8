"""Reading of the keyframes of an evaluation clip."""

from collections.abc import Iterator

import av

from custom_components.doorwatch.engine.recording.model import Keyframe

from .unseen import Clip


def keyframes(clip: Clip) -> Iterator[Keyframe]:
    """Yield the keyframes of a clip as a recorder does."""
    with av.open(str(clip.path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        extradata = context.extradata
        for number, packet in enumerate(container.demux(stream)):
            if not packet.size:
                continue
            yield Keyframe(
                codec=context.name,
                extradata=extradata,
                data=bytes(packet),
                monotonic=number * clip.step,
                stream=1,
            )
