import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { Link } from 'react-router';
import { SeatsOpenedDocument, SeatsPageDocument } from '../../graphql/generated/graphql';
import { eventPath } from '../../parts/EventCard';
import { FormErrors } from '../../parts/FormErrors';
import { Head } from '../../parts/Head';
import { Loading } from '../../parts/Loading';
import { PostForm } from '../../parts/PostForm';
import { Themed } from '../../parts/Themed';
import { Time } from '../../parts/Time';
import { useShown } from '../../parts/useShown';
import type { Visit } from '../../routes';
import { seatMarked, seatUnmarked, type MarkedSeat } from '../../state/seats';
import { useAppDispatch, useAppSelector } from '../../state/store';
import { isOver } from '../event/dates';
import { HallMap } from './HallMap';
import { openedOf, openedVariables, type Opened } from './opened';
import { hallOf, quotaOf, seatName, sectionsOf, type Hall, type HallSection, type PlanSeat, type PlanSection, type SeatDate } from './plan';
import { seatsVariables } from './route';
import { SeatList, TypeChoice } from './SeatList';
import { SeatMap } from './SeatMap';
import { SectionList, sectionLinkId } from './SectionList';

/*
 * What was marked, by a script or by a form that was refused; what of it somebody else has got meanwhile; and what was marked in sections
 * that are not opened now.
 */
function useChosen(sections: PlanSection[], opened: Opened) {
  const marked = useAppSelector((state) => state.seats);
  const kept = useAppSelector((state) => (state.form.name === 'hold' ? state.form.values : null));
  return useMemo(() => {
    const seats = sections.flatMap((section) => section.rows.flatMap((row) => row.seats));
    const shown = new Set(seats.map((seat) => seat.id));
    const wanted = seats.filter(({ id }) => (id in marked ? marked[id] : kept?.[`seat.${id}`] !== undefined));
    const elsewhere = opened.whole ? [] : Object.values(marked).flatMap((seat) => (seat && !shown.has(seat.id) ? [seat] : []));
    return { chosen: wanted.filter((seat) => seat.free), lost: wanted.filter((seat) => !seat.free), elsewhere };
  }, [kept, marked, opened.whole, sections]);
}

/* Who opens a section comes to its name, and who goes back to the link that he came by. */
function useFocusOn(section: string | null) {
  const before = useRef(section);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const left = before.current;
    before.current = section;
    if (left === section) return;
    (section === null && left !== null ? document.getElementById(sectionLinkId(left)) : heading.current)?.focus();
  }, [section]);
  return heading;
}

/* The kinds of ticket of the area that is opened, and of each that something was marked in. */
function Kinds({ hall, opened, elsewhere }: { hall: Hall; opened: HallSection | undefined; elsewhere: MarkedSeat[] }) {
  const quotas = new Set([...(opened ? [opened.quotaId] : []), ...elsewhere.map((seat) => quotaOf(seat.id))]);
  return (
    <>
      {[...quotas].map((quotaId) => {
        const own = hall.sections.filter((section) => section.quotaId === quotaId);
        const names = [...new Set(elsewhere.filter((seat) => quotaOf(seat.id) === quotaId).map((seat) => seat.section))].join(', ');
        const of = opened?.quotaId === quotaId ? opened.name : names;
        return <TypeChoice key={quotaId} quotaId={quotaId} offers={own[0]?.offers ?? []} of={quotas.size > 1 ? of : undefined} />;
      })}
    </>
  );
}

/* Marked in sections that are not opened: they go with the form, and can be given up. */
function Elsewhere({ seats, giveUp }: { seats: MarkedSeat[]; giveUp: (id: string) => void }) {
  const { i18n } = useLingui();
  if (seats.length === 0) return null;
  return (
    <fieldset className="seat-row">
      <legend>
        <Trans>Chosen in other sections</Trans>
      </legend>
      <ul className="seat-list">
        {seats.map((seat) => (
          <li key={seat.id}>
            <label className="seat-box">
              <input type="checkbox" name={`seat.${seat.id}`} checked onChange={() => giveUp(seat.id)} />
              <span dir="auto">{seatName(seat, i18n)}</span>
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

const NO_SECTIONS: PlanSection[] = [];

function Choose({ date, visit }: { date: SeatDate; visit: Visit }) {
  const { i18n } = useLingui();
  const dispatch = useAppDispatch();
  const opened = openedOf(date, visit.search);
  const node = useShown(SeatsOpenedDocument, openedVariables(date, opened))?.node;
  const seats = node?.__typename === 'EventDate' ? node : null;
  const hall = useMemo(() => hallOf(date), [date]);
  const sections = useMemo(() => (seats ? sectionsOf(date, seats) : NO_SECTIONS), [date, seats]);
  const section = opened.whole ? undefined : hall.sections.find((one) => one.id === opened.section);
  const heading = useFocusOn(section?.id ?? null);
  const sum = useRef<HTMLParagraphElement>(null);
  const { chosen, lost, elsewhere } = useChosen(sections, opened);
  const sending = useAppSelector((state) => state.form.name === 'hold' && state.form.state === 'sending');
  const ids = useMemo(() => new Set(chosen.map((seat) => seat.id)), [chosen]);
  const free = useMemo(() => new Map(sections.flatMap((one) => one.rows.flatMap((row) => row.seats.filter((seat) => seat.free).map((seat) => [seat.id, seat])))), [sections]);
  const mark = useCallback((seat: PlanSeat, on: boolean) => dispatch(on ? seatMarked(seat) : seatUnmarked(seat.id)), [dispatch]);
  const toggle = (id: string) => {
    const seat = free.get(id);
    if (seat) mark(seat, !ids.has(id));
  };

  /* It goes with its checkbox, so the focus needs another place. */
  function giveUp(id: string) {
    dispatch(seatUnmarked(id));
    sum.current?.focus();
  }

  const home = `${visit.path}?${new URLSearchParams({ date: date.id })}`;
  const pathOf = (of: HallSection) => `${home}&${new URLSearchParams({ section: of.id })}`;
  const names = (of: MarkedSeat[]) => of.map((seat) => seatName(seat, i18n)).join('; ');
  const count = chosen.length + elsewhere.length;
  const isOverview = !opened.whole && !section;
  return (
    <PostForm name="hold" action={section ? pathOf(section) : home} className="seats-form">
      <input type="hidden" name="event" value={date.event.id} />
      <input type="hidden" name="date" value={date.id} />
      {section && (
        <div className="seats-opened">
          <h2 className="section-title" tabIndex={-1} ref={heading} dir="auto">
            {section.name}
          </h2>
          <p>
            <Link to={home}>
              <Trans>All sections</Trans>
            </Link>
          </p>
        </div>
      )}
      {isOverview ? <HallMap hall={hall} pathOf={pathOf} /> : seats ? <SeatMap key={section?.id} sections={sections} chosen={ids} toggle={toggle} /> : <Loading />}
      <div className="panel seats-panel">
        <h2 className="panel-title">{isOverview ? <Trans>Sections</Trans> : <Trans>Seats by name</Trans>}</h2>
        {isOverview && <SectionList sections={hall.sections} pathOf={pathOf} />}
        {!opened.whole && <Kinds hall={hall} opened={section} elsewhere={elsewhere} />}
        <SeatList sections={sections} chosen={ids} mark={mark} kinds={opened.whole} />
        <Elsewhere seats={elsewhere} giveUp={giveUp} />
        {lost.length > 0 && (
          <p className="notice" role="status">
            <Trans>Just taken by somebody else: {names(lost)}.</Trans>
          </p>
        )}
        <p className="seats-chosen" role="status" tabIndex={-1} ref={sum}>
          {count > 0 && (
            <>
              <strong>
                <Plural value={count} one="# seat:" other="# seats:" />
              </strong>{' '}
              {names([...chosen, ...elsewhere])}
            </>
          )}
        </p>
        <FormErrors form="hold" all />
        {(!isOverview || count > 0) && (
          <>
            <button className="button button-wide" type="submit" disabled={sending}>
              {sending ? <Trans>One moment…</Trans> : <Trans>Take these seats</Trans>}
            </button>
            <p className="fine">
              <Trans>Taxes and fees are in the price. Your seats are kept for 15 minutes while you check out.</Trans>
            </p>
          </>
        )}
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
          <Choose date={date} visit={visit} />
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
