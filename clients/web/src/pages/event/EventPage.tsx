import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from 'react-router';
import { formatTime, zoneName } from '../../format/time';
import { EventPageDocument, type DateStateFragment } from '../../graphql/generated/graphql';
import { Head } from '../../parts/Head';
import { useConfig, useLocale } from '../../parts/locale';
import { Loading } from '../../parts/Loading';
import { Picture } from '../../parts/Picture';
import { OrganizerLogo, Themed } from '../../parts/Themed';
import { Time } from '../../parts/Time';
import { contentIn, languagesOf } from '../../format/content';
import { eventPath } from '../../parts/EventCard';
import { useShown } from '../../parts/useShown';
import type { Visit } from '../../routes';
import { useAppSelector } from '../../state/store';
import { DatePicker } from './DatePicker';
import { isOver, shownDate, upcoming, type ShownEvent } from './dates';
import { jsonLd, scriptText } from './jsonld';
import { MoreEvents } from './MoreEvents';
import { Offers } from './Offers';
import { eventVariables } from './route';
import { Share } from './Share';
import { WaitingEntry } from './WaitingEntry';

/* Why nothing is sold although tickets may be left; null when that is not so. */
function closedBecause(event: ShownEvent, date: DateStateFragment | undefined, nowMs: number): { title: MessageDescriptor; text: MessageDescriptor } | null {
  if (event.status === 'CANCELLED')
    return { title: msg`This event was cancelled`, text: msg`Who has tickets hears from the organizer about the money.` };
  if (event.status === 'POSTPONED')
    return { title: msg`This event was postponed`, text: msg`Tickets stay valid. A new date will be shown here; until then nothing is sold.` };
  if (!date) return null;
  if (date.status === 'CANCELLED') return { title: msg`This date was cancelled`, text: msg`Please choose another one.` };
  if (isOver(date, nowMs)) return { title: msg`This is over`, text: msg`It was lovely. See what else the organizer has coming up.` };
  return null;
}

/* The reader's own clock, where it is another than the venue's: only his browser knows. */
function YourTime({ at, zone }: { at: string; zone: string }) {
  const locale = useLocale();
  const ticking = useAppSelector((state) => state.clock.ticking);
  if (!ticking) return null;
  const there = formatTime(at, 'moment', locale, zone);
  const here = formatTime(at, 'moment', locale);
  return there === here ? null : (
    <span className="your-time">
      <Trans>{here} where you are</Trans>
    </span>
  );
}

function WhenAndWhere({ event, date }: { event: ShownEvent; date: DateStateFragment | undefined }) {
  const locale = useLocale();
  const { timeZone: zone, venue } = event;
  const shown = date ?? event;
  return (
    <dl className="facts">
      <div>
        <dt>
          <Trans>When</Trans>
        </dt>
        <dd>
          <Time at={shown.startsAt} style="full" zone={zone} />
          <span className="facts-more">
            <Time at={shown.startsAt} style="clock" zone={zone} />
            {shown.endsAt && (
              <>
                {' – '}
                <Time at={shown.endsAt} style="clock" zone={zone} />
              </>
            )}{' '}
            <span suppressHydrationWarning>{zoneName(shown.startsAt, locale, zone)}</span>
            {shown.doorsAt && (
              <>
                {' · '}
                <Trans>
                  doors <Time at={shown.doorsAt} style="clock" zone={zone} />
                </Trans>
              </>
            )}
          </span>
          <YourTime at={shown.startsAt} zone={zone} />
          <a className="facts-link" href={`${eventPath(event)}.ics${date ? `?date=${date.id}` : ''}`}>
            <Trans>Into my calendar</Trans>
          </a>
        </dd>
      </div>
      {venue && (
        <div>
          <dt>
            <Trans>Where</Trans>
          </dt>
          <dd dir="auto">
            {venue.name}
            <span className="facts-more">{[venue.address, venue.city, venue.country].filter(Boolean).join(', ')}</span>
            {venue.latitude != null && venue.longitude != null && (
              <a
                className="facts-link"
                href={`https://www.openstreetmap.org/?mlat=${venue.latitude}&mlon=${venue.longitude}#map=17/${venue.latitude}/${venue.longitude}`}
              >
                <Trans>Map</Trans>
              </a>
            )}
          </dd>
        </div>
      )}
      <div>
        <dt>
          <Trans>Organizer</Trans>
        </dt>
        <dd dir="auto">
          <Link to={`/o/${event.organizer.slug}`}>{event.organizer.name}</Link>
          <OrganizerLogo organizer={event.organizer} />
        </dd>
      </div>
    </dl>
  );
}

export function EventPage({ visit }: { visit: Visit }) {
  const data = useShown(EventPageDocument, eventVariables(visit));
  const nowMs = useAppSelector((state) => state.clock.nowMs);
  const { t } = useLingui();
  const { origin, locale, language, embedded } = useConfig();
  const event = data?.event;
  if (!event) return <Loading />;
  const { title, description, language: written } = contentIn(language, event);

  const path = eventPath(event);
  const date = shownDate(event, visit.search.get('date'), nowMs);
  const closed = closedBecause(event, date, nowMs);
  const dates = upcoming(event, nowMs);
  const hasRoom = !closed && event.waitingRoom !== null && event.waitingRoom.state !== 'OFF';
  const when = formatTime((date ?? event).startsAt, 'day', locale, event.timeZone);
  const where = event.venue ? `, ${event.venue.name}${event.venue.city ? `, ${event.venue.city}` : ''}` : '';
  return (
    <Themed organizer={event.organizer}>
      <article className="event">
        <Head
          title={`${title} – ${when}${where}`}
          description={description?.slice(0, 160) ?? t`${title}, ${when}${where}. Tickets by ${event.organizer.name}.`}
          path={path}
          image={event.imageUrl}
          kind="event"
          languages={languagesOf(event)}
        />
        {/* For those who read what the server sends; a browser leaves it as it came. */}
        <script type="application/ld+json" dangerouslySetInnerHTML={{ __html: import.meta.env.SSR ? scriptText(jsonLd(event, origin, language)) : '' }} suppressHydrationWarning />
        <div className="event-main">
          <Picture imageUrl={event.imageUrl} seed={event.id} eager />
          <header className="event-head">
            <h1 dir="auto" lang={written ?? undefined}>{title}</h1>
            {event.testMode && (
              <p className="mark mark-quiet">
                <Trans>Test mode: tickets are not real</Trans>
              </p>
            )}
          </header>
          <WhenAndWhere event={event} date={date} />
          <Share title={title} path={path} />
        </div>
        <aside className="panel" aria-label={t`Tickets`}>
          {closed && (
            <div className="notice">
              <h2 className="panel-title">{t(closed.title)}</h2>
              <p>{t(closed.text)}</p>
            </div>
          )}
          {hasRoom && <WaitingEntry event={event} action={path} />}
          {dates.length > 1 && <DatePicker dates={dates} zone={event.timeZone} path={path} chosen={date?.id ?? ''} />}
          {date && <Offers key={date.id} eventId={event.id} date={date} zone={event.timeZone} closed={closed !== null || hasRoom} action={`${path}?date=${date.id}`} seatsPath={date.seatPlans.length > 0 ? `${path}/seats?date=${date.id}` : undefined} />}
        </aside>
        {description && (
          <section className="prose" aria-labelledby="about">
            <h2 id="about">
              <Trans>About</Trans>
            </h2>
            {description.split(/\n{2,}/).map((paragraph) => (
              <p key={paragraph} dir="auto" lang={written ?? undefined}>
                {paragraph}
              </p>
            ))}
          </section>
        )}
        {!embedded && <MoreEvents event={event} />}
      </article>
    </Themed>
  );
}
