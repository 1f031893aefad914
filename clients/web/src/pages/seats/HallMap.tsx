import { Trans } from '@lingui/react/macro';
import { Link } from 'react-router';
import { MapWindow } from './MapWindow';
import { middleOf, type Hall, type HallSection } from './plan';

/* As large as the section has room for, were it square; a letter is about half as wide as it is high. */
function textSize({ name, size }: HallSection, pitch: number): number {
  return (Math.sqrt(size) * pitch * 1.5) / Math.max(name.length, 4);
}

/* How much of it is left: none, little, more, most of it. */
function fullness({ free, size }: HallSection): number {
  return free === 0 ? 0 : Math.min(3, Math.floor((free / size) * 3) + 1);
}

/* The sections from above, each a way to its seats; the list of sections says the same in words, to keys and ears as well. */
export function HallMap({ hall, pathOf }: { hall: Hall; pathOf: (section: HallSection) => string }) {
  return (
    <div className="map">
      <MapWindow box={hall.box}>
        {hall.sections.map((section) => {
          const { id, name, corners, free } = section;
          const { x, y } = middleOf(section);
          const drawn = (
            <>
              <polygon points={corners.map((corner) => `${corner.x},${corner.y}`).join(' ')} strokeWidth={hall.pitch * 0.8} />
              <text x={x} y={y} fontSize={textSize(section, hall.pitch)} textAnchor="middle" dominantBaseline="central">
                {name}
              </text>
            </>
          );
          return (
            <g key={id} className={`hall-section hall-section-${fullness(section)}`}>
              {free > 0 ? (
                <Link to={pathOf(section)} tabIndex={-1}>
                  {drawn}
                </Link>
              ) : (
                drawn
              )}
            </g>
          );
        })}
      </MapWindow>
      <ul className="map-key">
        <li>
          <span className="key-mark hall-key-3" /> <Trans>many free</Trans>
        </li>
        <li>
          <span className="key-mark hall-key-1" /> <Trans>few free</Trans>
        </li>
        <li>
          <span className="key-mark key-taken" /> <Trans>none free</Trans>
        </li>
      </ul>
    </div>
  );
}
