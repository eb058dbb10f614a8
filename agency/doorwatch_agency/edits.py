"""What the person left out of a video, in words."""

from collections.abc import Iterator, Mapping


def what_it_is(file: Mapping[str, object]) -> str:
    """Say whether it is the recording or a copy, by the part `file` of a statement."""
    if not file.get("derived"):
        return "The video is the recording as it was when it was closed, by the home's word."
    edits = file.get("edits")
    left_out = "; ".join(_left_out(file, edits if isinstance(edits, dict) else {}))
    says = f"The video is a copy from which something was left out: {left_out}. "
    if file.get("reencoded"):
        says += (
            "The areas were painted black and every picture was encoded anew; the cover"
            " sheet says where and when. "
        )
    return says + (
        "The digest of the original is stated, so the owner, who may still have it, can"
        " show later what was left out."
    )


def _left_out(file: Mapping[str, object], edits: Mapping[str, object]) -> Iterator[str]:
    yield "what the original holds beside the picture and the sound that players show"
    start, end, areas = edits.get("start"), edits.get("end"), edits.get("redact")
    if isinstance(start, int | float) and start > 0:
        yield f"all before second {start}"
    if isinstance(end, int | float):
        yield f"all after second {end}"
    if not file.get("audio"):
        yield "the sound, if there was any"
    if isinstance(areas, list) and areas:
        yield f"what lies under {len(areas)} area{'s'[: len(areas) - 1]} of the picture"
