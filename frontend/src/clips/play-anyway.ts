/** Start a video, without audio if the browser allows nothing else; return whether it plays. */
export async function playAnyway(video: HTMLVideoElement): Promise<boolean> {
  try {
    await video.play();
  } catch (error) {
    const refused = error instanceof DOMException && error.name === "NotAllowedError";
    if (!refused || video.muted) return false;
    video.muted = true;
    return await playAnyway(video);
  }
  return true;
}
