"""Describe how a person edited a video before sharing it."""

from collections.abc import Iterator, Mapping


def what_it_is(file: Mapping[str, object]) -> str:
    """Describe the `file` part of a statement: original recording or edited copy."""
    if not file.get("derived"):
        return (
            "By the home's word, the video is the recording as it was when it was"
            " finished."
        )
    edits = file.get("edits")
    left_out = "; ".join(_left_out(file, edits if isinstance(edits, dict) else {}))
    says = f"The video is a copy with something left out: {left_out}. "
    if file.get("reencoded"):
        says += (
            "The covered areas are black, and every frame was re-encoded. The cover"
            " sheet says where and when. "
        )
    return says + (
        "The digest of the original is stated, so if the owner still has the"
        " original, they can show later what was left out."
    )


def _left_out(file: Mapping[str, object], edits: Mapping[str, object]) -> Iterator[str]:
    yield "anything in the original other than the video and audio that players play"
    start, end, areas = edits.get("start"), edits.get("end"), edits.get("redact")
    if isinstance(start, int | float) and start > 0:
        yield f"everything before second {start}"
    if isinstance(end, int | float):
        yield f"everything after second {end}"
    if not file.get("audio"):
        yield "the audio, if there was any"
    if isinstance(areas, list) and areas:
        yield f"what is under {len(areas)} covered area{'s'[: len(areas) - 1]}"
