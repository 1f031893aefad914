import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from 'react-router';
import type { OrderStateFragment } from '../../graphql/generated/graphql';
import { Time } from '../../parts/Time';

type Position = OrderStateFragment['positions'][number];

/* A ticket as it is shown at the door; its own page shows it larger. */
export function TicketCard({ position, order }: { position: Position; order: OrderStateFragment }) {
  const { t } = useLingui();
  const { ticket } = position;
  const zone = order.event.timeZone;
  if (!ticket) return null;
  return (
    <article className={ticket.valid ? 'ticket' : 'ticket ticket-void'}>
      {ticket.valid && ticket.qrUrl ? (
        <img className="ticket-code" src={ticket.qrUrl} alt={t`Code of the ticket for ${position.attendeeName ?? position.ticketType.name}`} width={180} height={180} />
      ) : (
        <p className="ticket-code ticket-code-void">
          <Trans>Not valid</Trans>
        </p>
      )}
      <div className="ticket-text">
        <h3 dir="auto">{order.event.title}</h3>
        <p>
          <Time at={position.date.startsAt} style="moment" zone={zone} />
        </p>
        <p dir="auto">{[order.event.venue?.name, order.event.venue?.city].filter(Boolean).join(', ')}</p>
        <p className="ticket-kind">
          <span dir="auto">{position.ticketType.name}</span>
          {position.seat && ` · ${position.seat}`}
        </p>
        {position.attendeeName && <p dir="auto">{position.attendeeName}</p>}
        {ticket.secret && (
          <p className="no-print">
            <Link to={`/ticket/${ticket.secret}`}>
              <Trans>Show it alone</Trans>
            </Link>
          </p>
        )}
      </div>
    </article>
  );
}
