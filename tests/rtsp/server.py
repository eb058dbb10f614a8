#!/usr/bin/python3
# Runs on the system's Python with untyped libraries.
# mypy: ignore-errors
"""Live looped RTSP doorbells on loopback: GstRtspServer, run with the system's Python (python3-gi).

    /usr/bin/python3 server.py [--port N] [--cams 8] [--login user:password] SCENE [HEVC_SCENE]

    /cam0 ...    H.264 and AAC           /silent0    H.264 without sound
    /alaw0       H.264 and G.711 A-law   /sound0     AAC without video
    /hevc0       H.265 and AAC, when a second scene is given
    /talk0       as /cam0, with an ONVIF back channel for G.711 mu-law in its description.
                 Audio sent to it would crash GStreamer; loudspeaker.py accepts audio
    /udp0        as /silent0, over UDP only
    /once0       as /silent0, with parameter sets only in its description
    /stream1, /stream2
                 as /cam0 and /silent0, at the paths of a known manufacturer

SCENE is made by tests/videos.py. The picture shown depends only on wall time: camera n is
at `(unix time + 7.3 n) mod loop` seconds of the scene. Prints "ready PORT" once it
responds. SIGUSR1 stops all video and audio but not RTCP; SIGUSR2 resumes them.
"""

import argparse
from dataclasses import dataclass
import json
import math
from pathlib import Path
import signal
import struct
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - after require_version

PHASE = 7.3
ROLE = "household"
VIDEO, AUDIO = 0, 1

SOURCE = "appsrc name={name} format=time is-live=true max-bytes=8000000 caps={caps} ! "


@dataclass
class Scene:
    """A file written by videos.py: a header, and (time, kind, bytes) of each packet."""

    head: dict
    packets: list


def read_scene(path):
    """Read a scene."""
    with Path(path).open("rb") as file:
        head = json.loads(file.readline())
        packets = []
        while record := file.read(13):
            at, kind, size = struct.unpack(">dBI", record)
            packets.append((at, kind, file.read(size)))
    return Scene(head, packets)


def alaw(sample):
    """Encode one 16-bit sample as G.711 A-law."""
    sign = 0x80 if sample >= 0 else 0
    size = min(abs(sample), 32635)
    if size >= 256:
        exponent = size.bit_length() - 8
        value = exponent << 4 | (size >> (exponent + 3)) & 15
    else:
        value = size >> 4
    return (value | sign) ^ 0x55


def alaw_tones(loop):
    """Encode the tones of the scene as A-law packets of 20 ms."""
    second = [
        alaw(
            int(9800 * math.sin(math.tau * 1000 * n / 8000)) if n < 8000 * 2 / 15 else 0
        )
        for n in range(8000)
    ]
    chunks = [bytes(second[n : n + 160]) for n in range(0, 8000, 160)]
    return [(n / 50, AUDIO, chunks[n % 50]) for n in range(int(loop * 50))]


class Feed(threading.Thread):
    """Push a scene's packets into one media on time."""

    hushed = False

    def __init__(self, media, scene, packets, phase):
        super().__init__(daemon=True)
        element = media.get_element()
        self.sources = [element.get_by_name("video"), element.get_by_name("audio")]
        self.packets = [p for p in packets if self.sources[p[1]] is not None]
        self.loop, self.frame = scene.head["loop"], 1 / scene.head["fps"]
        self.phase = phase
        self.reordered = scene.head.get("reordered", False)
        self.ended = threading.Event()
        media.connect("unprepared", lambda _: self.ended.set())

    def run(self):
        start = time.time() + 0.05
        position = (start + self.phase) % self.loop
        zero = start - position
        index = next(
            (n for n, packet in enumerate(self.packets) if packet[0] >= position),
            len(self.packets),
        )
        while True:
            if index == len(self.packets):
                index, zero = 0, zero + self.loop
            at, kind, data = self.packets[index]
            index += 1
            due = zero + at
            if self.ended.wait(max(0.0, due - time.time())):
                return
            if Feed.hushed:
                continue
            later = 0.0
            if self.reordered:
                (later,), data = struct.unpack(">d", data[:8]), data[8:]
            buffer = Gst.Buffer.new_wrapped(data)
            buffer.dts = int((due - start) * 1e9)
            buffer.pts = max(0, int((due + later - start) * 1e9))
            buffer.duration = int(self.frame * 1e9) if kind == VIDEO else 0
            if self.sources[kind].emit("push-buffer", buffer) != Gst.FlowReturn.OK:
                return


class Server:
    """The mount points of one server."""

    def __init__(self, port, login):
        # This class handles the ONVIF `Require` header; other requests work as usual.
        self.server = GstRtspServer.RTSPOnvifServer.new()
        self.server.set_address("127.0.0.1")
        self.server.set_service(str(port))
        # Keep clients from waiting for each other.
        self.server.get_thread_pool().set_max_threads(32)
        self.login = login
        if login:
            user, password = login.split(":", 1)
            auth = GstRtspServer.RTSPAuth.new()
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
            token = GstRtspServer.RTSPToken()
            token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, ROLE)
            auth.add_digest(user, password, token)
            self.server.set_auth(auth)

    def mount(
        self,
        path,
        scene,
        *branches,
        packets=None,
        phase=0.0,
        heard=None,
        protocols=None,
    ):
        """Serve a scene's packets through these branches at a path.

        `heard` receives the audio of a back channel, if any. `protocols`, if given, are
        the only ones accepted.
        """
        if heard:
            factory = GstRtspServer.RTSPOnvifMediaFactory.new()
            factory.set_media_gtype(GstRtspServer.RTSPOnvifMedia)
            factory.set_backchannel_launch(heard)
        else:
            factory = GstRtspServer.RTSPMediaFactory.new()
        if protocols is not None:
            factory.set_protocols(protocols)
        factory.set_launch("( " + " ".join(branches) + " )")
        factory.set_shared(True)
        factory.set_latency(0)
        factory.connect(
            "media-configure",
            lambda _, media: Feed(
                media, scene, packets or scene.packets, phase
            ).start(),
        )
        if self.login:
            permissions = GstRtspServer.RTSPPermissions()
            for what in ("access", "construct"):
                permissions.add_permission_for_role(ROLE, f"media.factory.{what}", True)
            factory.set_permissions(permissions)
        self.server.get_mount_points().add_factory(path, factory)


def video_branch(head, name="h264", form="avc", config_interval=-1):
    """Convert video packets to RTP.

    The caps contain the parameter sets, so that clients needn't wait for a keyframe.
    """
    caps = (
        f"video/x-{name},stream-format={form},alignment=au,width={head['width']},"
        f"height={head['height']},framerate={head['fps']}/1,"
        f"codec_data=(buffer){head['parameters']}"
    )
    return SOURCE.format(name="video", caps=f'"{caps}"') + (
        f"rtp{name}pay name=pay0 pt=96 config-interval={config_interval}"
    )


def aac_branch(head, pay=1):
    """Convert AAC packets to RTP."""
    caps = (
        f"audio/mpeg,mpegversion=4,stream-format=raw,channels=1,rate={head['rate']},"
        f"codec_data=(buffer){head['config']}"
    )
    return (
        SOURCE.format(name="audio", caps=f'"{caps}"')
        + f"rtpmp4gpay name=pay{pay} pt=97"
    )


ALAW_BRANCH = (
    SOURCE.format(name="audio", caps='"audio/x-alaw,rate=8000,channels=1"')
    + "rtppcmapay name=pay1 pt=8"
)

MULAW_HEARD = (
    '( capsfilter caps="application/x-rtp, media=audio, payload=0, clock-rate=8000, '
    'encoding-name=PCMU" name=depay_backchannel ! rtppcmudepay ! fakesink async=false )'
)


def main():
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene")
    parser.add_argument("hevc", nargs="?")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--cams", type=int, default=8)
    parser.add_argument("--login", help="ask for this user:password (digest)")
    arguments = parser.parse_args()

    Gst.init(None)
    # The RTP bin requests this decoder for each client and warns if its plugin is
    # broken. No test needs it.
    registry = Gst.Registry.get()
    if feature := registry.lookup_feature("rtpulpfecdec"):
        registry.remove_feature(feature)

    server = Server(arguments.port, arguments.login)
    scene = read_scene(arguments.scene)
    video, aac = video_branch(scene.head), aac_branch(scene.head)
    for n in range(arguments.cams):
        server.mount(f"/cam{n}", scene, video, aac, phase=PHASE * n)
    server.mount("/silent0", scene, video)
    server.mount("/stream1", scene, video, aac)
    server.mount("/stream2", scene, video)
    server.mount("/once0", scene, video_branch(scene.head, config_interval=0))
    server.mount("/udp0", scene, video, protocols=GstRtsp.RTSPLowerTrans.UDP)
    server.mount("/talk0", scene, video, aac, heard=MULAW_HEARD)
    server.mount("/sound0", scene, aac_branch(scene.head, pay=0))
    only_video = [packet for packet in scene.packets if packet[1] == VIDEO]
    tones = alaw_tones(scene.head["loop"])
    if not scene.head.get("reordered"):
        packets = sorted(only_video + tones)
        server.mount("/alaw0", scene, video, ALAW_BRANCH, packets=packets)
    if arguments.hevc:
        hevc = read_scene(arguments.hevc)
        server.mount(
            "/hevc0",
            hevc,
            video_branch(hevc.head, "h265", "hvc1"),
            aac_branch(hevc.head),
        )

    if not server.server.attach(None):
        raise SystemExit("the port is taken")
    main_loop = GLib.MainLoop()
    for name in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, name, main_loop.quit)

    def hush(hushed):
        Feed.hushed = hushed
        return True

    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGUSR1, hush, True)
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGUSR2, hush, False)

    def forget_idle_clients():
        server.server.get_session_pool().cleanup()
        return True

    GLib.timeout_add_seconds(2, forget_idle_clients)
    print("ready", server.server.get_bound_port(), flush=True)
    main_loop.run()


if __name__ == "__main__":
    main()
