/**
 * Talks at a doorbell: microphone, send-only peer connection, and core's signaling.
 *
 * Core's own player only receives. If it ever supports talking, it replaces this file.
 */

import { failureOf } from "../api/commands.ts";
import type { Talker } from "../api/commands.ts";
import type { Connection, Unsubscribe } from "../ha/hass.ts";

/** Why talking is not possible, or ended unexpectedly. */
export type TalkFailure =
  | "blocked" // by the person, the browser or the phone
  | "no_microphone"
  | "microphone_busy"
  | "unsupported"
  | "no_way" // nothing answers
  | "lost" // the home or the doorbell disconnected
  | "left" // the user left this page or its window
  | "ended" // by the home, or by somebody else who talks
  | "refused"; // by the home, with a reason

type Offered =
  | { type: "session"; session_id: string }
  | { type: "answer"; answer: string }
  | { type: "candidate"; candidate: RTCIceCandidateInit }
  | { type: "error"; code: string; message: string };

const CONNECTED_WITHIN = 15_000;
/** Codecs that doorbells support; prefer them to the browser's others. */
const SPOKEN = /^audio\/PCM[UA]$/i;
const SOUND: MediaStreamConstraints = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
};
const MICROPHONE: Record<string, TalkFailure> = {
  NotAllowedError: "blocked",
  SecurityError: "blocked",
  NotFoundError: "no_microphone",
  OverconstrainedError: "no_microphone",
  NotReadableError: "microphone_busy",
  AbortError: "microphone_busy",
};

export class Talk {
  state: "idle" | "connecting" | "talking" = "idle";
  failure: TalkFailure | undefined;
  /** The home's reason for refusing: code and message. */
  code = "";
  message = "";
  /** The microphone was allowed after the button was released. */
  allowed = false;
  /** The open microphone. */
  microphone: MediaStream | undefined;

  readonly #changed: () => void;
  // Each start and end increments it; results of older sessions are dropped.
  #session = 0;
  #connection: Connection | undefined;
  #peer: RTCPeerConnection | undefined;
  #unsubscribe: Unsubscribe | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The home's ID of this session, and whether the home confirmed that it is talking. */
  #id: string | undefined;
  #heard = false;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get on(): boolean {
    return this.state !== "idle";
  }

  async start(connection: Connection, entity: string): Promise<void> {
    if (this.on) return;
    const session = (this.#session += 1);
    const current = (): boolean => session === this.#session;
    this.failure = undefined;
    this.code = this.message = "";
    this.allowed = false;
    this.#id = undefined;
    this.#heard = false;
    this.#connection = connection;
    this.state = "connecting";
    this.#listen();
    this.#timer = setTimeout(() => this.end("no_way"), CONNECTED_WITHIN);
    this.#changed();
    try {
      const microphone = this.#open(current);
      // Avoid an unhandled rejection while waiting for something else.
      microphone.catch(() => undefined);
      // Ask the browser for permission before contacting the home.
      if (!(await isGranted())) await microphone;
      if (!current()) return;
      const [sender] = await Promise.all([
        this.#call(connection, entity, current),
        microphone,
      ]);
      const track = this.microphone?.getAudioTracks()[0];
      if (!current() || !track) return;
      await sender?.replaceTrack(track);
      this.#look();
    } catch (error) {
      if (current()) this.#fail(error);
    }
  }

  /** Close everything at once, so that the microphone indicator goes off. */
  end(failure?: TalkFailure, { code, message } = { code: "", message: "" }): void {
    if (!this.on) return;
    this.#session += 1;
    this.state = "idle";
    this.failure = failure;
    this.code = code;
    this.message = message;
    clearTimeout(this.#timer);
    this.#unlisten();
    const [peer, unsubscribe] = [this.#peer, this.#unsubscribe];
    this.#peer = undefined;
    this.#unsubscribe = undefined;
    this.#connection = undefined;
    for (const sender of peer?.getSenders() ?? [])
      void sender.replaceTrack(null).catch(() => undefined);
    stop(this.microphone);
    this.microphone = undefined;
    peer?.close();
    void unsubscribe?.().catch(() => undefined);
    this.#changed();
  }

  /** Whether the home announced that it will end this session soon. */
  endsSoon(talker: Talker | null): boolean {
    return this.on && talker?.session_id === this.#id && talker?.ends_soon === true;
  }

  /** The home reports who talks; after this session was reported, it must not be anyone else. */
  heard(talker: Talker | null): void {
    if (!this.on) return;
    if (talker && talker.session_id === this.#id) this.#heard = true;
    else if (this.#heard || (talker && this.state === "talking")) this.end("ended");
  }

  async #open(current: () => boolean): Promise<void> {
    const stream = await navigator.mediaDevices.getUserMedia(SOUND);
    if (!current()) {
      stop(stream);
      // The button cannot be held while answering the browser's question.
      if (!this.on && !this.failure) {
        this.allowed = true;
        this.#changed();
      }
      return;
    }
    this.microphone = stream;
    // The microphone was unplugged or revoked.
    stream.getAudioTracks()[0]?.addEventListener("ended", () => {
      if (current()) this.end("no_microphone");
    });
    this.#changed();
  }

  /** Offer to send audio only. */
  async #call(
    connection: Connection,
    entity: string,
    current: () => boolean,
  ): Promise<RTCRtpSender | undefined> {
    const { configuration } = (await connection.sendMessagePromise({
      type: "camera/webrtc/get_client_config",
      entity_id: entity,
    })) as { configuration: RTCConfiguration };
    if (!current()) return undefined;
    const peer = new RTCPeerConnection(configuration);
    this.#peer = peer;
    const transceiver = peer.addTransceiver("audio", { direction: "sendonly" });
    transceiver.setCodecPreferences(spokenFirst());
    const waiting: RTCIceCandidate[] = [];
    const tell = (candidate: RTCIceCandidate): void => {
      if (this.#id === undefined) waiting.push(candidate);
      else
        void connection
          .sendMessagePromise({
            type: "camera/webrtc/candidate",
            entity_id: entity,
            session_id: this.#id,
            candidate: candidate.toJSON(),
          })
          .catch(() => undefined);
    };
    peer.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate && current()) tell(candidate);
    };
    peer.onconnectionstatechange = () => {
      if (current()) this.#look();
    };
    await peer.setLocalDescription(await peer.createOffer());
    if (!current()) return undefined;
    const unsubscribe = await connection.subscribeMessage(
      (event) => {
        if (!current()) return;
        const offered = event as Offered;
        if (offered.type === "session") {
          this.#id = offered.session_id;
          for (const one of waiting.splice(0)) tell(one);
        } else
          void this.#take(peer, offered).catch(
            (error: unknown) => current() && this.#fail(error),
          );
      },
      {
        type: "camera/webrtc/offer",
        entity_id: entity,
        offer: peer.localDescription?.sdp ?? "",
      },
      // Don't resume talking after a lost connection.
      { resubscribe: false },
    );
    if (!current()) {
      await unsubscribe().catch(() => undefined);
      return undefined;
    }
    this.#unsubscribe = unsubscribe;
    return transceiver.sender;
  }

  async #take(peer: RTCPeerConnection, offered: Offered): Promise<void> {
    if (offered.type === "answer")
      await peer.setRemoteDescription({ type: "answer", sdp: offered.answer });
    else if (offered.type === "candidate") {
      const { candidate } = offered;
      const named = candidate.sdpMid ?? candidate.sdpMLineIndex;
      await peer.addIceCandidate(
        named === undefined || named === null
          ? { ...candidate, sdpMid: "0" }
          : candidate,
      );
    } else if (offered.type === "error") this.end("refused", offered);
  }

  #look(): void {
    const { connectionState } = this.#peer ?? {};
    if (connectionState === "connected" && this.microphone) {
      if (this.state === "talking") return;
      clearTimeout(this.#timer);
      this.state = "talking";
      this.#changed();
    } else if (connectionState === "failed" || connectionState === "disconnected")
      this.end(this.state === "talking" ? "lost" : "no_way");
    else if (connectionState === "closed") this.end("lost");
  }

  #fail(error: unknown): void {
    if (error instanceof DOMException) {
      this.end(MICROPHONE[error.name] ?? "unsupported");
      return;
    }
    // An error of this page, not of the home: the browser lacks a feature.
    if (error instanceof Error && !("code" in error)) {
      this.end("unsupported");
      return;
    }
    const { code, message } = failureOf(error);
    if (code === "connection_lost") this.end("lost");
    else this.end(message ? "refused" : "unsupported", { code, message });
  }

  // Stop talking when the page is left.

  // The browser's permission prompt may take the window's focus.
  readonly #left = (): void => this.end(this.microphone ? "left" : undefined);
  readonly #hidden = (): void => {
    if (document.hidden) this.#left();
  };
  readonly #lost = (): void => {
    // Its ID is not valid on the next connection.
    this.#unsubscribe = undefined;
    this.end("lost");
  };

  #listen(): void {
    for (const event of LEAVING) window.addEventListener(event, this.#left);
    document.addEventListener("visibilitychange", this.#hidden);
    this.#connection?.addEventListener("disconnected", this.#lost);
  }

  #unlisten(): void {
    for (const event of LEAVING) window.removeEventListener(event, this.#left);
    document.removeEventListener("visibilitychange", this.#hidden);
    this.#connection?.removeEventListener("disconnected", this.#lost);
  }
}

const LEAVING = ["blur", "pagehide", "location-changed", "popstate"] as const;

/** Whether this browser supports talking; pages without HTTPS do not. */
export const canTalk = (): boolean =>
  "RTCPeerConnection" in window &&
  (navigator as { mediaDevices?: MediaDevices }).mediaDevices !== undefined;

function stop(stream: MediaStream | undefined): void {
  stream?.getTracks().forEach((track) => track.stop());
}

/** Whether the browser grants the microphone without asking. */
async function isGranted(): Promise<boolean> {
  try {
    const { state } = await navigator.permissions.query({
      name: "microphone",
    });
    return state === "granted";
  } catch {
    return false; // not all browsers support the query
  }
}

function spokenFirst(): RTCRtpCodec[] {
  const codecs = RTCRtpSender.getCapabilities("audio")?.codecs ?? [];
  const spoken = codecs.filter(({ mimeType }) => SPOKEN.test(mimeType));
  if (spoken.length === 0) throw new DOMException("", "NotSupportedError");
  return [...spoken, ...codecs.filter((codec) => !spoken.includes(codec))];
}
