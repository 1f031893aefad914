import { Trans } from '@lingui/react/macro';
import { Link } from 'react-router';
import { sum } from '../../format/money';
import type { CheckoutPageQuery } from '../../graphql/generated/graphql';
import { Money } from '../../parts/Money';
import { Time } from '../../parts/Time';
import { Totals } from '../../parts/Totals';
import { eventPath } from '../../parts/EventCard';

export type ShownHold = NonNullable<CheckoutPageQuery['hold']>;

interface Line {
  key: string;
  name: string;
  startsAt: string;
  seats: string[];
  positions: ShownHold['positions'];
}

/* Positions of one kind and date are one line. */
function linesOf(hold: ShownHold): Line[] {
  const lines = new Map<string, Line>();
  for (const position of hold.positions) {
    const key = `${position.date.id} ${position.ticketType.id} ${position.price.amount}`;
    const line = lines.get(key) ?? { key, name: position.ticketType.name, startsAt: position.date.startsAt, seats: [], positions: [] };
    line.positions.push(position);
    if (position.seat) line.seats.push(position.seat);
    lines.set(key, line);
  }
  return [...lines.values()];
}

/* What is in the cart. */
export function Summary({ hold }: { hold: ShownHold }) {
  const zone = hold.event.timeZone;
  return (
    <section className="summary" aria-labelledby="summary-title">
      <h2 id="summary-title" className="step-title">
        <Trans>Your tickets</Trans>
      </h2>
      <p className="summary-event" dir="auto">
        <Link to={eventPath(hold.event)}>{hold.event.title}</Link>
        {hold.event.venue && <span className="facts-more">{[hold.event.venue.name, hold.event.venue.city].filter(Boolean).join(', ')}</span>}
      </p>
      <ul className="lines">
        {linesOf(hold).map((line) => {
          const total = sum(line.positions.map((position) => ({ price: position.price, quantity: 1 })));
          return (
            <li key={line.key} className="line">
              <span>
                <strong>{line.positions.length} ×</strong> <span dir="auto">{line.name}</span>
                <span className="facts-more">
                  <Time at={line.startsAt} style="moment" zone={zone} />
                </span>
                {line.seats.length > 0 && <span className="facts-more">{line.seats.join(' · ')}</span>}
              </span>
              {total && <Money money={total} />}
            </li>
          );
        })}
      </ul>
      <Totals subtotal={hold.subtotal} fees={hold.fees} tax={hold.tax} total={hold.total} />
    </section>
  );
}
