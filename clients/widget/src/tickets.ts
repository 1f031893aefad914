/* <tessera-tickets event="organizer/event" locale theme>: dates, offers, numbers, and the way to the checkout. */
import type { DateStateFragment, OfferStateFragment } from '../../web/src/graphql/generated/graphql';
import { formatMoney, sum } from '../../web/src/format/money';
import { formatTime } from '../../web/src/format/time';
import { fewLeft, isOver, quantities } from '../../web/src/pages/event/dates';
import { pathIn } from '../../web/src/language/languages';
import type { WidgetList } from '../../web/src/pages/event/list';
import { openCheckout, tabLink } from './checkout';
import { make, tell } from './dom';
import { Element } from './element';
import { keptOf } from './kept';
import { isEvent, readList, Refused, SHOP } from './shop';

const AGAIN_MS = 30_000;

function item(offer: OfferStateFragment, quantity?: number) {
  const { ticketType, price } = offer;
  return { item_id: ticketType.id, item_name: ticketType.name, price: Number(price.amount), ...(quantity && { quantity }) };
}

export class Tickets extends Element {
  #list: WidgetList | null = null;
  #dateId = '';
  #choice = new Map<string, number>();
  #abort: AbortController | null = null;
  #timer = 0;
  #shown = '';
  #isLoaded = false;

  protected override begin(): void {
    this.#list = null;
    this.#choice.clear();
    this.#isLoaded = false;
    this.#shown = '';
    this.fill(make('p', { class: 'wait', role: 'status' }, this.say('loading')));
    void this.#read();
    this.#timer = window.setInterval(() => !document.hidden && void this.#read(), AGAIN_MS);
  }

  protected override end(): void {
    clearInterval(this.#timer);
    this.#abort?.abort();
  }

  protected override closed(): void {
    this.#choice.clear();
    this.#shown = '';
    void this.#read();
  }

  async #read(): Promise<void> {
    this.#abort?.abort();
    const { signal } = (this.#abort = new AbortController());
    try {
      this.#list = await readList(this.eventName, signal);
    } catch (error) {
      if (error instanceof Refused) this.#fail(error.code);
      return;
    }
    this.#draw();
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    const offers = this.#list.dates.flatMap((date) => date.offers);
    tell(this, 'loaded', { event: this.eventName, currency: offers[0]?.price.currency, items: [...new Map(offers.map((offer) => [offer.ticketType.id, item(offer)])).values()] });
  }

  /* What is shown already stays. */
  #fail(code: string): void {
    if (this.#list) return;
    const address = `${SHOP}${pathIn(this.language, isEvent(this.eventName) ? `/e/${this.eventName}` : '/')}`;
    this.fill(make('div', { class: 'wait', role: 'alert', part: 'error' }, make('p', {}, this.say('failed')), tabLink(address, this.say('newTab'))));
    tell(this, 'error', { event: this.eventName, code });
  }

  #time(at: string): string {
    return formatTime(at, 'moment', this.locale, this.#list?.timeZone);
  }

  #dates(): DateStateFragment[] {
    return this.#list?.dates.filter((date) => !isOver(date, Date.now())) ?? [];
  }

  /* Anew only when something is different, so that nobody's focus is lost. */
  #draw(): void {
    const list = this.#list;
    const kept = keptOf(SHOP, this.eventName);
    const shown = JSON.stringify([list, kept, this.#dateId]);
    if (!list || shown === this.#shown) return;
    this.#shown = shown;
    const dates = this.#dates();
    const date = dates.find(({ id }) => id === this.#dateId) ?? dates[0];
    const why = list.status === 'CANCELLED' || (dates.length === 1 && date?.status === 'CANCELLED') ? this.say('cancelled') : list.status === 'POSTPONED' ? this.say('postponed') : date ? null : this.say('over');
    this.fill(
      make('h2', { class: 'title', part: 'title', dir: 'auto' }, list.title),
      list.testMode && make('p', { class: 'fine' }, this.say('test')),
      kept && this.#keptNote(kept.count, kept.expiresAt, kept.token),
      why ? make('p', { class: 'notice', part: 'notice' }, why) : date ? this.#form(date, dates) : null,
    );
  }

  #keptNote(count: number, expiresAt: string, token: string): HTMLElement {
    const button = make('button', { type: 'button', class: 'button button-small', part: 'button' }, this.say('goOn'));
    button.addEventListener('click', () => this.#open([], token));
    const until = formatTime(expiresAt, 'clock', this.locale);
    return make('div', { class: 'notice notice-good', part: 'notice' }, make('p', {}, this.say('kept', { count, time: until })), button);
  }

  #form(date: DateStateFragment, dates: DateStateFragment[]): HTMLElement {
    const isOpen = date.offers.some((offer) => offer.availability === 'AVAILABLE') && date.status !== 'CANCELLED';
    const isFree = date.offers.every((offer) => /^[0.]+$/.test(offer.price.amount));
    const total = make('p', { class: 'total', part: 'total', 'aria-live': 'polite' });
    const error = make('p', { class: 'error', part: 'error', role: 'alert' });
    const form = make(
      'form',
      { class: 'form' },
      dates.length > 1 ? this.#dateSelect(date, dates) : make('p', { class: 'when', part: 'date' }, this.#time(date.startsAt)),
      make('ul', { class: 'list', part: 'list' }, ...date.offers.map((offer) => this.#offer(offer, date, total, error))),
      date.offers.length === 0 && make('p', { class: 'state' }, this.say('none')),
      error,
      isOpen && total,
      isOpen && make('button', { class: 'button button-wide', part: 'button' }, isFree ? this.say('reserve') : this.say('get')),
      isOpen && make('p', { class: 'fine' }, this.say('fees')),
    );
    form.addEventListener('submit', (submitted) => {
      submitted.preventDefault();
      if (this.#choice.size > 0) this.#open([...this.#choice], null);
      else error.textContent = this.say('choose');
    });
    this.#total(date, total);
    return form;
  }

  #dateSelect(date: DateStateFragment, dates: DateStateFragment[]): HTMLElement {
    const select = make('select', { class: 'select', part: 'date' });
    for (const { id, startsAt, status } of dates) {
      const option = make('option', { value: id }, this.#time(startsAt));
      option.disabled = status === 'CANCELLED';
      option.selected = id === date.id;
      select.append(option);
    }
    select.addEventListener('change', () => {
      this.#dateId = select.value;
      this.#choice.clear();
      this.#draw();
      this.focusOn('.select');
    });
    return make('label', { class: 'date' }, make('span', {}, this.say('date')), select);
  }

  #offer(offer: OfferStateFragment, date: DateStateFragment, total: HTMLElement, error: HTMLElement): HTMLElement {
    const { ticketType } = offer;
    const isOpen = offer.availability === 'AVAILABLE' && date.status !== 'CANCELLED';
    const left = fewLeft(offer);
    const text = make(
      'div',
      { class: 'offer-text' },
      make('h3', { class: 'name', part: 'name', dir: 'auto' }, ticketType.name),
      ticketType.description ? make('p', { class: 'fine', dir: 'auto' }, ticketType.description) : null,
      make('p', { class: 'price', part: 'price' }, formatMoney(offer.price, this.locale), isOpen && left !== null && make('span', { class: 'few' }, ` · ${this.say('left', { count: left })}`)),
      !isOpen && make('p', { class: 'state' }, this.#closed(offer)),
    );
    return make('li', { class: isOpen ? 'offer' : 'offer offer-closed', part: 'offer' }, text, isOpen && this.#quantity(offer, date, total, error));
  }

  #quantity(offer: OfferStateFragment, date: DateStateFragment, total: HTMLElement, error: HTMLElement): HTMLElement {
    const select = make('select', { class: 'select', part: 'quantity', 'aria-label': `${this.say('quantity')} ${offer.ticketType.name}` });
    const chosen = this.#choice.get(offer.id) ?? 0;
    for (const count of quantities(offer)) {
      const option = make('option', {}, String(count));
      option.selected = count === chosen;
      select.append(option);
    }
    select.addEventListener('change', () => {
      const count = Number(select.value);
      if (count > 0) this.#choice.set(offer.id, count);
      else this.#choice.delete(offer.id);
      error.textContent = '';
      this.#total(date, total);
      tell(this, 'select', { event: this.eventName, currency: offer.price.currency, items: [item(offer, count)] });
    });
    return select;
  }

  #closed(offer: OfferStateFragment): string {
    if (offer.availability === 'NOT_YET') return offer.saleStartsAt ? this.say('onSale', { time: this.#time(offer.saleStartsAt) }) : this.say('notYet');
    if (offer.availability === 'RESERVED') return this.say('reserved');
    return offer.availability === 'SOLD_OUT' ? this.say('soldOut') : this.say('ended');
  }

  #total(date: DateStateFragment, place: HTMLElement): void {
    const lines = date.offers.map((offer) => ({ price: offer.price, quantity: this.#choice.get(offer.id) ?? 0 }));
    const count = lines.reduce((before, line) => before + line.quantity, 0);
    const amount = count > 0 ? sum(lines) : null;
    place.replaceChildren(...(amount ? [make('span', {}, this.say('count', { count: count })), make('strong', {}, formatMoney(amount, this.locale))] : []));
  }

  #open(choice: [string, number][], hold: string | null): void {
    this.checkout(openCheckout({ ...this.wish(this.#list?.title ?? ''), choice, hold, origins: this.#list?.embedOrigins ?? null }));
  }
}
