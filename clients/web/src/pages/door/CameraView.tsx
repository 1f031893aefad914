import type { I18n } from '@lingui/core';
import { t } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useRef, useState } from 'react';
import type { Camera } from './camera';

function problemOf(error: unknown, i18n: I18n): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError') return t(i18n)`The camera may not be used here. Allow it in the browser, or use a hand scanner.`;
  if (name === 'NotFoundError' || name === 'NotReadableError') return t(i18n)`There is no camera, or another program has it.`;
  return t(i18n)`The camera could not be started. A hand scanner and typing work all the same.`;
}

/* The picture, once it is wanted. The decoder is loaded then, too. */
export function CameraView({ onCode, onProblem }: { onCode: (code: string) => void; onProblem: (problem: string | null) => void }) {
  const { i18n, t } = useLingui();
  const video = useRef<HTMLVideoElement>(null);
  const camera = useRef<Camera | null>(null);
  const tell = useRef(onCode);
  const [state, setState] = useState<'off' | 'starting' | 'on'>('off');
  const [light, setLight] = useState(false);
  tell.current = onCode;

  useEffect(() => () => camera.current?.stop(), []);

  async function start() {
    if (!video.current) return;
    setState('starting');
    onProblem(null);
    try {
      const { startCamera } = await import('./camera');
      camera.current = await startCamera(video.current, (code) => tell.current(code));
      setState('on');
    } catch (error) {
      console.warn(`camera: ${String(error)}`);
      onProblem(problemOf(error, i18n));
      setState('off');
    }
  }

  function stop() {
    camera.current?.stop();
    camera.current = null;
    setLight(false);
    setState('off');
  }

  async function turnLight() {
    await camera.current?.light?.(!light);
    setLight(!light);
  }

  return (
    <div className="door-camera">
      <div className={`door-picture door-picture-${state}`}>
        <video ref={video} muted playsInline aria-label={t`What the camera sees`} />
        {state !== 'on' && (
          <button className="button" onClick={() => void start()} disabled={state === 'starting'}>
            {state === 'starting' ? <Trans>Starting …</Trans> : <Trans>Scan with the camera</Trans>}
          </button>
        )}
      </div>
      {state === 'on' && (
        <div className="door-camera-bar">
          <button className="button button-quiet button-small" onClick={stop}>
            <Trans>Stop the camera</Trans>
          </button>
          {camera.current?.light && (
            <button className="button button-quiet button-small" aria-pressed={light} onClick={() => void turnLight()}>
              <Trans context="camera">Light</Trans>
            </button>
          )}
        </div>
      )}
    </div>
  );
}
