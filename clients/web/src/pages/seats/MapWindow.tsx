import { Trans } from '@lingui/react/macro';
import { useState, type MouseEventHandler, type ReactNode } from 'react';
import type { Rect } from './plan';

const ZOOMS = 4;

/* A drawing that can be looked at more closely, by buttons: nothing has to be dragged. */
export function MapWindow({ box, press, children }: { box: Rect; press?: MouseEventHandler<SVGSVGElement>; children: ReactNode }) {
  const [zoom, setZoom] = useState(1);
  return (
    <>
      <div className="map-buttons">
        <button type="button" className="button button-quiet button-small" onClick={() => setZoom(Math.min(ZOOMS, zoom + 1))} disabled={zoom === ZOOMS}>
          <Trans>Closer</Trans>
        </button>
        <button type="button" className="button button-quiet button-small" onClick={() => setZoom(Math.max(1, zoom - 1))} disabled={zoom === 1}>
          <Trans>Further away</Trans>
        </button>
      </div>
      <div className="map-window">
        <svg className={`map-hall map-hall-${zoom}`} viewBox={`${box.x} ${box.y} ${box.width} ${box.height}`} aria-hidden="true" onClick={press}>
          {children}
        </svg>
      </div>
    </>
  );
}
