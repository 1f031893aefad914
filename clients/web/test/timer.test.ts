/* How long a cart's places are kept: what is shown, what is said aloud, and the way to more time. */
import { I18nProvider } from '@lingui/react';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { Provider } from 'react-redux';
import { expect, it } from 'vitest';
import { makeClient } from '../src/api/client';
import { I18NS } from '../src/language/all';
import { ALL, LANGUAGES, type Language } from '../src/language/languages';
import { Timer } from '../src/pages/checkout/Timer';
import type { ShownHold } from '../src/pages/checkout/Summary';
import { ConfigContext } from '../src/parts/locale';
import { keepCart } from '../src/sagas/cart';
import type { Config } from '../src/sagas/context';
import { cartOpened } from '../src/state/cart';
import { clockSet, clockTicked } from '../src/state/clock';
import { formAnswered, formSent } from '../src/state/form';
import { makeStore } from '../src/state/store';

const NOW_MS = Date.parse('2030-01-01T12:00:00Z');
const inSeconds = (seconds: number) => new Date(NOW_MS + seconds * 1000).toISOString();

function openStore(language: Language = 'en') {
  const config: Config = { origin: '', sandbox: false, stripe: null, language, locale: LANGUAGES[language].formats, embedded: false, base: '', exactClock: true, knowsDocuments: true };
  const client = makeClient({ url: '', knows: { documents: true } }, { ssr: true });
  return { config, ...makeStore({ client, config, i18n: I18NS[language], newKey: () => 'key' }) };
}

interface Look {
  left: number;
  extendable?: boolean;
  asked?: 'sending' | 'answered';
  scripts?: boolean;
  language?: Language;
}

function look({ left, extendable = true, asked, scripts = true, language = 'en' }: Look) {
  const { store, config } = openStore(language);
  store.dispatch(scripts ? clockTicked({ nowMs: NOW_MS }) : clockSet({ nowMs: NOW_MS }));
  if (asked) store.dispatch(formSent({ name: 'renew', url: '/checkout/t', values: {} }));
  if (asked === 'answered') store.dispatch(formAnswered({}));
  const hold = { expiresAt: inSeconds(left), extendableUntil: extendable ? inSeconds(2700) : null, event: { timeZone: 'Europe/Berlin' } } as ShownHold;
  const timer = createElement(Timer, { hold, action: '/checkout/t' });
  const within = createElement(Provider, { store, children: createElement(I18nProvider, { i18n: I18NS[language], children: timer }) });
  const html = renderToString(createElement(ConfigContext.Provider, { value: config, children: within }));
  return {
    spoken: /<p class="for-ears" role="status">([^<]*)<\/p>/.exec(html)?.[1],
    button: /<button[^>]*>([^<]*)<\/button>/.exec(html)?.[1],
    action: /<form[^>]* action="([^"]*)"/.exec(html)?.[1],
    isSaidToBeLast: html.includes('They cannot be kept any longer.'),
  };
}

it('offers more time in the last five minutes, beside what is said of it', () => {
  expect(look({ left: 301 })).toEqual({ spoken: '', button: undefined, action: undefined, isSaidToBeLast: false });
  expect(look({ left: 300 })).toEqual({ spoken: 'Five minutes left. You can ask for more time.', button: 'Keep my places longer', action: '/checkout/t', isSaidToBeLast: false });
  expect(look({ left: 60 })).toMatchObject({ spoken: 'One minute left. You can ask for more time.', button: 'Keep my places longer' });
  expect(look({ left: 200, asked: 'sending' })).toMatchObject({ button: 'One moment…' });
  expect(look({ left: 900, asked: 'answered' })).toMatchObject({ spoken: 'You have more time.', button: undefined });
});

it('says so when there is none to be had', () => {
  expect(look({ left: 301, extendable: false })).toMatchObject({ spoken: '', isSaidToBeLast: false });
  expect(look({ left: 300, extendable: false })).toEqual({ spoken: 'Five minutes left.', button: undefined, action: undefined, isSaidToBeLast: true });
  expect(look({ left: 59, extendable: false })).toMatchObject({ spoken: 'One minute left.', isSaidToBeLast: true });
});

it('is a time of day without a script, which does not run out', () => {
  expect(look({ left: 100, scripts: false })).toEqual({ spoken: '', button: undefined, action: undefined, isSaidToBeLast: false });
});

it.each(ALL)('speaks %s', (language) => {
  const words = [300, 60].flatMap((left) => [look({ left, language }).spoken, look({ left, extendable: false, language }).spoken]);
  const all = [...words, look({ left: 900, asked: 'answered', language }).spoken, look({ left: 300, language }).button];
  expect(new Set(all).size).toBe(6);
  expect(all.filter((text) => !text || /^[\w+/]{6}$/.test(text))).toEqual([]); /* nor a message's id */
});

it('is told to other tabs with the same cart, and to no others; what was read before takes nothing away', async () => {
  const [one, same, other, none] = [openStore(), openStore(), openStore(), openStore()];
  for (const { sagas } of [one, same, other, none]) sagas.run(keepCart);
  const cart = { token: 'hld_1.secret', expiresAt: inSeconds(900), count: 2 };
  one.store.dispatch(cartOpened(cart));
  same.store.dispatch(cartOpened(cart));
  other.store.dispatch(cartOpened({ ...cart, token: 'hld_2.secret' }));
  const longer = { ...cart, expiresAt: inSeconds(1800) };
  one.store.dispatch(cartOpened(longer));
  await expect.poll(() => same.store.getState().cart).toEqual(longer);
  expect(other.store.getState().cart).toMatchObject({ token: 'hld_2.secret', expiresAt: cart.expiresAt });
  expect(none.store.getState().cart).toBeNull();
  const seen = new Set<string | undefined>();
  one.store.subscribe(() => seen.add(one.store.getState().cart?.expiresAt));
  const longest = { ...cart, expiresAt: inSeconds(2700) };
  same.store.dispatch(cartOpened(cart));
  same.store.dispatch(cartOpened(longest));
  await expect.poll(() => one.store.getState().cart).toEqual(longest);
  expect([...seen]).toEqual([longest.expiresAt]);
});
