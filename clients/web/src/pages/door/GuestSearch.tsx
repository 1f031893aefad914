import { Plural, Trans } from '@lingui/react/macro';
import type { FormEvent } from 'react';
import type { Guest } from './rules';
import { guestPicked, guestsWanted, useDoor, useDoorDispatch } from './state';

function GuestLine({ guest }: { guest: Guest }) {
  const dispatch = useDoorDispatch();
  const { direction, list } = useDoor((door) => door);
  const what = [list?.typeNames[guest.typeId], guest.seat, guest.orderCode].filter(Boolean).join(' · ');
  return (
    <li className="door-guest">
      <span className="door-log-text">
        <strong dir="auto">{guest.name ?? guest.orderCode}</strong>
        <span className="door-soft" dir="auto">
          {what}
        </span>
      </span>
      <button type="button" className="button button-small" onClick={() => dispatch(guestPicked(guest))}>
        {direction === 'ENTRY' ? <Trans>Let in</Trans> : <Trans>Let out</Trans>}
        <span className="for-ears"> {guest.name ?? guest.orderCode}</span>
      </button>
    </li>
  );
}

/* Who has no code with him: by name, or by the number of his order. */
export function GuestSearch() {
  const dispatch = useDoorDispatch();
  const search = useDoor((door) => door.search);
  const look = (event: FormEvent<HTMLInputElement>) => dispatch(guestsWanted(event.currentTarget.value));
  return (
    <section className="door-search" aria-labelledby="door-search-title">
      <h2 id="door-search-title">
        <Trans>Without a code</Trans>
      </h2>
      <div className="field">
        <label className="field-label" htmlFor="door-search">
          <Trans>Name or order number</Trans>
        </label>
        <input id="door-search" type="search" autoComplete="off" autoCapitalize="off" spellCheck={false} maxLength={100} onChange={look} />
      </div>
      <p className="door-soft" role="status">
        {search && (search.guests.length > 0 ? <Plural value={search.guests.length} one="# ticket found" other="# tickets found" /> : <Trans>Nobody found.</Trans>)}
        {search?.offline && ' '}
        {search?.offline && <Trans>Without a network: as this device last read the list.</Trans>}
      </p>
      <ul className="door-guests">
        {search?.guests.map((guest) => (
          <GuestLine key={guest.ticketId} guest={guest} />
        ))}
      </ul>
    </section>
  );
}
