/** Save the frame that a video shows as an image. */

import { dateFormat } from "../i18n/intl.ts";

/** Characters that some systems do not allow in file names. */
const NOT_IN_NAMES = /[\\/:*?"<>|\p{Cc}]+/gu;

/** "Front door 2026-11-24 18-54-07.jpg": the time in the clip's time zone. */
export function fileName(doorbell: string, moment: number, zone: string): string {
  const at = dateFormat("sv-SE", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(moment);
  return `${`${doorbell} ${at}`.replace(NOT_IN_NAMES, "-")}.jpg`;
}

/** Rejects if the browser can't read the frame. */
export async function saveFrame(video: HTMLVideoElement, name: string): Promise<void> {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  const image = await new Promise<Blob | null>((resolve) =>
    canvas.toBlob(resolve, "image/jpeg", 0.92),
  );
  if (!image) throw new Error(name);
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(image);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000);
}
