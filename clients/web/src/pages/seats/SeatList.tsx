import { Trans } from '@lingui/react/macro';
import { memo } from 'react';
import { Money } from '../../parts/Money';
import type { Offer, PlanRow, PlanSeat, PlanSection } from './plan';

export type Mark = (seat: PlanSeat, on: boolean) => void;

const Row = memo(function Row({ row, section, marked, mark }: { row: PlanRow; section: string; marked: string; mark: Mark }) {
  const chosen = new Set(marked.split(' '));
  if (!row.seats.some((seat) => seat.free)) return null;
  return (
    <fieldset className="seat-row">
      <legend>
        <Trans>
          <span className="for-ears">{section}, </span>Row {row.name}
        </Trans>
      </legend>
      <ul className="seat-list">
        {row.seats
          .filter((seat) => seat.free)
          .map((seat) => (
            <li key={seat.id}>
              <label className="seat-box">
                <input type="checkbox" name={`seat.${seat.id}`} checked={chosen.has(seat.id)} onChange={(event) => mark(seat, event.currentTarget.checked)} />
                <span>
                  {seat.number}
                  {seat.accessible && (
                    <span className="seat-note">
                      {' '}
                      <Trans>step-free</Trans>
                    </span>
                  )}
                </span>
              </label>
            </li>
          ))}
      </ul>
    </fieldset>
  );
});

/* Which ticket type seats of this area are bought as; one alone needs no choice. */
export function TypeChoice({ quotaId, offers, of }: { quotaId: string; offers: Offer[]; of?: string }) {
  const name = `type.${quotaId}`;
  const [only] = offers;
  if (offers.length === 1 && only) return <input type="hidden" name={name} value={only.ticketType.id} />;
  return (
    <fieldset className="seat-types">
      <legend>
        <Trans>Kind of ticket</Trans>
        {of && (
          <>
            : <span dir="auto">{of}</span>
          </>
        )}
      </legend>
      {offers.map((offer, at) => (
        <label className="seat-type" key={offer.id}>
          <input type="radio" name={name} value={offer.ticketType.id} defaultChecked={at === 0} />
          <span>
            <span dir="auto">{offer.ticketType.name}</span> <Money money={offer.price} />
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/*
 * Every free seat with its name, row by row: for keyboards, screen readers, and where there are no scripts. `kinds`: with the kinds of
 * ticket, where they are not said above.
 */
export function SeatList({ sections, chosen, mark, kinds }: { sections: PlanSection[]; chosen: Set<string>; mark: Mark; kinds: boolean }) {
  const seen = new Set<string>();
  return (
    <div className="seat-sections">
      {sections.map((section) => {
        const isFirst = !seen.has(section.quotaId);
        seen.add(section.quotaId);
        const free = section.rows.reduce((sum, row) => sum + row.seats.filter((seat) => seat.free).length, 0);
        const offer = section.offers.length === 1 ? section.offers[0] : undefined; /* else the choice above has the prices */
        return (
          <section key={section.id}>
            {isFirst && kinds && <TypeChoice quotaId={section.quotaId} offers={section.offers} />}
            <details>
              <summary>
                <span dir="auto">{section.name}</span>
                <span className="facts-more">
                  <Trans>{free} free</Trans>
                  {offer && ' · '}
                  {offer && <Money money={offer.price} />}
                </span>
              </summary>
              {section.rows.map((row) => (
                <Row
                  key={row.key}
                  row={row}
                  section={section.name}
                  mark={mark}
                  marked={row.seats.map((seat) => seat.id).filter((id) => chosen.has(id)).join(' ')}
                />
              ))}
            </details>
          </section>
        );
      })}
    </div>
  );
}
