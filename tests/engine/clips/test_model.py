"""Tests of the clip model."""

from dataclasses import replace

from tests.engine.clips.homemade import BLANK


def test_browsers_play_what_is_usual() -> None:
    usual = replace(
        BLANK, audio_codec="aac", video_profile="High", pixel_format="yuv420p"
    )
    unknown = replace(usual, video_profile=None, pixel_format=None, audio_codec=None)
    old = replace(usual, video_profile="Constrained Baseline", pixel_format="yuvj420p")
    for clip in (usual, unknown, old):
        assert clip.plays_everywhere
    for clip in (
        replace(usual, video_codec="hevc", video_profile="Main"),
        replace(usual, video_profile="High 10"),
        replace(usual, pixel_format="yuv422p"),
        replace(usual, audio_codec="pcm_alaw"),
    ):
        assert not clip.plays_everywhere
