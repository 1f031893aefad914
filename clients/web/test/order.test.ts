import { expect, it } from 'vitest';
import { orderSays, pageToPayOn } from '../src/pages/order/state';
import type { OrderStateFragment } from '../src/graphql/generated/graphql';

type Payment = { provider?: string; status: string; createdAt?: string; redirectUrl?: string };

const order = (status: string, ...payments: Payment[]) =>
  ({ status, payments: payments.map((payment) => ({ provider: 'sandbox', createdAt: '2030-01-01T00:00:00Z', ...payment })) }) as unknown as OrderStateFragment;
const says = (status: string, ...payments: Payment[]) => orderSays(order(status, ...payments));

it('says of an order what its buyer has to do', () => {
  expect(says('PAID', { status: 'CONFIRMED' })).toBe('paid');
  expect(says('PAID')).toBe('paid');
  expect(says('PENDING')).toBe('unpaid');
  expect(says('PENDING', { status: 'PENDING' })).toBe('pending');
  expect(says('PENDING', { status: 'PENDING', provider: 'manual' })).toBe('transfer');
  expect(says('EXPIRED', { status: 'FAILED' })).toBe('expired');
  expect(says('CANCELLED')).toBe('cancelled');
});

it('goes by the last payment, in whatever order they come', () => {
  const early = { status: 'CANCELLED', createdAt: '2030-01-01T00:00:00Z' };
  const late = { status: 'FAILED', createdAt: '2030-01-01T00:05:00Z' };
  expect(says('PENDING', early, late)).toBe('declined');
  expect(says('PENDING', late, early)).toBe('declined');
  expect(says('PENDING', { ...late, status: 'CANCELLED' }, { ...early, status: 'FAILED' })).toBe('unpaid');
});

it('leads on to the page where one pays, until one has', () => {
  const open = { provider: 'stripe', status: 'PENDING', redirectUrl: 'https://pay.example/1' };
  expect(says('PENDING', open)).toBe('unpaid');
  expect(pageToPayOn(order('PENDING', open))).toBe('https://pay.example/1');
  expect(orderSays(order('PENDING', open), true)).toBe('pending');
  const underWay = { provider: 'stripe', status: 'PENDING' };
  expect(says('PENDING', underWay)).toBe('pending');
  expect(pageToPayOn(order('PENDING', underWay))).toBeNull();
  expect(says('PENDING', { ...underWay, status: 'CREATED' })).toBe('unpaid');
  expect(pageToPayOn(order('PENDING', { ...open, status: 'CANCELLED' }))).toBeNull();
  expect(orderSays(order('PENDING', { ...open, status: 'CANCELLED' }), true)).toBe('unpaid');
});
