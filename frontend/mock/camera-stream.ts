/** A stub of Home Assistant's player: plays a clock, shows nothing, or fails. */

export type Playing = "plays" | "nothing" | "refuses";

/** What the next players do. */
export const player = { does: "plays" as Playing };

class MockPlayer extends HTMLElement {
  muted = false;
  #drawing: ReturnType<typeof setInterval> | undefined;

  connectedCallback(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    if (player.does === "refuses") {
      root.innerHTML = "<ha-alert>Failed to start WebRTC stream</ha-alert>";
      return;
    }
    root.innerHTML = `<video autoplay playsinline style="width:100%;height:100%"></video>`;
    const video = root.querySelector("video");
    if (video) video.muted = this.muted;
    if (player.does === "plays" && video) video.srcObject = this.#clock();
  }

  disconnectedCallback(): void {
    clearInterval(this.#drawing);
  }

  #clock(): MediaStream {
    const canvas = Object.assign(document.createElement("canvas"), {
      width: 640,
      height: 360,
    });
    const paper = canvas.getContext("2d");
    let frame = 0;
    this.#drawing = setInterval(() => {
      if (!paper) return;
      paper.fillStyle = `hsl(${frame % 360} 40% 45%)`;
      paper.fillRect(0, 0, 640, 360);
      paper.fillStyle = "#fff";
      paper.font = "64px sans-serif";
      paper.fillText(`Live ${frame}`, 40, 200);
      frame += 1;
    }, 40);
    return canvas.captureStream(25);
  }
}

class MockCameraStream extends HTMLElement {
  #muted = false;
  #player: (HTMLElement & { muted: boolean }) | undefined;

  stateObj: unknown;
  fitMode: string | undefined;

  get muted(): boolean {
    return this.#muted;
  }

  set muted(muted: boolean) {
    this.#muted = muted;
    const video = this.#player?.shadowRoot?.querySelector("video");
    if (video) video.muted = muted;
  }

  connectedCallback(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    this.#player = Object.assign(document.createElement("ha-web-rtc-player"), {
      muted: this.#muted,
    });
    root.replaceChildren(this.#player);
  }
}

export function defineCameraStream(): void {
  if (customElements.get("ha-camera-stream")) return;
  customElements.define("ha-web-rtc-player", MockPlayer);
  customElements.define("ha-camera-stream", MockCameraStream);
}
