"""Tests of a doorbell with a stream address."""

from custom_components.doorwatch.engine.doorbells.rtsp import RtspDoorbell


async def test_rtsp_doorbell_holds_ffmpeg_back_and_hides_the_login() -> None:
    doorbell = RtspDoorbell("rtsp://cam/live", "admin", "sécret@1")
    source = doorbell.stream_source()
    assert source.address == "rtsp://admin:s%C3%A9cret%401@cam/live"
    assert "file" not in source.protocols
    assert "http" not in source.protocols
    assert source.options["rtsp_transport"] == "tcp"
    assert "cret" not in repr(source) + repr(doorbell)
    await doorbell.start()
    await doorbell.stop()
    await doorbell.stop()
