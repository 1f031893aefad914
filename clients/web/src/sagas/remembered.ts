/* Orders that this browser has shown, newest first; in its local storage and nowhere else. */
export interface Remembered {
  path: string;
  code: string;
  title: string;
  organizer: string;
  startsAt: string | null;
  timeZone: string;
  /* How many tickets. */
  count: number;
}

const NAME = 'tessera.orders';
const MOST = 50;

export function remembered(): Remembered[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(NAME) ?? '[]');
    return Array.isArray(kept) ? (kept as Remembered[]) : [];
  } catch {
    return []; /* not ours, or a browser that keeps nothing */
  }
}

export function remember(order: Remembered): void {
  const others = remembered().filter(({ path }) => path !== order.path);
  try {
    localStorage.setItem(NAME, JSON.stringify([order, ...others].slice(0, MOST)));
  } catch {
    /* The address is still the way back. */
  }
}

/* Also what is kept for where there is no network. */
export function forgetAll(): void {
  localStorage.removeItem(NAME);
  navigator.serviceWorker?.controller?.postMessage({ forget: true });
}
