import { Trans } from '@lingui/react/macro';
import { formatTime } from '../../format/time';
import { useLocale } from '../../parts/locale';
import { Problem } from './Problem';
import { gateNamed, listPicked, listsWanted, signOutSent, useDoor, useDoorDispatch, type Organizer } from './state';

type Event = Organizer['events']['nodes'][number];
type List = NonNullable<Event['checkInLists']>[number];

function ListButton({ event, list }: { event: Event; list: List }) {
  const dispatch = useDoorDispatch();
  const busy = useDoor((door) => door.busy);
  const locale = useLocale();
  return (
    <button className="door-list" disabled={busy} onClick={() => dispatch(listPicked({ listId: list.id }))}>
      <span className="door-list-name" dir="auto">
        {list.name}
      </span>
      <span className="door-list-when">{list.date ? formatTime(list.date.startsAt, 'moment', locale, event.timeZone) : <Trans>All dates</Trans>}</span>
      <span className="door-list-count">
        <Trans>
          {list.inside} of {list.expected} inside
        </Trans>
      </span>
    </button>
  );
}

function EventLists({ event }: { event: Event }) {
  const locale = useLocale();
  return (
    <section className="door-event" aria-labelledby={`door-${event.id}`}>
      <h2 id={`door-${event.id}`} dir="auto">
        {event.title}
      </h2>
      {event.startsAt && <p className="door-soft">{formatTime(event.startsAt, 'moment', locale, event.timeZone)}</p>}
      <div className="door-lists">
        {event.checkInLists?.map((list) => <ListButton key={list.id} event={event} list={list} />)}
      </div>
    </section>
  );
}

/* Which door this is: the gate's name, and the list that says who may pass. */
export function PickList() {
  const { organizers, busy, gate, problem } = useDoor((door) => door);
  const dispatch = useDoorDispatch();
  const events = organizers.flatMap((organizer) => organizer.events.nodes).filter((event) => (event.checkInLists ?? []).length > 0);
  return (
    <div className="door-pick">
      <div className="door-bar">
        <h1>
          <Trans>Which door?</Trans>
        </h1>
        <button className="button button-quiet button-small" onClick={() => dispatch(signOutSent())}>
          <Trans>Sign out</Trans>
        </button>
      </div>
      <div className="field">
        <label className="field-label" htmlFor="door-gate">
          <Trans>Name of this gate</Trans>
        </label>
        <input id="door-gate" value={gate} maxLength={50} autoComplete="off" aria-describedby="door-gate-hint" onChange={(event) => dispatch(gateNamed(event.currentTarget.value))} />
        <p className="field-hint" id="door-gate-hint">
          <Trans>Others read it when a ticket comes twice: “used 19:42 at gate B”.</Trans>
        </p>
      </div>
      <Problem />
      {problem && (
        <button className="button" onClick={() => dispatch(listsWanted())}>
          <Trans>Try again</Trans>
        </button>
      )}
      <div role="status">
        {busy && events.length === 0 && (
          <p>
            <Trans>Reading the lists …</Trans>
          </p>
        )}
        {!busy && !problem && events.length === 0 && (
          <p className="notice">
            <Trans>There is no check-in list for you yet. Whoever organizes an event makes one for it.</Trans>
          </p>
        )}
      </div>
      {events.map((event) => (
        <EventLists key={event.id} event={event} />
      ))}
    </div>
  );
}
