import { Trans, useLingui } from '@lingui/react/macro';
import { memo, type MouseEvent } from 'react';
import { MapWindow } from './MapWindow';
import { boxOf, seatName, type PlanRow, type PlanSection } from './plan';

/* `marked` are the ids in this row, as one text: a row is drawn again only when something of it changed. */
const Row = memo(function Row({ row, marked, radius }: { row: PlanRow; marked: string; radius: number }) {
  const { i18n } = useLingui();
  const chosen = new Set(marked.split(' '));
  return (
    <g>
      {row.seats.map((seat) => {
        const kind = chosen.has(seat.id) ? 'seat seat-chosen' : seat.free ? 'seat seat-free' : 'seat seat-taken';
        return seat.accessible ? (
          <rect key={seat.id} className={kind} data-seat={seat.id} x={seat.x - radius} y={seat.y - radius} width={2 * radius} height={2 * radius}>
            <title>{seatName(seat, i18n)}</title>
          </rect>
        ) : (
          <circle key={seat.id} className={kind} data-seat={seat.id} cx={seat.x} cy={seat.y} r={radius}>
            <title>{seatName(seat, i18n)}</title>
          </circle>
        );
      })}
    </g>
  );
});

/* The hall from above, for eyes and pointers; the list below has the same seats for everybody. */
export function SeatMap({ sections, chosen, toggle }: { sections: PlanSection[]; chosen: Set<string>; toggle: (id: string) => void }) {
  const box = boxOf(sections);

  function press(event: MouseEvent<SVGSVGElement>) {
    const id = (event.target as Element).getAttribute('data-seat');
    if (id) toggle(id);
  }

  return (
    <div className="map">
      <MapWindow box={box} press={press}>
        {sections.flatMap((section) =>
          section.rows.map((row) => (
            <Row
              key={row.key}
              row={row}
              radius={box.pitch * 0.4}
              marked={row.seats.map((seat) => seat.id).filter((id) => chosen.has(id)).join(' ')}
            />
          )),
        )}
      </MapWindow>
      <ul className="map-key">
        <li>
          <span className="key-mark key-free" /> <Trans>free</Trans>
        </li>
        <li>
          <span className="key-mark key-chosen" /> <Trans>yours</Trans>
        </li>
        <li>
          <span className="key-mark key-taken" /> <Trans>taken</Trans>
        </li>
        <li>
          <span className="key-mark key-square" /> <Trans>step-free</Trans>
        </li>
      </ul>
    </div>
  );
}
