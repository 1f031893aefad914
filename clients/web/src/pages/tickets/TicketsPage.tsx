import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { Head } from '../../parts/Head';
import { useConfig } from '../../parts/locale';
import { Time } from '../../parts/Time';
import { forgetAll, remembered, type Remembered } from '../../sagas/remembered';
import { useAccountOrders, type AccountOrders } from './account';

/* A plain link: without a network the page itself is kept, not what it would ask for. */
function Order({ order }: { order: Remembered }) {
  const { base } = useConfig();
  return (
    <li className="panel kept-order">
      <p className="kicker" dir="auto">
        {order.organizer}
      </p>
      <h3 className="step-title" dir="auto">
        <a href={base + order.path}>{order.title}</a>
      </h3>
      <p>
        {order.startsAt && (
          <>
            <Time at={order.startsAt} style="moment" zone={order.timeZone} />
            {' · '}
          </>
        )}
        <Plural value={order.count} one="# ticket" other="# tickets" />
        {' · '}
        <Trans>Order {order.code}</Trans>
      </p>
    </li>
  );
}

function keptOf({ orders }: AccountOrders): Remembered[] {
  return orders.map(({ code, secret, event, positions }) => ({
    path: `/order/${code}/${secret}`,
    code,
    title: event.title,
    organizer: event.organizer.name,
    startsAt: positions[0]?.date.startsAt ?? null,
    timeZone: event.timeZone,
    count: positions.length,
  }));
}

function Orders({ orders }: { orders: Remembered[] }) {
  return (
    <ul className="kept-orders">
      {orders.map((order) => (
        <Order key={order.path} order={order} />
      ))}
    </ul>
  );
}

function OfAccount({ account, orders }: { account: AccountOrders; orders: Remembered[] }) {
  return (
    <section aria-labelledby="kept-account">
      <h2 id="kept-account" className="section-title">
        <Trans>
          Bought with <span dir="auto">{account.email}</span>
        </Trans>
      </h2>
      {orders.length === 0 && (
        <p className="notice">
          <Trans>Nothing yet. What is bought with this address appears here.</Trans>
        </p>
      )}
      <Orders orders={orders} />
      {account.more && (
        <p>
          <button type="button" className="button button-quiet button-small" onClick={account.more}>
            <Trans>Show more</Trans>
          </button>
        </p>
      )}
    </section>
  );
}

/* The orders that this browser has shown, and those of the account: it alone knows them, so the page is the same for everybody. */
export function TicketsPage() {
  const { t } = useLingui();
  const [kept, setOrders] = useState<Remembered[] | null>(null);
  const account = useAccountOrders();
  const own = account && keptOf(account);
  const orders = kept && kept.filter(({ path }) => !own?.some((order) => order.path === path));
  useEffect(() => setOrders(remembered()), []);
  const forget = () => {
    forgetAll();
    setOrders([]);
  };
  return (
    <section className="kept">
      <Head title={t`My tickets – Tessera`} description={t`Your orders and their tickets.`} path={null} />
      <h1>
        <Trans>My tickets</Trans>
      </h1>
      <p className="lead">
        <Trans>Orders that were looked at in this browser, and those of your account when you are signed in. What was opened once opens without a network, too.</Trans>
      </p>
      <noscript>
        <p className="notice">
          <Trans>The list is made by a script. Without one, each order is found by its own address.</Trans>
        </p>
      </noscript>
      {account && own && <OfAccount account={account} orders={own} />}
      {orders?.length === 0 && !own?.length && (
        <p className="notice">
          <Trans>There are none yet. Open an order by the link that you were given, and it is here from then on.</Trans>
        </p>
      )}
      {orders && orders.length > 0 && (
        <>
          <h2 className="section-title">
            <Trans>Looked at in this browser</Trans>
          </h2>
          <Orders orders={orders} />
          <p>
            <button type="button" className="button button-quiet button-small" onClick={forget}>
              <Trans>Forget them in this browser</Trans>
            </button>
          </p>
        </>
      )}
    </section>
  );
}
