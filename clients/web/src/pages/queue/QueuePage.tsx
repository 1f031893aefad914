import type { I18n, MessageDescriptor } from '@lingui/core';
import { msg, plural, t } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from 'react-router';
import { formatCountdown } from '../../format/time';
import { QueuePageDocument, type PlaceStateFragment } from '../../graphql/generated/graphql';
import { eventPath } from '../../parts/EventCard';
import { FormErrors } from '../../parts/FormErrors';
import { Head } from '../../parts/Head';
import { Loading } from '../../parts/Loading';
import { useLocale } from '../../parts/locale';
import { PostForm } from '../../parts/PostForm';
import { Themed } from '../../parts/Themed';
import { Time } from '../../parts/Time';
import { useShown } from '../../parts/useShown';
import type { Visit } from '../../routes';
import { useAppSelector } from '../../state/store';
import { DatePicker } from '../event/DatePicker';
import { shownDate, upcoming, type ShownEvent } from '../event/dates';
import { Offers } from '../event/Offers';
import { queueVariables } from './route';

/* "2 to 5 minutes": what the server says, rounded so that it does not pretend. */
function waitOf(place: PlaceStateFragment, i18n: I18n): string {
  const minutes = (seconds: number) => Math.max(1, Math.round(seconds / 60));
  if (place.waitSecondsLow == null) return t(i18n)`Nobody can tell yet how long it takes.`;
  const low = minutes(place.waitSecondsLow);
  if (place.waitSecondsHigh == null) return t(i18n)`${plural(low, { one: 'It takes at least a minute.', other: 'It takes at least # minutes.' })}`;
  const high = minutes(place.waitSecondsHigh);
  if (high <= low) return t(i18n)`${plural(low, { one: 'It takes about a minute.', other: 'It takes about # minutes.' })}`;
  return t(i18n)`It takes ${low} to ${high} minutes.`;
}

const TITLES: Record<PlaceStateFragment['state'], MessageDescriptor> = {
  PRE_QUEUE: msg`You are here in good time`,
  WAITING: msg`You are in line`,
  ADMITTED: msg`It is your turn`,
  EXPIRED: msg`Your turn has passed`,
  LEFT: msg`You have left the line`,
  NOT_NEEDED: msg`There is no line any more`,
};

function Standing({ place, event }: { place: PlaceStateFragment; event: ShownEvent }) {
  const { i18n } = useLingui();
  const startsAt = event.waitingRoom?.startsAt;
  if (place.state === 'PRE_QUEUE')
    return (
      <p className="lead" role="status">
        {startsAt ? (
          <Trans>
            Everybody who is here when it starts is drawn into a fair order at <Time at={startsAt} style="clock" zone={event.timeZone} />. Coming earlier or reloading changes nothing.
          </Trans>
        ) : (
          <Trans>Everybody who is here when it starts is drawn into a fair order. Coming earlier or reloading changes nothing.</Trans>
        )}
      </p>
    );
  if (place.state !== 'WAITING') return null;
  return (
    <div role="status" className="standing">
      {place.position != null && (
        <p className="standing-number">
          <Trans>
            <span>{place.position}</span> your place in line
          </Trans>
        </p>
      )}
      <p className="lead">
        {waitOf(place, i18n)} <Trans>Stay on this page: it moves by itself, and keeps your place when you reload it.</Trans>
      </p>
    </div>
  );
}

/* One's own minutes to choose. */
function Turn({ place, event, visit }: { place: PlaceStateFragment; event: ShownEvent; visit: Visit }) {
  const locale = useLocale();
  const clock = useAppSelector((state) => state.clock);
  const date = shownDate(event, visit.search.get('date'), clock.nowMs);
  const dates = upcoming(event, clock.nowMs);
  const left = place.passExpiresAt ? (Date.parse(place.passExpiresAt) - clock.nowMs) / 1000 : 0;
  return (
    <>
      {place.passExpiresAt && (
        <p className={left < 120 ? 'timer timer-soon' : 'timer'}>
          {clock.ticking ? (
            <Trans>Choose your tickets within {formatCountdown(left, locale)}.</Trans>
          ) : (
            <Trans>
              Choose your tickets until <Time at={place.passExpiresAt} style="clock" zone={event.timeZone} />.
            </Trans>
          )}
        </p>
      )}
      <div className="panel queue-panel">
        {dates.length > 1 && <DatePicker dates={dates} zone={event.timeZone} path={visit.path} chosen={date?.id ?? ''} />}
        {date && <Offers key={date.id} eventId={event.id} date={date} zone={event.timeZone} closed={false} action={`${visit.path}?date=${date.id}`} pass={place.pass ?? undefined} />}
      </div>
    </>
  );
}

export function QueuePage({ visit }: { visit: Visit }) {
  const data = useShown(QueuePageDocument, queueVariables(visit));
  const { t } = useLingui();
  const place = data?.waitingPlace;
  if (!place) return <Loading />;
  const { event, state } = place;
  const waits = state === 'WAITING' || state === 'PRE_QUEUE';
  return (
    <Themed organizer={event.organizer}>
      <section className="queue">
        <Head title={`${t(TITLES[state])} – ${event.title}`} description={t`The waiting room of this sale.`} path={null} />
        {waits && (
          <noscript>
            <meta httpEquiv="refresh" content={String(place.pollSeconds ?? 15)} />
          </noscript>
        )}
        <header className="queue-head">
          <p className="kicker" dir="auto">
            {event.title}
          </p>
          <h1>{t(TITLES[state])}</h1>
        </header>
        {place.message && waits && (
          <p className="notice" dir="auto">
            {place.message}
          </p>
        )}
        <Standing place={place} event={event} />
        {state === 'ADMITTED' && <Turn place={place} event={event} visit={visit} />}
        {waits && (
          <PostForm name="leave" action={visit.path}>
            <input type="hidden" name="back" value={eventPath(event)} />
            <FormErrors form="leave" />
            <button className="button button-quiet button-small" type="submit">
              <Trans>Give up my place</Trans>
            </button>
          </PostForm>
        )}
        {!waits && state !== 'ADMITTED' && (
          <p>
            <Link className="button" to={eventPath(event)}>
              {state === 'NOT_NEEDED' ? <Trans>Choose tickets</Trans> : <Trans>Back to the event</Trans>}
            </Link>
          </p>
        )}
      </section>
    </Themed>
  );
}
