"""Test that only voice is accepted in the SDP of browsers and their peers."""

import pytest

from custom_components.doorwatch.runtime.voice import (
    is_heard,
    is_voice_only,
    sends_sound,
)

# An offer of Chromium, shortened.
OFFER = """\
v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=msid-semantic: WMS
m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=mid:0
a=sendonly
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
"""
VIDEO = "m=video 9 UDP/TLS/RTP/SAVPF 96\na=recvonly\na=rtpmap:96 VP8/90000\n"


@pytest.mark.parametrize(
    "offer",
    [
        OFFER,
        OFFER.replace("\n", "\r\n"),
        OFFER.removesuffix("\n"),
        # Static payload types need no name.
        OFFER.replace("a=rtpmap:0 PCMU/8000\na=rtpmap:8 PCMA/8000\n", ""),
        OFFER.replace("111 9 0 8 13 110 126", "8"),
    ],
)
def test_a_microphone_alone_is_let_through(offer: str) -> None:
    assert is_voice_only(offer)


@pytest.mark.parametrize(
    "offer",
    [
        "",
        "v=0",
        "m=audio",
        OFFER + VIDEO,
        OFFER + VIDEO.replace("recvonly", "inactive"),
        OFFER + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\n",
        OFFER.replace("m=audio", "m=video"),
        OFFER.replace("a=sendonly", "a=recvonly"),
        OFFER.replace("a=sendonly", "a=sendrecv"),
        OFFER.replace("a=sendonly\n", ""),
        OFFER.replace("a=sendonly", "a=sendonly\na=recvonly"),
        OFFER.replace("a=group", "a=sendrecv\na=group"),
        OFFER.replace("a=sendonly\n", "").replace("a=group", "a=sendonly\na=group"),
        # Codecs that no camera supports.
        OFFER.replace("111 9 0 8 13 110 126", "111 9 13 110"),
        OFFER.replace("PCMU", "L16").replace("PCMA", "opus"),
        # Line breaks that only some parsers recognize.
        OFFER.replace("a=mid:0", "a=mid:0\rm=video 9 UDP/TLS/RTP/SAVPF 96"),
        OFFER.replace("a=mid:0", "a=mid:0\u2028m=video 9 UDP/TLS/RTP/SAVPF 96"),
        OFFER.replace("a=mid:0", "a=mid:0\x85m=video 9 UDP/TLS/RTP/SAVPF 96"),
        OFFER.replace("a=mid:0", "\na=mid:0"),
        OFFER.replace("a=mid:0", " m=video 9 UDP/TLS/RTP/SAVPF 96"),
        # A direction for parsers that split names and values.
        OFFER.replace("a=mid:0", "a=sendrecv:0"),
        OFFER.replace("a=group", "a=sendrecv:0\na=group"),
        # Longer than any browser's offer.
        pytest.param(OFFER + "a=x:0\n" * 20_000, id="huge"),
    ],
)
def test_whatever_else_is_offered_is_not(offer: str) -> None:
    assert not is_voice_only(offer)


@pytest.mark.parametrize(
    ("offer", "sends"),
    [
        (VIDEO, False),
        (VIDEO + OFFER.replace("sendonly", "recvonly"), False),
        (VIDEO + OFFER.replace("sendonly", "inactive"), False),
        (VIDEO + OFFER, True),
        (VIDEO + OFFER.replace("sendonly", "sendrecv"), True),
        # The default is both directions.
        (VIDEO + OFFER.replace("a=sendonly\n", ""), True),
        (OFFER.replace("sendonly", "recvonly\na=sendrecv"), True),
        (OFFER.replace("sendonly", "recvonly\na=sendrecv:0"), True),
        # Only some parsers read a direction here.
        (OFFER.replace("a=sendonly", "a=x:\x0ba=recvonly"), True),
        (OFFER.replace("a=sendonly", "a=x:\u2028a=recvonly"), True),
        (OFFER.replace("sendonly", "recvonly "), True),
        pytest.param(VIDEO + "a=x:0\n" * 20_000, True, id="huge"),
        (VIDEO + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\n", False),
        (OFFER.replace("sendonly", "recvonly").replace("m=audio", "m=text"), False),
        (OFFER.replace("m=audio", "m=text"), True),
    ],
)
def test_what_could_send_sound_is_told_from_what_listens(
    offer: str, sends: bool
) -> None:
    assert sends_sound(offer) is sends
    assert sends_sound(offer.replace("\n", "\r\n")) is sends


ANSWER = """\
v=0
m=audio 9 UDP/TLS/RTP/SAVPF 8
a=recvonly
a=rtpmap:8 PCMA/8000
"""
ALL = """\
v=0
m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8
a=recvonly
a=rtpmap:111 opus/48000/2
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
"""


@pytest.mark.parametrize(
    ("answer", "provider", "heard"),
    [
        (ANSWER, "go2rtc", True),
        (ANSWER.replace("\n", "\r\n"), "go2rtc", True),
        (ALL, "go2rtc", False),
        (ALL, "other", True),
        (ANSWER.replace(" 9 ", " 0 "), "other", False),
        (ANSWER.replace("recvonly", "inactive"), "other", False),
        (VIDEO, "other", False),
        ("m=audio \n", "other", False),
        ("", "go2rtc", False),
    ],
)
def test_an_answer_says_whether_anything_is_heard(
    answer: str, provider: str, heard: bool
) -> None:
    assert is_heard(answer, provider) is heard
