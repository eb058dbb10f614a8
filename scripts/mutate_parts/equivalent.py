"""Name the mutations that change nothing observable, each with the reason. See `mutate`."""

from typing import Final

EQUIVALENT: Final = {
    "custom_components/doorwatch/engine/motion/decoder.py::KeyframeDecoder.decode::drop-2": "A new decoder for each keyframe takes longer, and decodes the same.",
    "custom_components/doorwatch/engine/motion/decoder.py::KeyframeDecoder.decode::plus-one-2": "The picture is scaled by two threads instead of one, and is the same.",
    "custom_components/doorwatch/flows/agency.py::compare::true-false-2": "No form looks at whether it was compared while there are errors.",
}
