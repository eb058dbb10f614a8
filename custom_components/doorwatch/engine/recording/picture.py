"""Make JPEGs of encoded keyframes."""

from fractions import Fraction
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

THUMBNAIL_WIDTH: Final = 640


def open_decoder(
    codec: str, extradata: bytes | None, options: dict[str, str]
) -> VideoCodecContext:
    """Return a decoder of single frames; raises `ValueError` if there is none."""
    context = av.CodecContext.create(codec, "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1  # several threads would delay the frame
    context.options = options
    if extradata:
        context.extradata = extradata
    return context


def decode_keyframe(
    keyframe: bytes,
    extradata: bytes | None,
    codec: str = "h264",
    *,
    damaged: bool = False,
    strict: bool = False,
) -> VideoFrame | None:
    """Decode a keyframe, or return None if that fails.

    `codec` is FFmpeg's name. Without `extradata` the keyframe must contain the
    parameter sets, as in a transport stream. With `damaged`, a frame that FFmpeg marks
    as corrupt is returned, too. With `strict`, errors are not concealed; SEI should be
    removed before, as errors in it count, too.
    """
    options = {"err_detect": "explode"} if strict else {}
    try:
        context = open_decoder(codec, extradata, options)
        frames = [*context.decode(av.Packet(keyframe)), *context.decode(None)]
    except av.FFmpegError, ValueError:
        return None
    if not frames or (frames[0].is_corrupt and not damaged):
        return None
    return frames[0]


def encode_jpeg(frame: VideoFrame, width: int | None = None) -> bytes:
    """Encode a frame as JPEG, scaled to at most `width`."""
    height = frame.height
    if width is None or width >= frame.width:
        width = frame.width
    else:
        height = max(2, round(frame.height * width / frame.width / 2) * 2)
    # `VideoFrame.reformat` would keep a scaler and its threads until this thread ends.
    scaled = VideoReformatter().reformat(
        frame, width, height, "yuvj420p", dst_color_range="JPEG", threads=1
    )
    context = av.CodecContext.create("mjpeg", "w")
    context.thread_count = 1  # two more threads would only cost time for one frame
    context.width, context.height = width, height
    context.pix_fmt = "yuvj420p"
    context.time_base = Fraction(1, 1)
    context.qmin = context.qmax = 4
    scaled.pts = 0
    packets = [*context.encode(scaled), *context.encode(None)]
    return b"".join(bytes(packet) for packet in packets)


def jpeg_of_keyframe(
    keyframe: bytes,
    extradata: bytes | None,
    width: int | None = None,
    *,
    codec: str = "h264",
    damaged: bool = True,
) -> bytes | None:
    """Make a JPEG of a keyframe, or return None if that fails."""
    frame = decode_keyframe(keyframe, extradata, codec, damaged=damaged)
    try:
        return None if frame is None else encode_jpeg(frame, width)
    except av.FFmpegError, ValueError:  # a size or format that JPEG doesn't support
        return None


def blank_jpeg(width: int, height: int) -> bytes:
    """Make a gray JPEG, for a clip without decodable keyframes."""
    frame = VideoFrame(width, height, "gray")
    plane = frame.planes[0]
    plane.update(bytes([128]) * plane.buffer_size)
    return encode_jpeg(frame)
