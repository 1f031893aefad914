import { Trans } from '@lingui/react/macro';
import { Link } from 'react-router';
import type { OrderStateFragment } from '../../graphql/generated/graphql';
import { Time } from '../../parts/Time';

/* What was agreed to when it was ordered, and where that stands. */
export function Agreed({ order }: { order: OrderStateFragment }) {
  const { consent } = order;
  const { name, slug } = order.event.organizer;
  if (!consent) return null;
  return (
    <div className="fine agreed">
      <p>
        <Trans>
          Agreed on <Time at={consent.at} style="moment" zone={order.event.timeZone} />: the <Link to={`/o/${slug}/terms`}>terms of sale and refunds</Link> and the{' '}
          <Link to={`/o/${slug}/privacy`}>privacy notice</Link> of <span dir="auto">{name}</span>.
        </Trans>
      </p>
      <p>
        {consent.marketing ? (
          <Trans>
            <span dir="auto">{name}</span> may write to you about other events.
          </Trans>
        ) : (
          <Trans>
            <span dir="auto">{name}</span> writes to you about this order alone.
          </Trans>
        )}
      </p>
    </div>
  );
}
