import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from 'react-router';
import { CheckoutPageDocument } from '../../graphql/generated/graphql';
import { eventPath } from '../../parts/EventCard';
import { FormErrors } from '../../parts/FormErrors';
import { Head } from '../../parts/Head';
import { Loading } from '../../parts/Loading';
import { PostForm } from '../../parts/PostForm';
import { Themed } from '../../parts/Themed';
import { useShown } from '../../parts/useShown';
import type { Visit } from '../../routes';
import { useAppSelector } from '../../state/store';
import { Changes } from './Changes';
import { Details } from './Details';
import { checkoutVariables } from './route';
import { Summary, type ShownHold } from './Summary';
import { Timer } from './Timer';

/* Its time is over: what it was, and the way to have it again. */
function Ended({ hold, action }: { hold: ShownHold; action: string }) {
  const sending = useAppSelector((state) => state.form.name === 'renew' && state.form.state === 'sending');
  return (
    <div className="ended">
      <div className="notice">
        <h2 className="panel-title">
          <Trans>Your time is over</Trans>
        </h2>
        <p>
          <Trans>Your places went back on sale. What is still there you can have again, at today’s price; we say what has changed before you pay.</Trans>
        </p>
      </div>
      <FormErrors form="renew" />
      <PostForm name="renew" action={action}>
        <button className="button" type="submit" disabled={sending}>
          {sending ? <Trans>One moment…</Trans> : <Trans>Get them again</Trans>}
        </button>
      </PostForm>
      <p>
        <Link to={eventPath(hold.event)}>
          <Trans>Choose other tickets</Trans>
        </Link>
      </p>
    </div>
  );
}

/* The buyer may give his places back, for others. */
function GiveBack({ hold, action }: { hold: ShownHold; action: string }) {
  return (
    <PostForm name="release" action={action} className="give-back">
      <input type="hidden" name="back" value={eventPath(hold.event)} />
      <FormErrors form="release" />
      <button className="button button-quiet button-small" type="submit">
        <Trans>Give these tickets back</Trans>
      </button>
    </PostForm>
  );
}

export function CheckoutPage({ visit }: { visit: Visit }) {
  const data = useShown(CheckoutPageDocument, checkoutVariables(visit));
  const nowMs = useAppSelector((state) => state.clock.nowMs);
  const attempt = useAppSelector((state) => state.page.attempt);
  const { t } = useLingui();
  const hold = data?.hold;
  if (!hold) return <Loading />;
  const was = visit.search.get('was');
  const action = `/checkout/${visit.params.token}${was ? `?was=${encodeURIComponent(was)}` : ''}`;
  const isOver = !hold.open || Date.parse(hold.expiresAt) <= nowMs;
  return (
    <Themed organizer={hold.event.organizer}>
      <div className="checkout">
        <Head title={t`Checkout – ${hold.event.title}`} description={t`Your tickets are kept while you check out.`} path={null} />
        <header className="checkout-head">
          <h1>
            <Trans>Checkout</Trans>
          </h1>
          {!isOver && <Timer hold={hold} action={action} />}
        </header>
        <aside className="panel" aria-label={t`Summary`}>
          <Summary hold={hold} />
          {!isOver && <GiveBack hold={hold} action={action} />}
        </aside>
        <div className="checkout-main">
          {hold.open && <Changes />}
          {hold.open ? <Details hold={hold} action={action} attempt={attempt} isOver={isOver} /> : <Ended hold={hold} action={action} />}
        </div>
      </div>
    </Themed>
  );
}
