/** Stands in for Home Assistant's player: a clock that runs, or nothing, or a refusal. */

export type Playing = "plays" | "nothing" | "refuses";

/** What the next ones do. */
export const player = { does: "plays" as Playing };

class MockPlayer extends HTMLElement {
  #drawing: ReturnType<typeof setInterval> | undefined;

  connectedCallback(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    if (player.does === "refuses") {
      root.innerHTML = "<ha-alert>Failed to start WebRTC stream</ha-alert>";
      return;
    }
    root.innerHTML = `<video autoplay playsinline style="width:100%;height:100%"></video>`;
    const video = root.querySelector("video");
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
  stateObj: unknown;
  fitMode: string | undefined;

  connectedCallback(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.replaceChildren(document.createElement("ha-web-rtc-player"));
  }
}

export function defineCameraStream(): void {
  if (customElements.get("ha-camera-stream")) return;
  customElements.define("ha-web-rtc-player", MockPlayer);
  customElements.define("ha-camera-stream", MockCameraStream);
}
