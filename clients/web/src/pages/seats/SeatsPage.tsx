import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { SeatsPageDocument } from '../../graphql/generated/graphql';
import { eventPath } from '../../parts/EventCard';
import { FormErrors } from '../../parts/FormErrors';
import { Head } from '../../parts/Head';
import { Loading } from '../../parts/Loading';
import { PostForm } from '../../parts/PostForm';
import { Themed } from '../../parts/Themed';
import { Time } from '../../parts/Time';
import { useShown } from '../../parts/useShown';
import type { Visit } from '../../routes';
import { seatMarked } from '../../state/seats';
import { useAppDispatch, useAppSelector } from '../../state/store';
import { isOver } from '../event/dates';
import { seatName, sectionsOf, type PlanSeat, type SeatDate } from './plan';
import { seatsVariables } from './route';
import { SeatList } from './SeatList';
import { SeatMap } from './SeatMap';

/* What was marked, by a script or by a form that was refused; and what of it somebody else has got meanwhile. */
function useChosen(sections: ReturnType<typeof sectionsOf>) {
  const marked = useAppSelector((state) => state.seats);
  const kept = useAppSelector((state) => (state.form.name === 'hold' ? state.form.values : null));
  return useMemo(() => {
    const seats = sections.flatMap((section) => section.rows.flatMap((row) => row.seats));
    const wanted = seats.filter((seat) => marked[seat.id] ?? kept?.[`seat.${seat.id}`] !== undefined);
    return { chosen: wanted.filter((seat) => seat.free), lost: wanted.filter((seat) => !seat.free) };
  }, [kept, marked, sections]);
}

function Choose({ date, action }: { date: SeatDate; action: string }) {
  const { i18n } = useLingui();
  const names = (seats: PlanSeat[]) => seats.map((seat) => seatName(seat, i18n)).join('; ');
  const dispatch = useAppDispatch();
  const sections = useMemo(() => sectionsOf(date), [date]);
  const { chosen, lost } = useChosen(sections);
  const ids = useMemo(() => new Set(chosen.map((seat) => seat.id)), [chosen]);
  const sending = useAppSelector((state) => state.form.name === 'hold' && state.form.state === 'sending');
  const mark = useCallback((id: string, on: boolean) => dispatch(seatMarked({ id, marked: on })), [dispatch]);
  const free = useMemo(() => new Set(sections.flatMap((section) => section.rows.flatMap((row) => row.seats.filter((seat) => seat.free).map((seat) => seat.id)))), [sections]);
  return (
    <PostForm name="hold" action={action} className="seats-form">
      <input type="hidden" name="event" value={date.event.id} />
      <input type="hidden" name="date" value={date.id} />
      <SeatMap sections={sections} chosen={ids} toggle={(id) => free.has(id) && mark(id, !ids.has(id))} />
      <div className="panel seats-panel">
        <h2 className="panel-title">
          <Trans>Seats by name</Trans>
        </h2>
        <SeatList sections={sections} chosen={ids} mark={mark} />
        {lost.length > 0 && (
          <p className="notice" role="status">
            <Trans>Just taken by somebody else: {names(lost)}.</Trans>
          </p>
        )}
        <p className="seats-chosen" role="status">
          {chosen.length > 0 && (
            <>
              <strong>
                <Plural value={chosen.length} one="# seat:" other="# seats:" />
              </strong>{' '}
              {names(chosen)}
            </>
          )}
        </p>
        <FormErrors form="hold" all />
        <button className="button button-wide" type="submit" disabled={sending}>
          {sending ? <Trans>One moment…</Trans> : <Trans>Take these seats</Trans>}
        </button>
        <p className="fine">
          <Trans>Taxes and fees are in the price. Your seats are kept for 15 minutes while you check out.</Trans>
        </p>
      </div>
    </PostForm>
  );
}

export function SeatsPage({ visit }: { visit: Visit }) {
  const data = useShown(SeatsPageDocument, seatsVariables(visit));
  const { t } = useLingui();
  const nowMs = useAppSelector((state) => state.clock.nowMs);
  const date = data?.node?.__typename === 'EventDate' ? data.node : null;
  if (!date) return <Loading />;
  const { event } = date;
  const hasRoom = event.waitingRoom !== null && event.waitingRoom.state !== 'OFF';
  const isOpen = event.status === 'PUBLISHED' && date.status === 'PUBLISHED' && !isOver(date, nowMs) && !hasRoom && date.offers.some((offer) => offer.availability === 'AVAILABLE');
  return (
    <Themed organizer={event.organizer}>
      <div className="seats-page">
        <Head title={t`Seats – ${event.title}`} description={t`The plan of the hall for ${event.title}, with the seats that are free.`} path={null} />
        <header className="queue-head">
          <p className="kicker">
            <Link to={`${eventPath(event)}?date=${date.id}`} dir="auto">
              {event.title}
            </Link>
          </p>
          <h1>
            <Trans>Choose your seats</Trans>
          </h1>
          <p className="lead">
            <Time at={date.startsAt} style="full" zone={event.timeZone} />, <Time at={date.startsAt} style="clock" zone={event.timeZone} />
          </p>
        </header>
        {isOpen ? (
          <Choose date={date} action={`${visit.path}?date=${date.id}`} />
        ) : (
          <div className="notice">
            <h2 className="panel-title">
              <Trans>Nothing can be chosen at the moment</Trans>
            </h2>
            <p>
              <Trans>
                <Link to={`${eventPath(event)}?date=${date.id}`}>The event’s page</Link> says why, and what comes next.
              </Trans>
            </p>
          </div>
        )}
      </div>
    </Themed>
  );
}
