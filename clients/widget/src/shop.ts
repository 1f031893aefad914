/* Where we were loaded from, and what is asked there: an event's dates and offers, without cookies. */
import type { WidgetList } from '../../web/src/pages/event/list';

const script = (document.currentScript ?? document.querySelector('script[src$="/w/v1.js"]')) as HTMLScriptElement | null;

export const SHOP = new URL(script?.src ?? location.href).origin;

/* "organizer/event", as in the address of its page. */
const EVENT = /^[a-z0-9-]{1,63}\/[a-z0-9-]{1,63}$/;

export function isEvent(event: string): boolean {
  return EVENT.test(event);
}

export class Refused extends Error {
  constructor(readonly code: 'NOT_FOUND' | 'UNAVAILABLE' | 'TOO_MANY' | 'EVENT_MALFORMED') {
    super(code);
  }
}

/* Throws a Refused; or that it was aborted. */
export async function readList(event: string, signal: AbortSignal): Promise<WidgetList> {
  if (!isEvent(event)) throw new Refused('EVENT_MALFORMED');
  let response;
  try {
    response = await fetch(`${SHOP}/w/v1/${event}`, { credentials: 'omit', signal });
  } catch (error) {
    throw signal.aborted ? error : new Refused('UNAVAILABLE');
  }
  if (response.ok) return (await response.json()) as WidgetList;
  throw new Refused(response.status === 404 ? 'NOT_FOUND' : response.status === 429 ? 'TOO_MANY' : 'UNAVAILABLE');
}
