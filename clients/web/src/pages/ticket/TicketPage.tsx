import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from 'react-router';
import { TicketPageDocument } from '../../graphql/generated/graphql';
import { eventPath } from '../../parts/EventCard';
import { Head } from '../../parts/Head';
import { Loading } from '../../parts/Loading';
import { Themed } from '../../parts/Themed';
import { Time } from '../../parts/Time';
import { useShown } from '../../parts/useShown';
import type { Visit } from '../../routes';
import { ticketVariables } from './route';

/* One ticket for its holder: the code as large as the screen allows, black on white also in the dark. */
export function TicketPage({ visit }: { visit: Visit }) {
  const data = useShown(TicketPageDocument, ticketVariables(visit));
  const { t } = useLingui();
  const ticket = data?.ticket;
  if (!ticket) return <Loading />;
  const { event, date } = ticket;
  return (
    <Themed organizer={event.organizer}>
      <article className="ticket-page">
        <Head title={t`Ticket – ${event.title}`} description={t`Show this code at the door.`} path={null} />
        {ticket.valid && ticket.qrUrl ? (
          <img className="ticket-page-code" src={ticket.qrUrl} alt={t`Code of this ticket, for the door`} width={400} height={400} />
        ) : (
          <div className="notice">
            <h2 className="panel-title">
              <Trans>This ticket is not valid</Trans>
            </h2>
            <p>
              <Trans>It was cancelled, or a new one was made in its place. Ask the organizer, {event.organizer.name}.</Trans>
            </p>
          </div>
        )}
        <h1 dir="auto">
          <Link to={eventPath(event)}>{event.title}</Link>
        </h1>
        <p className="lead">
          <Time at={date.startsAt} style="full" zone={event.timeZone} />, <Time at={date.startsAt} style="clock" zone={event.timeZone} />
          {date.doorsAt && (
            <>
              {' · '}
              <Trans>
                doors <Time at={date.doorsAt} style="clock" zone={event.timeZone} />
              </Trans>
            </>
          )}
        </p>
        <dl className="facts">
          <div>
            <dt>
              <Trans>Ticket</Trans>
            </dt>
            <dd dir="auto">
              {ticket.ticketType.name}
              {ticket.seat && <span className="facts-more">{ticket.seat}</span>}
            </dd>
          </div>
          {ticket.attendeeName && (
            <div>
              <dt>
                <Trans>Name</Trans>
              </dt>
              <dd dir="auto">{ticket.attendeeName}</dd>
            </div>
          )}
          {event.venue && (
            <div>
              <dt>
                <Trans>Where</Trans>
              </dt>
              <dd dir="auto">
                {event.venue.name}
                <span className="facts-more">{[event.venue.address, event.venue.city].filter(Boolean).join(', ')}</span>
              </dd>
            </div>
          )}
        </dl>
      </article>
    </Themed>
  );
}
