/* Codes out of the camera's picture, by a decoder in WebAssembly that we serve ourselves. */
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import decoderUrl from 'zxing-wasm/reader/zxing_reader.wasm?url';

const EVERY_MS = 100;
const SIDE_MAX = 960; /* more pixels find no more codes, only later */
const GONE_MS = 2500; /* a code that was not in the picture for so long counts as shown again */

export interface Camera {
  stop(): void;
  /* Null: it has no light. */
  light: ((on: boolean) => Promise<void>) | null;
}

type Light = MediaTrackCapabilities & { torch?: boolean };

function lightOf(track: MediaStreamTrack | undefined): Camera['light'] {
  const canLight = (track?.getCapabilities?.() as Light | undefined)?.torch;
  if (!track || !canLight) return null;
  return (on) => track.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
}

function pixelsOf(video: HTMLVideoElement, canvas: OffscreenCanvas): ImageData | null {
  const { videoWidth, videoHeight } = video;
  const scale = Math.min(1, SIDE_MAX / Math.max(videoWidth, videoHeight));
  if (videoWidth === 0) return null;
  canvas.width = Math.round(videoWidth * scale);
  canvas.height = Math.round(videoHeight * scale);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return context?.getImageData(0, 0, canvas.width, canvas.height) ?? null;
}

/* Each text once for as long as it stays in the picture. */
function onceEach(onCode: (text: string) => void): (text: string) => void {
  let last = '';
  let seenMs = 0;
  return (text) => {
    const now = Date.now();
    const isFresh = text !== last || now - seenMs > GONE_MS;
    last = text;
    seenMs = now;
    if (isFresh) onCode(text);
  };
}

/* Throws when there is no camera, or we may not use it. `video` shows the picture; `onCode` gets each code once. */
export async function startCamera(video: HTMLVideoElement, onCode: (text: string) => void): Promise<Camera> {
  prepareZXingModule({ overrides: { locateFile: () => decoderUrl } });
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  const canvas = new OffscreenCanvas(1, 1);
  const tell = onceEach(onCode);
  let isRunning = true;
  const look = async () => {
    const pixels = pixelsOf(video, canvas);
    const found = pixels ? await readBarcodes(pixels, { formats: ['QRCode'], tryHarder: true, maxNumberOfSymbols: 1 }) : [];
    if (isRunning && found[0]?.isValid) tell(found[0].text);
    if (isRunning) setTimeout(run, EVERY_MS);
  };
  const run = () => void look().catch((error: unknown) => console.error(`camera: ${String(error)}`));
  const stop = () => {
    isRunning = false;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  try {
    video.srcObject = stream;
    await video.play();
  } catch (error) {
    stop();
    throw error;
  }
  run();
  return { stop, light: lightOf(stream.getVideoTracks()[0]) };
}
