import type { DateStateFragment, OfferStateFragment } from '../../graphql/generated/graphql';
import { Plural, Trans } from '@lingui/react/macro';
import { Link } from 'react-router';
import { sum } from '../../format/money';
import { formatCountdown } from '../../format/time';
import { FormErrors } from '../../parts/FormErrors';
import { useLocale } from '../../parts/locale';
import { Money } from '../../parts/Money';
import { PostForm } from '../../parts/PostForm';
import { Time } from '../../parts/Time';
import { offerChosen } from '../../state/choice';
import { useAppDispatch, useAppSelector } from '../../state/store';
import { fewLeft, quantities } from './dates';

const DAY_S = 86_400;

function Countdown({ to }: { to: string }) {
  const locale = useLocale();
  const clock = useAppSelector((state) => state.clock);
  const left = (Date.parse(to) - clock.nowMs) / 1000;
  if (!clock.ticking || left <= 0 || left > 3 * DAY_S) return null;
  return (
    <span className="countdown">
      {' · '}
      <Trans>in {formatCountdown(left, locale)}</Trans>
    </span>
  );
}

/* Why it cannot be bought, as a sentence. */
function Closed({ offer, zone }: { offer: OfferStateFragment; zone: string }) {
  switch (offer.availability) {
    case 'NOT_YET':
      return (
        <p className="offer-state">
          {offer.saleStartsAt ? (
            <>
              <Trans>
                On sale <Time at={offer.saleStartsAt} style="moment" zone={zone} />
              </Trans>
              <Countdown to={offer.saleStartsAt} />
            </>
          ) : (
            <Trans>Not yet on sale</Trans>
          )}
        </p>
      );
    case 'RESERVED':
      return (
        <p className="offer-state offer-state-warn">
          <Trans>All in other carts. Some may come back in a few minutes.</Trans>
        </p>
      );
    case 'SOLD_OUT':
      return (
        <p className="offer-state offer-state-bad">
          <Trans>Sold out</Trans>
        </p>
      );
    default:
      return (
        <p className="offer-state">
          <Trans>The sale has ended</Trans>
        </p>
      );
  }
}

/* How many one order may have, where that is not as one would think. */
function Limits({ offer: { minPerOrder: least, maxPerOrder: most } }: { offer: OfferStateFragment }) {
  if (least <= 1 && most >= 10) return null;
  return (
    <p className="offer-description">
      {least > 1 && <Plural value={least} one="At least # per order" other="At least # per order" />}
      {least > 1 && most < 10 && ' · '}
      {most < 10 && <Plural value={most} one="At most # per order" other="At most # per order" />}
    </p>
  );
}

function Offer({ offer, zone, closed }: { offer: OfferStateFragment; zone: string; closed: boolean }) {
  const dispatch = useAppDispatch();
  const name = `offer.${offer.id}`;
  const kept = useAppSelector((state) => (state.form.name === 'hold' ? state.form.values[name] : undefined));
  const chosen = useAppSelector((state) => state.choice[offer.id]);
  const left = fewLeft(offer);
  const isOpen = offer.availability === 'AVAILABLE' && !closed;
  return (
    <li className={isOpen ? 'offer' : 'offer offer-closed'}>
      <div className="offer-text">
        <h3 className="offer-name" id={`name-${offer.id}`} dir="auto">
          {offer.ticketType.name}
        </h3>
        {offer.ticketType.description && (
          <p className="offer-description" dir="auto">
            {offer.ticketType.description}
          </p>
        )}
        <p className="offer-price">
          <Money money={offer.price} />
          {isOpen && left !== null && (
            <span className="few">
              {' · '}
              <Plural value={left} one="# left" other="# left" />
            </span>
          )}
        </p>
        {isOpen && <Limits offer={offer} />}
        {!isOpen && !closed && <Closed offer={offer} zone={zone} />}
      </div>
      {isOpen && (
        <select
          className="quantity"
          name={name}
          defaultValue={chosen ?? kept ?? '0'}
          aria-labelledby={`quantity-label name-${offer.id}`}
          onChange={(event) => dispatch(offerChosen({ offerId: offer.id, quantity: Number(event.currentTarget.value) }))}
        >
          {quantities(offer).map((count) => (
            <option key={count} value={count}>
              {count}
            </option>
          ))}
        </select>
      )}
    </li>
  );
}

function Total({ date }: { date: DateStateFragment }) {
  const choice = useAppSelector((state) => state.choice);
  const lines = date.offers.map((offer) => ({ price: offer.price, quantity: choice[offer.id] ?? 0 }));
  const count = lines.reduce((before, line) => before + line.quantity, 0);
  const total = sum(lines);
  return (
    <p className="total" aria-live="polite">
      {count > 0 && total && (
        <>
          <span>
            <Plural value={count} one="# ticket" other="# tickets" />
          </span> <Money money={total} />
        </>
      )}
    </p>
  );
}

interface OffersProps {
  date: DateStateFragment;
  zone: string;
  closed: boolean;
  action: string;
  eventId: string;
  /* Of the waiting room, for who has had his turn there. */
  pass?: string;
  /* Where seats are chosen by hand, if it has seats. */
  seatsPath?: string;
}

/* The tickets of one date. `closed`: nothing of it is sold, and the page says why elsewhere. */
export function Offers({ date, seatsPath, zone, closed, action, eventId, pass }: OffersProps) {
  const isOpen = !closed && date.offers.some((offer) => offer.availability === 'AVAILABLE');
  const sending = useAppSelector((state) => state.form.name === 'hold' && state.form.state === 'sending');
  const isFree = date.offers.every((offer) => /^[0.]+$/.test(offer.price.amount));
  const groups = [...new Set(date.offers.map((offer) => offer.ticketType.group ?? ''))];
  return (
    <PostForm name="hold" action={action} className="offers">
      <h2 className="panel-title">
        <Trans>Tickets</Trans>
      </h2>
      <span id="quantity-label" className="for-ears">
        <Trans>Number of tickets:</Trans>
      </span>
      <input type="hidden" name="event" value={eventId} />
      {pass && <input type="hidden" name="pass" value={pass} />}
      {groups.map((group) => (
        <fieldset className="offer-group" key={group}>
          {group ? <legend dir="auto">{group}</legend> : (
            <legend className="for-ears">
              <Trans>Ticket types</Trans>
            </legend>
          )}
          <ul className="offer-list">
            {date.offers
              .filter((offer) => (offer.ticketType.group ?? '') === group)
              .map((offer) => (
                <Offer key={`${offer.id} ${offer.availability}`} offer={offer} zone={zone} closed={closed} />
              ))}
          </ul>
        </fieldset>
      ))}
      {date.offers.length === 0 && (
        <p className="offer-state">
          <Trans>There are no tickets for this date yet.</Trans>
        </p>
      )}
      <FormErrors form="hold" all />
      {isOpen && (
        <>
          <Total date={date} />
          <button className="button button-wide" type="submit" disabled={sending}>
            {sending ? <Trans>One moment…</Trans> : isFree ? <Trans>Reserve</Trans> : <Trans>Get tickets</Trans>}
          </button>
          {seatsPath && (
            <p className="fine">
              <Trans>
                You get the best seats together. <Link to={seatsPath}>Choose seats on the plan</Link>
              </Trans>
            </p>
          )}
          <p className="fine">
            <Trans>Taxes and fees are in the price. Your places are kept for 15 minutes while you check out.</Trans>
          </p>
        </>
      )}
    </PostForm>
  );
}
