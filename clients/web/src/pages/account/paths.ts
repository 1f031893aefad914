/* Where to go on to: a path of ours and nothing else, or the account. */
export function pathOf(text: string | null | undefined): string {
  return text && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(text) ? text : '/account';
}

/* What a provider's consent came back with; null: nothing. */
export function tokenOf(hash: string): string | null {
  return /^#link=(.+)$/.exec(hash)?.[1] ?? null;
}
