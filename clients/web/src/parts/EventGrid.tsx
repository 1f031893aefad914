import { Trans } from '@lingui/react/macro';
import { Link } from 'react-router';
import type { EventCardFragment } from '../graphql/generated/graphql';
import type { Visit } from '../routes';
import { EventCard } from './EventCard';

interface Events {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
  nodes: EventCardFragment[];
}

function nextPage(visit: Visit, cursor: string): string {
  const search = new URLSearchParams(visit.search);
  search.set('after', cursor);
  return `${visit.path}?${search}`;
}

/* Events side by side, and the way to the next ones. */
export function EventGrid({ events, visit, level }: { events: Events; visit: Visit; level?: 'h2' | 'h3' }) {
  const { hasNextPage, endCursor } = events.pageInfo;
  return (
    <>
      <ul className="grid">
        {events.nodes.map((event, index) => (
          <li key={event.id}>
            <EventCard event={event} eager={index < 3} level={level} />
          </li>
        ))}
      </ul>
      {hasNextPage && endCursor && (
        <p className="grid-next">
          <Link className="button button-quiet" to={nextPage(visit, endCursor)} rel="next">
            <Trans>Later events</Trans>
          </Link>
        </p>
      )}
    </>
  );
}
