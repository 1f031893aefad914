import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Link } from 'react-router';
import { OrderPageDocument, type OrderStateFragment } from '../../graphql/generated/graphql';
import { isZero } from '../../format/money';
import { eventPath } from '../../parts/EventCard';
import { useAlive } from '../../parts/Field';
import { FormErrors } from '../../parts/FormErrors';
import { prefixOf } from '../../language/languages';
import { Head } from '../../parts/Head';
import { Loading } from '../../parts/Loading';
import { useConfig } from '../../parts/locale';
import { Money } from '../../parts/Money';
import { PayMethods } from '../../parts/PayMethods';
import { PostForm } from '../../parts/PostForm';
import { Themed } from '../../parts/Themed';
import { Time } from '../../parts/Time';
import { Totals } from '../../parts/Totals';
import { useShown } from '../../parts/useShown';
import type { Visit } from '../../routes';
import { useAppSelector } from '../../state/store';
import { Agreed } from './Agreed';
import { TicketCard } from './TicketCard';
import { orderSays, pageToPayOn, type OrderSays } from './state';
import { orderVariables } from './route';

const TITLES: Record<OrderSays, MessageDescriptor> = {
  paid: msg`You are going!`,
  declined: msg`The payment was declined`,
  unpaid: msg`Almost there`,
  transfer: msg`Your places are waiting`,
  pending: msg`The payment is on its way`,
  expired: msg`This order has expired`,
  cancelled: msg`This order was cancelled`,
};

/* How long the places are kept; an order that waits for money always has such a moment. */
function Until({ order }: { order: OrderStateFragment }) {
  return order.expiresAt ? <Time at={order.expiresAt} style="moment" zone={order.event.timeZone} /> : null;
}

function Lead({ order, says }: { order: OrderStateFragment; says: OrderSays }) {
  switch (says) {
    case 'paid':
      return <Trans>Your tickets are below. Keep this page’s address: it is the way back to them.</Trans>;
    case 'declined':
      return (
        <Trans>
          Nothing was charged. Your places are still kept until <Until order={order} />; please try again or pay another way.
        </Trans>
      );
    case 'unpaid':
      return (
        <Trans>
          Your places are kept until <Until order={order} />. They are yours once they are paid.
        </Trans>
      );
    case 'transfer':
      return (
        <Trans>
          Pay <Money money={order.balance} /> to <span dir="auto">{order.event.organizer.name}</span> and give the code <strong>{order.code}</strong>. Your places are kept until <Until order={order} />.
        </Trans>
      );
    case 'pending':
      return <Trans>As soon as it is confirmed your tickets appear here. This page tells you by itself; you may also come back later.</Trans>;
    case 'expired':
      return <Trans>The money did not come in time, so the places went back on sale. If you paid all the same, the organizer sees it.</Trans>;
    case 'cancelled':
      return isZero(order.balance) ? <Trans>Its tickets are not valid any more.</Trans> : <Trans>Its tickets are not valid any more. The organizer sends back what you paid.</Trans>;
  }
}

function Pay({ order, action }: { order: OrderStateFragment; action: string }) {
  const { embedded } = useConfig();
  const page = pageToPayOn(order);
  const sending = useAppSelector((state) => state.form.name === 'pay' && state.form.state === 'sending');
  return (
    <PostForm name="pay" action={action} className="details">
      <input type="hidden" name="order" value={order.id} />
      <FormErrors form="pay" />
      {page && (
        <p>
          <a className="button" href={page} {...(embedded && { target: '_top' })}>
            <Trans>Go on to the page where you pay</Trans>
          </a>
        </p>
      )}
      <PayMethods form="pay" testMode={order.event.testMode} />
      <button className={page ? 'button button-quiet' : 'button'} type="submit" disabled={sending}>
        {sending ? (
          <Trans>One moment…</Trans>
        ) : (
          <Trans>
            Pay <Money money={order.balance} />
          </Trans>
        )}
      </button>
    </PostForm>
  );
}

function GiveUp({ order, action }: { order: OrderStateFragment; action: string }) {
  return (
    <PostForm name="cancel" action={action}>
      <input type="hidden" name="order" value={order.id} />
      <FormErrors form="cancel" />
      <button className="button button-quiet button-small" type="submit">
        <Trans>Cancel this order</Trans>
      </button>
    </PostForm>
  );
}

/* A sale wants no account; afterwards one is of use. */
function AccountOffer() {
  const { base, embedded } = useConfig();
  if (embedded) return null;
  return (
    <p className="fine no-print">
      <Trans>
        With <a href={`${base}/account/sign-up`}>an account</a> of this address all your orders are in one place. You need none.
      </Trans>
    </p>
  );
}

function KeepLink({ path, calendarPath }: { path: string; calendarPath: string }) {
  const { embedded, language } = useConfig();
  const [copied, setCopied] = useState(false);
  const alive = useAlive();
  if (!alive) return null;
  const copy = () => navigator.clipboard.writeText(window.location.origin + prefixOf(language) + path).then(() => setCopied(true), () => setCopied(false));
  return (
    <p className="keep no-print">
      <button type="button" className="button button-quiet button-small" onClick={() => void copy()}>
        <Trans>Copy the link to this page</Trans>
      </button>
      <button type="button" className="button button-quiet button-small" onClick={() => window.print()}>
        <Trans>Print</Trans>
      </button>
      <a className="button button-quiet button-small" href={`${prefixOf(language)}${path}.pdf`} {...(embedded && { target: '_blank', rel: 'noopener' })}>
        <Trans>Tickets as PDF</Trans>
      </a>
      <a className="button button-quiet button-small" href={calendarPath}>
        <Trans>Into my calendar</Trans>
      </a>
      {embedded && (
        <a className="button button-quiet button-small" href={prefixOf(language) + path} target="_blank" rel="noopener">
          <Trans>Open in a tab of its own</Trans>
        </a>
      )}
      <span role="status">{copied && <Trans>Copied.</Trans>}</span>
    </p>
  );
}

const REFUNDS: Record<OrderStateFragment['refunds'][number]['status'], MessageDescriptor> = {
  CREATED: msg({ context: 'refund', message: 'begun' }),
  IN_TRANSIT: msg({ context: 'refund', message: 'on its way' }),
  DONE: msg({ context: 'refund', message: 'done' }),
  FAILED: msg({ context: 'refund', message: 'failed' }),
  CANCELLED: msg({ context: 'refund', message: 'called off' }),
  EXTERNAL: msg({ context: 'refund', message: 'noticed' }),
};

function Refunds({ order }: { order: OrderStateFragment }) {
  const { t } = useLingui();
  if (order.refunds.length === 0) return null;
  return (
    <ul className="refunds">
      {order.refunds.map((refund) => (
        <li key={refund.id}>
          <Trans>
            Refund of <Money money={refund.amount} />: {t(REFUNDS[refund.status])}
          </Trans>
        </li>
      ))}
    </ul>
  );
}

export function OrderPage({ visit }: { visit: Visit }) {
  const data = useShown(OrderPageDocument, orderVariables(visit));
  const { t } = useLingui();
  const order = data?.order;
  if (!order) return <Loading />;
  const says = orderSays(order, visit.search.has('paid'));
  const isUnpaid = says === 'declined' || says === 'unpaid';
  const action = visit.path;
  const tickets = order.positions.filter((position) => position.ticket);
  return (
    <Themed organizer={order.event.organizer}>
      <div className="order">
        <Head title={t`Order ${order.code} – ${order.event.title}`} description={t`Your order and its tickets.`} path={null} />
        <header className={`order-head order-${says}`}>
          <p className="kicker">
            <Trans>Order {order.code}</Trans>
            {order.testMode && ' · '}
            {order.testMode && <Trans>test mode</Trans>}
          </p>
          <h1>{t(TITLES[says])}</h1>
          <p className="lead" role="status">
            <Lead order={order} says={says} />
          </p>
          {says === 'paid' && <KeepLink path={visit.path} calendarPath={`${eventPath(order.event)}.ics${order.positions[0] ? `?date=${order.positions[0].date.id}` : ''}`} />}
        </header>
        {isUnpaid && <Pay order={order} action={action} />}
        {says === 'pending' && (
          <p>
            <a href={visit.url} className="button button-quiet button-small">
              <Trans>Look again</Trans>
            </a>
          </p>
        )}
        {tickets.length > 0 && (
          <section aria-labelledby="tickets-title">
            <h2 id="tickets-title" className="section-title">
              <Plural value={tickets.length} one="Your ticket" other="Your # tickets" />
            </h2>
            <ul className="tickets">
              {tickets.map((position) => (
                <li key={position.id}>
                  <TicketCard position={position} order={order} />
                </li>
              ))}
            </ul>
          </section>
        )}
        <section className="panel order-summary" aria-labelledby="order-title">
          <h2 id="order-title" className="step-title">
            <Trans>What you ordered</Trans>
          </h2>
          <p dir="auto">
            <Link to={eventPath(order.event)}>{order.event.title}</Link>
            <span className="facts-more">
              {order.name} · {order.email}
            </span>
          </p>
          <ul className="lines">
            {order.positions.map((position) => (
              <li className="line" key={position.id}>
                <span>
                  <span dir="auto">{position.ticketType.name}</span>
                  <span className="facts-more">
                    <Time at={position.date.startsAt} style="moment" zone={order.event.timeZone} />
                    {position.seat && ` · ${position.seat}`}
                    {position.attendeeName && ` · ${position.attendeeName}`}
                  </span>
                </span>
                <Money money={position.price} />
              </li>
            ))}
          </ul>
          <Totals subtotal={order.subtotal} fees={order.fees} tax={order.tax} total={order.total} />
          <Refunds order={order} />
          <Agreed order={order} />
          {says === 'paid' && <AccountOffer />}
          {order.status === 'PENDING' && <GiveUp order={order} action={action} />}
        </section>
      </div>
    </Themed>
  );
}
