/** A mock connection that answers like the integration. */

import type {
  Clip,
  ClipEvent,
  EndedShare,
  Share,
  OwnProposal,
} from "../src/api/commands.ts";
import type {
  Connection,
  ConnectionEvent,
  HomeAssistant,
  Message,
  Unsubscribe,
} from "../src/ha/hass.ts";
import { doorsIn, MockDoors } from "./doors.ts";
import { flowAnswer, texts } from "./flows.ts";
import { MockLibrary, NOW, picture } from "./library.ts";
import { declaration, notice } from "./notice.ts";
import { MockPeer } from "./peer.ts";
import { MockNotices } from "./notices.ts";
import { pageAnswer } from "./pages.ts";
import { MockRequests } from "./requests.ts";
import * as mock from "./shares.ts";
import { cancelled, withdrawn, FINGERPRINT, share } from "./shares.ts";

export { clip } from "./library.ts";

type Callback = (event: unknown) => void;

export class MockConnection implements Connection {
  connected = true;
  /** Milliseconds between two answers. */
  delay = 0;
  #answered: Promise<void> = Promise.resolve();
  /** The URL of a clip. */
  film = (): string => "clip.mp4";
  readonly sent: Message[] = [];
  readonly #state: string;
  readonly #listeners = new Map<ConnectionEvent, Set<() => void>>();
  #shares: Callback | undefined;
  #timers: ReturnType<typeof setTimeout>[] = [];
  readonly #library: MockLibrary;
  readonly #notices: MockNotices;
  readonly requests: MockRequests;
  #heard: Callback[] = [];
  readonly doors: MockDoors;
  /** The state of the user's suggestion. */
  proposed: OwnProposal["proposed"] = null;
  readonly peer = new MockPeer();
  endedShares: EndedShare[] = [];
  #seen: Record<string, string> = {};
  /** The version whose news was shown last; null for new users. */
  news: string | null = "999.0.0";
  readonly #drafts = new Map<string, unknown>();

  constructor(state: string) {
    this.#state = state;
    this.#library = new MockLibrary(state);
    this.doors = new MockDoors(state);
    this.#notices = new MockNotices(state);
    this.requests = new MockRequests(state);
    if (state === "updated") this.news = "0.1.0";
    if (state === "shares") {
      const at = new Date(NOW - 3_600_000).toISOString();
      this.endedShares = [
        { share_id: "s1", by: "Robin", what: "withdrawn", at },
        { share_id: "s2", by: "A. Veryveryverylong-Surname", what: "stopped", at },
      ];
    }
  }

  addEventListener(event: ConnectionEvent, listener: () => void): void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
  }

  removeEventListener(event: ConnectionEvent, listener: () => void): void {
    this.#listeners.get(event)?.delete(listener);
  }

  drop(): void {
    this.connected = false;
    this.#listeners.get("disconnected")?.forEach((listener) => listener());
  }

  restore(): void {
    this.connected = true;
    this.#listeners.get("ready")?.forEach((listener) => listener());
  }

  async sendMessagePromise(message: Message): Promise<unknown> {
    this.sent.push(message);
    if (!this.connected) throw 3; // as the frontend's library does
    if (this.delay > 0) await this.#turn();
    return this.#answer(message);
  }

  async subscribeMessage(
    callback: (event: unknown) => void,
    message: Message,
  ): Promise<Unsubscribe> {
    this.sent.push(message);
    if (this.delay > 0) await this.#turn();
    this.#subscribed(message, callback);
    return async () => {
      this.sent.push({ type: "unsubscribe", what: message.type });
      this.#heard = this.#heard.filter((one) => one !== callback);
    };
  }

  /** Wait until the earlier answers were given. */
  async #turn(): Promise<void> {
    this.#answered = this.#answered.then(
      () => new Promise((done) => setTimeout(done, this.delay)),
    );
    await this.#answered;
  }

  async #answer(message: Message): Promise<unknown> {
    if (message.type === "doorwatch/clips/list" && this.#state === "loading")
      return new Promise(() => undefined);
    const ofLibrary = this.#library.answer(message);
    if (message.type === "doorwatch/clips/delete")
      this.#tell({ type: "removed", clip_id: String(message["clip_id"]) });
    if (ofLibrary !== undefined) return ofLibrary;
    const ofPeer = this.peer.answer(message);
    if (ofPeer !== undefined) return ofPeer;
    switch (message.type) {
      case "doorwatch/agencies":
        return mock.agenciesIn(this.#state);
      case "doorwatch/seen":
        return { seen: this.#seen, news: this.news, ended_shares: this.endedShares };
      case "doorwatch/seen/mark":
        if (typeof message["news"] === "string") this.news = message["news"];
        this.#seen = { ...this.#seen, ...(message["seen"] as Record<string, string>) };
        this.endedShares = this.endedShares.filter(
          ({ share_id }) =>
            !(message["ended_shares"] as string[] | undefined)?.includes(share_id),
        );
        return { seen: this.#seen, news: this.news, ended_shares: this.endedShares };
      case "doorwatch/draft":
        return { draft: this.#drafts.get(String(message["clip_id"])) ?? null };
      case "doorwatch/draft/save":
        this.#drafts.set(String(message["clip_id"]), message["draft"]);
        return null;
      case "doorwatch/draft/drop":
        this.#drafts.delete(String(message["clip_id"]));
        return null;
      case "doorwatch/clips/link": {
        const index = Number(String(message["clip_id"]).split("-")[1]);
        return {
          url: this.film(),
          thumbnail: picture(index),
          download: "clip.mp4?download=1",
          preview: null,
        };
      }
      case "doorwatch/clips/strip":
        if (this.#state === "no-strip") throw { code: "no_picture", message: "" };
        return {
          length: 25,
          keyframes: Array.from({ length: 13 }, (_, index) => index * 2),
          stills: Array.from({ length: 12 }, (_, index) => ({
            at: index * 2,
            picture: picture(index),
          })),
        };
      case "doorwatch/clips/loudness":
        return {
          levels: Array.from({ length: 120 }, (_, index) =>
            Math.max(0, Math.sin(index / 9) * Math.sin(index * 1.7)),
          ),
        };
      case "doorwatch/clips/still":
        return {
          at: message["at"],
          picture: picture(Math.floor(Number(message["at"]) / 2)),
        };
      case "frontend/get_translations":
        return texts(message);
      case "auth/sign_path":
        return { path: picture(3) };
      case "doorwatch/proposals/mine":
        return { proposed: this.proposed };
      case "call_service":
        if (message["service"] === "propose_share") {
          this.proposed = { at: new Date().toISOString(), became: "open" };
          return { response: { proposal_id: "proposal-new" } };
        }
        this.#begin();
        return { response: { share_id: "share-new" } };
      case "doorwatch/share/proof":
        return {
          fingerprint: FINGERPRINT,
          receipt: "data:text/plain,receipt",
          delivery_receipt: "data:text/plain,delivery",
          declaration: "data:text/plain,declaration",
          request: null,
        };
      case "doorwatch/share/withdraw":
        this.#changed("delivered", withdrawn(String(message["share_id"])));
        return {};
      case "doorwatch/ledger/link":
        return { url: "data:text/plain,ledger" };
      case "doorwatch/share/retry":
        this.#shares?.({ type: "changed", share: share("uploading") });
        return {};
      case "doorwatch/share/cancel":
        this.#timers.forEach(clearTimeout);
        this.#changed("cancelled", cancelled(String(message["share_id"])));
        return {};
      default:
        return (
          this.doors.answer(message) ??
          this.#notices.answer(message) ??
          this.requests.answer(message) ??
          pageAnswer(this.#state, message) ??
          {}
        );
    }
  }

  /** Report a new clip. */
  save(clip: Clip): void {
    this.#library.clips = [clip, ...this.#library.clips];
    this.#tell({ type: "saved", clip });
  }

  #tell(event: ClipEvent): void {
    this.#heard.forEach((hear) => hear(event));
  }

  #subscribed(message: Message, callback: Callback): void {
    if (this.doors.hear(message, callback)) return;
    if (message.type === "doorwatch/shares/subscribe") {
      this.#shares = callback;
      const shares: Record<string, Share[]> = {
        shares: mock.SHARES,
        requests: mock.SHARES,
        pausing: [mock.PAUSING],
        "by-hand": mock.BY_HAND,
      };
      callback({ type: "all", shares: shares[this.#state] ?? [] });
    } else if (message.type === "doorwatch/proposals/subscribe") {
      const proposal = {
        proposal_id: "proposal-1",
        clip_id: "clip-0",
        agency_id: "agency-1",
        request_id: null,
        at: new Date().toISOString(),
        by: "automation",
      };
      callback({
        type: "all",
        proposals: this.#state === "proposal" ? [proposal] : [],
      });
    } else if (message.type === "doorwatch/clips/subscribe") {
      this.#heard.push(callback);
    } else if (message.type === "camera/webrtc/offer") {
      void this.peer.take(message, callback);
    } else if (message.type === "doorwatch/requests/subscribe") {
      this.requests.hear(callback);
    } else if (message.type === "doorwatch/clips/preview") {
      callback({ type: "progress", fraction: 0.4 });
      this.#timers.push(
        setTimeout(() => callback({ type: "ready", url: "clip.mp4" }), 1_500),
      );
    } else if (message.type === "doorwatch/share/prepare") {
      this.#prepare(message, callback);
    } else if (message.type === "doorwatch/copy/prepare") {
      this.#prepareCopy(message, callback);
    }
  }

  #prepareCopy(message: Message, callback: Callback): void {
    const edits = message["edits"] as { audio?: boolean } | undefined;
    callback({ type: "progress", stage: "checking", fraction: 0.4 });
    if (this.#state === "preparing") return;
    setTimeout(() => {
      callback({
        type: "ready",
        url: this.#state === "never-shown" ? "not-a-video" : "preview.mp4",
        download: "preview.mp4?download=1",
        name: "front_door_2026-11-30_18-54-02.mp4",
        size: 4_200_000,
        sha256: "9f2c4be1d07a6638".repeat(4),
        audio: edits?.audio ?? false,
        expires_in: this.#state === "expires" ? 0.5 : 3600,
      });
    }, 50);
  }

  #prepare(message: Message, callback: Callback): void {
    if (this.#state === "pin" && message["password"] !== "1234") {
      throw { code: message["password"] ? "pin_wrong" : "pin_required", message: "" };
    }
    if (message["request_id"] === "hostile")
      throw { code: "request_closed", message: "" };
    if (message["request_id"] === "elsewhere" && !message["still_belongs"])
      throw { code: "clip_does_not_match", message: "" };
    const small = message["small_preview"] === true;
    const shown = this.#state === "unshown" ? small : this.#state !== "never-shown";
    callback({ type: "progress", stage: "checking", fraction: 0.4 });
    if (this.#state === "preparing") return;
    if (this.#state === "redacting") {
      callback({ type: "progress", stage: "redacting", fraction: 0.62 });
      return;
    }
    setTimeout(() => {
      callback({
        type: "ready",
        confirmation: "confirmation-1",
        expires_in: this.#state === "expires" ? 0.5 : 600,
        preview_url: shown ? "preview.mp4" : "not-a-video",
        small_preview: small,
        declaration: declaration(message),
        notice: {
          ...notice(message),
          ...(this.#state === "unknown-sentence"
            ? { sentences: ["something_new"] }
            : {}),
        },
      });
    }, 50);
  }

  #changed(state: Share["state"], change: Partial<Share> = {}): void {
    const changed = share(state, { share_id: "share-new", ...change });
    this.#shares?.({ type: "changed", share: changed });
  }

  #begin(): void {
    this.#changed("waiting", { cancel_in: 3 });
    const later = (ms: number, ...change: [Share["state"], Partial<Share>?]): void => {
      this.#timers.push(setTimeout(() => this.#changed(...change), ms));
    };
    later(3_000, "packaging");
    later(3_300, "uploading", { sent: 1_000_000 });
    later(3_600, "uploading", { sent: 8_000_000 });
    later(4_000, "delivered");
  }
}

export function makeHass(
  connection: MockConnection,
  state: string,
  language = "en",
): HomeAssistant {
  return {
    connection,
    connected: connection.connected,
    language,
    locale: { language, time_format: "24" },
    config: { time_zone: "Europe/Berlin" },
    user: { id: "user-1", name: "Robin Example", is_admin: !state.endsWith("-guest") },
    fetchWithAuth: async (path, init) => {
      const clip = /^\/api\/doorwatch\/thumbnail\/clip-(\d+)$/.exec(path)?.[1];
      const isCamera = path.startsWith("/api/camera_proxy/");
      const shown = isCamera ? picture(3) : clip ? picture(Number(clip)) : path;
      return flowAnswer(path, init) ?? fetch(shown, init);
    },
    states: {
      "camera.doorbell_1": {
        state: state.startsWith("offline") ? "unavailable" : "idle",
      },
      ...Object.fromEntries(
        Array.from({ length: doorsIn(state) - 1 }, (_, index) => [
          `camera.doorbell_${index + 2}`,
          { state: "idle" },
        ]),
      ),
      "script.open_gate": {
        state: "off",
        attributes: { friendly_name: "Open the gate" },
      },
    },
  };
}
