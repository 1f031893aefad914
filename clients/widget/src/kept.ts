/* The hold that this tab has of an event. Its token is the right to it; it stays in the host page's session storage. */
export interface Kept {
  token: string;
  expiresAt: string;
  count: number;
}

const nameOf = (shop: string, event: string) => `tessera ${shop} ${event}`;

/* Null: there is none that lives. */
export function keptOf(shop: string, event: string): Kept | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(nameOf(shop, event)) ?? 'null') as Kept | null;
    return kept && Date.parse(kept.expiresAt) > Date.now() ? kept : null;
  } catch {
    return null;
  }
}

export function keep(shop: string, event: string, kept: Kept | null): void {
  try {
    if (kept) sessionStorage.setItem(nameOf(shop, event), JSON.stringify(kept));
    else sessionStorage.removeItem(nameOf(shop, event));
  } catch {
    /* A browser that keeps nothing: the open checkout goes on all the same. */
  }
}
