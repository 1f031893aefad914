/*
 * That somebody is signed in here, as a hint for the pages' header: they are the same for everybody, and the cookies that count no script
 * reads. The account's own page, which knows, keeps it right.
 */
const NAME = 'tessera.account';

export function wasSignedIn(): boolean {
  try {
    return localStorage.getItem(NAME) !== null;
  } catch {
    return false; /* a browser that keeps nothing */
  }
}

export function rememberSignedIn(is: boolean): void {
  try {
    if (is) localStorage.setItem(NAME, '1');
    else localStorage.removeItem(NAME);
  } catch {
    /* The header then always offers to sign in. */
  }
}
