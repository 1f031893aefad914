/* Money comes as an exact decimal with its currency's own number of places; sums are made in whole minor units. */
export interface Amount {
  amount: string;
  currency: string;
}

const formatters = new Map<string, Intl.NumberFormat>();

function formatter(locale: string, currency: string): Intl.NumberFormat {
  const key = `${locale} ${currency}`;
  let found = formatters.get(key);
  if (!found) {
    found = new Intl.NumberFormat(locale, { style: 'currency', currency });
    formatters.set(key, found);
  }
  return found;
}

/* "24.00" -> 2400n; places are what the text has. */
function minor(amount: string): bigint {
  return BigInt(amount.replace('.', ''));
}

function places(amount: string): number {
  const dot = amount.indexOf('.');
  return dot < 0 ? 0 : amount.length - dot - 1;
}

function decimal(value: bigint, count: number): string {
  const sign = value < 0n ? '-' : '';
  const digits = (value < 0n ? -value : value).toString().padStart(count + 1, '0');
  return count === 0 ? sign + digits : `${sign}${digits.slice(0, -count)}.${digits.slice(-count)}`;
}

export function isZero(money: Amount): boolean {
  return minor(money.amount) === 0n;
}

/* Amounts times quantities, all of one currency. Null when there are none. */
export function sum(lines: readonly { price: Amount; quantity: number }[]): Amount | null {
  const first = lines[0];
  if (!first) return null;
  const total = lines.reduce((before, line) => before + minor(line.price.amount) * BigInt(line.quantity), 0n);
  return { amount: decimal(total, places(first.price.amount)), currency: first.price.currency };
}

export function isLess(left: Amount, right: Amount): boolean {
  return minor(left.amount) < minor(right.amount);
}

/* As people of that locale write it; the decimal is never made a binary fraction. */
export function formatMoney(money: Amount, locale: string): string {
  return formatter(locale, money.currency).format(money.amount as Intl.StringNumericLiteral);
}
