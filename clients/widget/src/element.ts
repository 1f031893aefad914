/* What both elements are: a shadow root with our sheet, a locale, a theme, and at most one open checkout. */
import type { Checkout, Wish } from './checkout';
import { make } from './dom';
import { isEvent } from './shop';
import { STYLE } from './style';
import { LANGUAGES, type Language } from '../../web/src/language/languages';
import { say, type Words } from './say';
import { languageOf, readWords, wordsOf } from './words';

let sheet: CSSStyleSheet | null = null;

function sharedSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
  }
  return sheet;
}

function localeOf(named: string | null): string {
  for (const locale of [named, document.documentElement.lang, navigator.language]) {
    try {
      if (locale) return Intl.getCanonicalLocales(locale)[0] ?? 'en';
    } catch {
      /* Not a locale: the next one. */
    }
  }
  return 'en';
}

export abstract class Element extends HTMLElement {
  static observedAttributes = ['event', 'locale', 'theme'];

  #root = make('div', { class: 'root', part: 'root' });
  #content = make('div', { class: 'content', part: 'content' });
  #checkout: Checkout | null = null;
  locale = 'en';
  language: Language = 'en';
  #words: Words | null = null;
  #times = 0;
  eventName = '';

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: 'open' });
    shadow.adoptedStyleSheets = [sharedSheet()];
    this.#root.append(this.#content);
    shadow.append(this.#root);
  }

  /* Shown from now on, or changed; not any more; its checkout was closed. */
  protected abstract begin(): void;
  protected end(): void {}
  protected closed(): void {}

  connectedCallback(): void {
    this.locale = localeOf(this.getAttribute('locale'));
    this.language = languageOf(this.locale);
    this.eventName = this.getAttribute('event') ?? '';
    this.#root.lang = this.locale;
    this.#root.dir = LANGUAGES[this.language].dir;
    this.#root.dataset.theme = this.getAttribute('theme') ?? 'auto';
    this.#words = wordsOf(this.language) ?? null;
    if (this.#words) this.begin();
    else void this.#beginWithWords(++this.#times);
  }

  /* Unless it was changed or taken away meanwhile. */
  async #beginWithWords(time: number): Promise<void> {
    const words = await readWords(this.language);
    if (time !== this.#times || !this.isConnected) return;
    this.#words = words;
    this.begin();
  }

  protected say(name: keyof Words, values?: Record<string, string | number>): string {
    return this.#words ? say(this.#words, this.language, name, values) : '';
  }

  disconnectedCallback(): void {
    this.end();
    this.#checkout?.close();
    this.#checkout = null;
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (!this.isConnected || before === after) return;
    this.#times++;
    this.end();
    this.connectedCallback();
  }

  protected fill(...children: (Node | null | false)[]): void {
    this.#content.replaceChildren(...children.filter((child) => child !== null && child !== false));
  }

  protected focusOn(selector: string): void {
    this.#content.querySelector<HTMLElement>(selector)?.focus();
  }

  protected checkout(opened: Checkout | null): void {
    this.#checkout = opened;
  }

  protected wish(title: string): Omit<Wish, 'choice' | 'hold' | 'origins'> {
    const onClosed = () => {
      this.#checkout = null;
      if (this.isConnected) this.closed();
    };
    const event = isEvent(this.eventName) ? this.eventName : '';
    return { host: this, place: this.#root, event, title, language: this.language, say: (name) => this.say(name), onClosed };
  }
}
