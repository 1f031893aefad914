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

export function orderSays(order: OrderStateFragment): OrderSays {
  if (order.status === 'PAID') return 'paid';
  if (order.status === 'EXPIRED') return 'expired';
  if (order.status === 'CANCELLED') return 'cancelled';
  const waiting = order.payments.find((payment) => payment.status === 'PENDING' || payment.status === 'CREATED');
  if (waiting) return waiting.provider === 'manual' ? 'transfer' : 'pending';
  return lastPayment(order)?.status === 'FAILED' ? 'declined' : 'unpaid';
}
