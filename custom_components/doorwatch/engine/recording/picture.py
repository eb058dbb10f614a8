"""JPEGs from encoded keyframes."""

from fractions import Fraction
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

THUMBNAIL_WIDTH: Final = 640


def decode_keyframe(
    keyframe: bytes,
    extradata: bytes | None,
    codec: str = "h264",
    *,
    damaged: bool = False,
) -> VideoFrame | None:
    """Decode one keyframe that stands alone; None when it cannot be.

    `codec` is FFmpeg's name. Without `extradata` the parameter sets have to be in the
    keyframe, as in a transport stream. With `damaged`, a picture that FFmpeg knows to be
    wrong in parts is good enough.
    """
    try:
        context = av.CodecContext.create(codec, "r")
        assert isinstance(context, VideoCodecContext)
        context.thread_count = 1  # several threads would hold the picture back
        if extradata:
            context.extradata = extradata
        frames = [*context.decode(av.Packet(keyframe)), *context.decode(None)]
    except av.FFmpegError, ValueError:
        return None
    if not frames or (frames[0].is_corrupt and not damaged):
        return None
    return frames[0]


def decodes(keyframe: bytes, extradata: bytes | None, codec: str) -> bool:
    """Whether a keyframe can be decoded without an error.

    Remarks (SEI) should be taken out before: errors in them count, too.
    """
    try:
        context = av.CodecContext.create(codec, "r")
        assert isinstance(context, VideoCodecContext)
        context.thread_count = 1
        context.options = {"err_detect": "explode"}  # no error is concealed
        if extradata:
            context.extradata = extradata
        frames = [*context.decode(av.Packet(keyframe)), *context.decode(None)]
    except av.FFmpegError, ValueError:
        return False
    return bool(frames) and not frames[0].is_corrupt


def encode_jpeg(frame: VideoFrame, width: int | None = None) -> bytes:
    """Make a JPEG, at most `width` wide."""
    height = frame.height
    if width is None or width >= frame.width:
        width = frame.width
    else:
        height = max(2, round(frame.height * width / frame.width / 2) * 2)
    # A frame's own way keeps a scaler, with threads, for as long as the thread lives.
    scaled = VideoReformatter().reformat(
        frame, width, height, "yuvj420p", dst_color_range="JPEG", threads=1
    )
    context = av.CodecContext.create("mjpeg", "w")
    context.thread_count = 1  # for one picture two more threads are only work
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
    """Make a JPEG of a keyframe; None when it cannot be decoded, or is of no use."""
    frame = decode_keyframe(keyframe, extradata, codec, damaged=damaged)
    try:
        return None if frame is None else encode_jpeg(frame, width)
    except av.FFmpegError, ValueError:  # a size or format that no JPEG has
        return None


def blank_jpeg(width: int, height: int) -> bytes:
    """Make a grey JPEG, for a clip of which no keyframe can be decoded."""
    frame = VideoFrame(width, height, "gray")
    plane = frame.planes[0]
    plane.update(bytes([128]) * plane.buffer_size)
    return encode_jpeg(frame)
