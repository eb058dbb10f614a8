/** The volume of a microphone, 0 to 1, several times per second. */

const EACH = 80;
/** The amplitude of a voice near the microphone, as a fraction of the maximum. */
const LOUD = 0.25;

export class Level {
  readonly #context = new AudioContext();
  readonly #analyser = this.#context.createAnalyser();
  readonly #samples = new Float32Array(this.#analyser.fftSize);
  readonly #source: MediaStreamAudioSourceNode;
  readonly #listening: ReturnType<typeof setInterval>;

  constructor(microphone: MediaStream, heard: (level: number) => void) {
    this.#source = this.#context.createMediaStreamSource(microphone);
    this.#source.connect(this.#analyser);
    this.#listening = setInterval(() => heard(this.#now()), EACH);
  }

  #now(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0);
    return Math.min(1, Math.sqrt(power / this.#samples.length) / LOUD);
  }

  stop(): void {
    clearInterval(this.#listening);
    this.#source.disconnect();
    void this.#context.close();
  }
}
