/* What an order's page says first. */
import type { OrderStateFragment } from '../../graphql/generated/graphql';

export type OrderSays = 'paid' | 'declined' | 'unpaid' | 'transfer' | 'pending' | 'expired' | 'cancelled';

/* The payment that was tried last; the server lists them as they were made. */
function lastPayment(order: OrderStateFragment) {
  return order.payments.reduce<OrderStateFragment['payments'][number] | null>(
    (last, payment) => (!last || payment.createdAt >= last.createdAt ? payment : last),
    null,
  );
}

type Payment = OrderStateFragment['payments'][number];

/* A page of the provider's is open on which this order can be paid. Null: none is. */
export function pageToPayOn(order: OrderStateFragment): string | null {
  return order.payments.findLast((payment) => payment.provider === 'stripe' && payment.status === 'PENDING' && payment.redirectUrl)?.redirectUrl ?? null;
}

/* Who came from the provider's page has paid, though we may hear of it a moment later; who has not been there has not. */
function isOnItsWay(payment: Payment, cameBack: boolean): boolean {
  if (payment.provider !== 'stripe') return payment.status === 'PENDING' || payment.status === 'CREATED';
  return payment.status === 'PENDING' && (cameBack || !payment.redirectUrl);
}

export function orderSays(order: OrderStateFragment, cameBack = false): OrderSays {
  if (order.status === 'PAID') return 'paid';
  if (order.status === 'EXPIRED') return 'expired';
  if (order.status === 'CANCELLED') return 'cancelled';
  const waiting = order.payments.find((payment) => isOnItsWay(payment, cameBack));
  if (waiting) return waiting.provider === 'manual' ? 'transfer' : 'pending';
  return lastPayment(order)?.status === 'FAILED' ? 'declined' : 'unpaid';
}
