import type { I18n } from '@lingui/core';
import { plural, t } from '@lingui/core/macro';
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Link } from 'react-router';
import { contentIn } from '../format/content';
import { isLess, isZero, type Amount } from '../format/money';
import type { EventCardFragment } from '../graphql/generated/graphql';
import { useConfig } from './locale';
import { Money } from './Money';
import { Picture } from './Picture';
import { Time } from './Time';

export function eventPath(event: { slug: string; organizer: { slug: string } }): string {
  return `/e/${event.organizer.slug}/${event.slug}`;
}

/* The least that anything of it costs that is not gone. */
function leastPrice(event: EventCardFragment): { price: Amount; single: boolean } | null {
  const open = event.ticketTypes.filter((type) => type.availability === 'AVAILABLE');
  const types = open.length > 0 ? open : event.ticketTypes;
  const least = types.reduce<Amount | null>(
    (before, type) => (!before || isLess(type.price, before) ? type.price : before),
    null,
  );
  return least && { price: least, single: types.every((type) => type.price.amount === least.amount) };
}

type Mark = { text: string; tone: 'quiet' | 'warn' | 'bad' };

/* One word on the state of its sale; null while there is nothing to say. */
function markOf(event: EventCardFragment, i18n: I18n): Mark | null {
  const states = new Set(event.ticketTypes.map((type) => type.availability));
  if (event.status === 'CANCELLED') return { text: t(i18n)`Cancelled`, tone: 'bad' };
  if (event.status === 'POSTPONED') return { text: t(i18n)`Postponed`, tone: 'warn' };
  if (states.has('AVAILABLE')) {
    const left = event.ticketTypes.reduce((sum, type) => sum + (type.remaining ?? Infinity), 0);
    return left <= 10 && event.coming.totalCount === 1 ? { text: t(i18n)`${plural(left, { one: '# left', other: '# left' })}`, tone: 'warn' } : null;
  }
  if (states.has('RESERVED')) return { text: t(i18n)`All in carts`, tone: 'warn' };
  if (states.has('NOT_YET')) return { text: t(i18n)`Not yet on sale`, tone: 'quiet' };
  if (states.has('SOLD_OUT')) return { text: t(i18n)`Sold out`, tone: 'bad' };
  return states.has('ENDED') ? { text: t(i18n)`Sale ended`, tone: 'quiet' } : null;
}

/* `eager`: it is likely to be on the first screen. */
export function EventCard({ event, eager, level = 'h2' }: { event: EventCardFragment; eager?: boolean; level?: 'h2' | 'h3' }) {
  const Heading = level;
  const least = leastPrice(event);
  const { i18n } = useLingui();
  const { language } = useConfig();
  const mark = markOf(event, i18n);
  const more = event.coming.totalCount - 1;
  return (
    <article className="card">
      <div className="card-picture">
        <Picture imageUrl={event.imageUrl} seed={event.id} eager={eager} />
        <p className="date-tile">
          <Time at={event.startsAt} style="date" zone={event.timeZone} className="date-tile-day" />
          <Time at={event.startsAt} style="month" zone={event.timeZone} className="date-tile-month" />
        </p>
        {mark && <p className={`mark mark-${mark.tone}`}>{mark.text}</p>}
      </div>
      <div className="card-text">
        <Heading className="card-title">
          <Link to={eventPath(event)} dir="auto">
            {contentIn(language, event).title}
          </Link>
        </Heading>
        <p className="card-line">
          <Time at={event.startsAt} style="moment" zone={event.timeZone} />
          {more > 0 && (
            <span className="more-dates">
              {' '}
              <Plural value={more} one="+# more" other="+# more" />
            </span>
          )}
        </p>
        {event.venue && (
          <p className="card-line" dir="auto">
            {[event.venue.name, event.venue.city].filter(Boolean).join(', ')}
          </p>
        )}
        {least && (
          <p className="card-price">
            {least.single ? (
              <Money money={least.price} />
            ) : isZero(least.price) ? (
              <Trans>
                <Money money={least.price} /> <span className="from">and up</span>
              </Trans>
            ) : (
              <Trans>
                <span className="from">from</span> <Money money={least.price} />
              </Trans>
            )}
          </p>
        )}
      </div>
    </article>
  );
}
