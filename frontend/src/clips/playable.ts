/** Whether this browser can play a clip, by its exact codecs. */

import type { Clip } from "../api/commands.ts";

const answers = new Map<string, Promise<boolean>>();

/** Try clips whose codec names are unknown; the player reports errors. */
export function canPlay(clip: Clip): Promise<boolean> {
  if (clip.plays_everywhere || !clip.codecs) return Promise.resolve(true);
  const key = `${clip.codecs} ${clip.width}x${clip.height}`;
  const known = answers.get(key) ?? ask(clip, clip.codecs);
  answers.set(key, known);
  return known;
}

async function ask(clip: Clip, codecs: string): Promise<boolean> {
  const type = `video/mp4; codecs="${codecs}"`;
  if (document.createElement("video").canPlayType(type) === "") return false;
  // Some browsers say "probably" although the device has no decoder.
  const [video = ""] = codecs.split(",");
  try {
    const { supported } = await navigator.mediaCapabilities.decodingInfo({
      type: "file",
      video: {
        contentType: `video/mp4; codecs="${video.trim()}"`,
        width: clip.width,
        height: clip.height,
        bitrate: Math.max(1, Math.round((clip.size * 8) / Math.max(1, clip.duration))),
        framerate: 15,
      },
    });
    return supported;
  } catch {
    return true;
  }
}

const NAMES: Record<string, string> = { hevc: "H.265", h264: "H.264", av1: "AV1" };

/** The common name of the codec. */
export const codecName = (clip: Clip): string =>
  NAMES[clip.video_codec] ?? clip.video_codec.toUpperCase();
