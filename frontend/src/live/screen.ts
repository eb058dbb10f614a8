/** Full screen and picture-in-picture, as far as the browser supports them. */

/** iPhones show only the video itself in full screen. */
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
    // A video that started automatically would pause when it leaves the screen.
    await video.play();
  }
}

export const canFill = (video: HTMLVideoElement | undefined): boolean =>
  document.fullscreenEnabled ||
  (video as PhoneVideo | undefined)?.webkitEnterFullscreen !== undefined;

/** Show the element with its controls in full screen if possible, else only the video. */
export async function toggleFull(
  element: HTMLElement,
  video: HTMLVideoElement | undefined,
): Promise<void> {
  if (element.matches(":fullscreen")) await document.exitFullscreen();
  else if (document.fullscreenEnabled) await element.requestFullscreen();
  else (video as PhoneVideo | undefined)?.webkitEnterFullscreen?.();
}
