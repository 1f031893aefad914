import { describe, expect, it } from 'vitest';
import { formatMoney, isLess, isZero, sum } from '../src/format/money';

const price = (amount: string, currency: string) => ({ amount, currency });

describe('sum', () => {
  it('adds cents without ever making them fractions', () => {
    const lines = [
      { price: price('0.10', 'EUR'), quantity: 3 },
      { price: price('24.00', 'EUR'), quantity: 2 },
    ];
    expect(sum(lines)).toEqual(price('48.30', 'EUR'));
  });
  it('keeps the places of the currency', () => {
    expect(sum([{ price: price('3500', 'JPY'), quantity: 2 }])).toEqual(price('7000', 'JPY'));
    expect(sum([{ price: price('7.500', 'KWD'), quantity: 3 }])).toEqual(price('22.500', 'KWD'));
    expect(sum([{ price: price('0.050', 'KWD'), quantity: 1 }])).toEqual(price('0.050', 'KWD'));
  });
  it('is exact where a double is not', () => {
    expect(sum([{ price: price('90071992547409.93', 'EUR'), quantity: 1 }])).toEqual(price('90071992547409.93', 'EUR'));
    expect(formatMoney(price('90071992547409.93', 'EUR'), 'en-GB')).toBe('€90,071,992,547,409.93');
  });
  it('has nothing to say of nothing', () => expect(sum([])).toBeNull());
});

it('compares and knows what is free', () => {
  expect(isZero(price('0.00', 'EUR'))).toBe(true);
  expect(isZero(price('0.01', 'EUR'))).toBe(false);
  expect(isLess(price('9.50', 'EUR'), price('10.00', 'EUR'))).toBe(true);
});

it('writes as the locale does', () => {
  expect(formatMoney(price('24.00', 'EUR'), 'de')).toBe('24,00\u00a0€');
  expect(formatMoney(price('1800', 'JPY'), 'ja')).toBe('￥1,800');
});
