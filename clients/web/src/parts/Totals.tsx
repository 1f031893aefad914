import { Trans } from '@lingui/react/macro';
import { isZero, type Amount } from '../format/money';
import { Money } from './Money';

/* What it comes to; the total first said is the total paid. */
export function Totals({ subtotal, fees, tax, total }: { subtotal: Amount; fees: Amount; tax: Amount; total: Amount }) {
  return (
    <dl className="totals">
      {!isZero(fees) && (
        <>
          <div>
            <dt>
              <Trans>Tickets</Trans>
            </dt>
            <dd>
              <Money money={subtotal} />
            </dd>
          </div>
          <div>
            <dt>
              <Trans>Fees</Trans>
            </dt>
            <dd>
              <Money money={fees} />
            </dd>
          </div>
        </>
      )}
      <div className="totals-sum">
        <dt>
          <Trans>Total</Trans>
        </dt>
        <dd>
          <Money money={total} />
        </dd>
      </div>
      {!isZero(tax) && (
        <div className="totals-tax">
          <dt>
            <Trans>Tax contained</Trans>
          </dt>
          <dd>
            <Money money={tax} />
          </dd>
        </div>
      )}
    </dl>
  );
}
