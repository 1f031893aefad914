/* <tessera-button event="organizer/event">Tickets</tessera-button>: a press opens the event's page, and its sale. */
import type { WidgetList } from '../../web/src/pages/event/list';
import { openCheckout } from './checkout';
import { make, tell } from './dom';
import { Element } from './element';
import { keptOf } from './kept';
import { isEvent, readList, SHOP } from './shop';

export class Button extends Element {
  #list: WidgetList | null = null;
  #abort = new AbortController();

  protected override begin(): void {
    this.#list = null;
    this.#abort = new AbortController();
    const button = make('button', { type: 'button', class: 'button', part: 'button' }, make('slot', {}, this.say('tickets')));
    button.addEventListener('pointerenter', () => this.#prepare(), { once: true });
    button.addEventListener('focus', () => this.#prepare(), { once: true });
    button.addEventListener('click', () => this.#open());
    this.fill(button);
  }

  protected override end(): void {
    this.#abort.abort();
  }

  /* Before the press, so that a tab can be opened by it where a frame would be refused. */
  #prepare(): void {
    readList(this.eventName, this.#abort.signal).then(
      (list) => (this.#list = list),
      () => null,
    );
  }

  #open(): void {
    const event = this.eventName;
    if (!isEvent(event)) return tell(this, 'error', { event, code: 'EVENT_MALFORMED' });
    const hold = keptOf(SHOP, event)?.token ?? null;
    this.checkout(openCheckout({ ...this.wish(this.#list?.title ?? this.say('tickets')), choice: [], hold, origins: this.#list?.embedOrigins ?? null }));
  }
}
