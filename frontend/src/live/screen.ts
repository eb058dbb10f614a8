/** What a browser can do with a video besides showing it in the page: not each can do all. */

/** An iPhone shows a video alone in full, nothing around it. */
interface PhoneVideo extends HTMLVideoElement {
  webkitEnterFullscreen?: () => void;
}

export const canFloat = (video: HTMLVideoElement | undefined): boolean =>
  video !== undefined && document.pictureInPictureEnabled;

export const isFloating = (video: HTMLVideoElement | undefined): boolean => {
  let floating: Element | null | undefined = document.pictureInPictureElement;
  while (floating?.shadowRoot && floating !== video)
    floating = floating.shadowRoot.pictureInPictureElement;
  return video !== undefined && floating === video;
};

export async function toggleFloating(video: HTMLVideoElement): Promise<void> {
  if (isFloating(video)) await document.exitPictureInPicture();
  else {
    await video.requestPictureInPicture();
    // One that began by itself would be paused as soon as its place leaves the screen.
    await video.play();
  }
}

export const canFill = (video: HTMLVideoElement | undefined): boolean =>
  document.fullscreenEnabled ||
  (video as PhoneVideo | undefined)?.webkitEnterFullscreen !== undefined;

/** The element with its controls where that can be done, else the video alone. */
export async function toggleFull(
  element: HTMLElement,
  video: HTMLVideoElement | undefined,
): Promise<void> {
  if (element.matches(":fullscreen")) await document.exitFullscreen();
  else if (document.fullscreenEnabled) await element.requestFullscreen();
  else (video as PhoneVideo | undefined)?.webkitEnterFullscreen?.();
}
