/** The other end of a talk session: a peer in the same page. */

import type { Message } from "../src/ha/hass.ts";

type Send = (event: unknown) => void;

export class MockPeer {
  /** The sessions, newest last. */
  readonly sessions: RTCPeerConnection[] = [];
  readonly offers: string[] = [];
  /** Bytes of audio received so far, in all sessions. */
  async received(): Promise<number> {
    let bytes = 0;
    for (const session of this.sessions)
      for (const report of (await session.getStats()).values()) {
        const { type, bytesReceived } = report as {
          type: string;
          bytesReceived?: number;
        };
        if (type === "inbound-rtp") bytes += bytesReceived ?? 0;
      }
    return bytes;
  }

  answer(message: Message): unknown {
    if (message.type === "camera/webrtc/get_client_config")
      return { configuration: { iceServers: [] } };
    if (message.type === "camera/capabilities")
      return { frontend_stream_types: ["web_rtc"] };
    if (message.type !== "camera/webrtc/candidate") return undefined;
    const session = this.sessions[Number(message["session_id"])];
    void session?.addIceCandidate(message["candidate"] as RTCIceCandidateInit);
    return null;
  }

  async take(message: Message, send: Send): Promise<void> {
    const session = new RTCPeerConnection();
    const number = this.sessions.push(session) - 1;
    const offer = String(message["offer"]);
    this.offers.push(offer);
    session.onicecandidate = ({ candidate }) => {
      if (candidate) send({ type: "candidate", candidate: candidate.toJSON() });
    };
    await session.setRemoteDescription({ type: "offer", sdp: offer });
    send({ type: "session", session_id: String(number) });
    await session.setLocalDescription(await session.createAnswer());
    send({ type: "answer", answer: session.localDescription?.sdp });
  }
}
