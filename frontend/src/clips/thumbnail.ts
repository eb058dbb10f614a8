/**
 * The picture of a clip, fetched by the page with its login: it has one address for good, so the
 * browser keeps it, and the home is asked at each showing whether this person may still see it.
 */

import { css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { HomeElement } from "../ha/home-element.ts";

/** Told once when they come near to what is on the screen. */
const comes = new WeakMap<Element, () => void>();
const nearby = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) comes.get(target)?.();
    }
  },
  { rootMargin: "50%" },
);

@customElement("doorwatch-thumbnail")
export class Thumbnail extends HomeElement {
  static override readonly styles = css`
    :host {
      display: block;
      overflow: hidden;
      background: #1c1c1e;
      color: #fff;
    }
    img,
    span {
      width: 100%;
      height: 100%;
    }
    img {
      display: block;
      object-fit: cover;
    }
    span {
      display: grid;
      place-items: center;
      padding: 4px;
      text-align: center;
      font-size: 0.8125rem;
    }
  `;

  @property({ attribute: false }) path = "";
  @property({ attribute: false }) alt = "";
  @state() private source: string | undefined;
  @state() private missing = false;
  private fetching: AbortController | undefined;
  private wasConnected = true;

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.await();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.forget();
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    const back = this.hass.connected && !this.wasConnected;
    this.wasConnected = this.hass.connected;
    if (changed.has("path") || (back && this.missing)) {
      this.forget();
      this.await();
    }
  }

  private await(): void {
    comes.set(this, () => void this.load());
    nearby.observe(this);
  }

  private forget(): void {
    nearby.unobserve(this);
    this.fetching?.abort();
    this.fetching = undefined;
    if (this.source) URL.revokeObjectURL(this.source);
    this.source = undefined;
    this.missing = false;
  }

  private async load(): Promise<void> {
    nearby.unobserve(this);
    const { path, hass } = this;
    if (!path || this.fetching) return;
    const fetching = new AbortController();
    this.fetching = fetching;
    const { signal } = fetching;
    try {
      const response = await hass.fetchWithAuth(path, { signal });
      if (!response.ok) throw new Error(response.statusText);
      const picture = await response.blob();
      if (!signal.aborted) this.source = URL.createObjectURL(picture);
    } catch {
      if (!signal.aborted) this.missing = true;
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.missing)
      return html`<span>${this.strings.text("clip.no_thumbnail")}</span>`;
    if (!this.source) return nothing;
    return html`<img
      src=${this.source}
      alt=${this.alt}
      decoding="async"
      @error=${() => (this.missing = true)}
    />`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "doorwatch-thumbnail": Thumbnail;
  }
}
