/* Cookies by which a browser says who is signed in: no script reads them, the gateway makes them (src/gateway/cookie.h). */

/* New cookies; of the session whose refresh token they have already, when none is given. False: it has ended. */
export async function askCookies(refreshToken?: string): Promise<boolean> {
  const response = await fetch('/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ refreshToken }) });
  if (!response.ok && response.status !== 401) throw new Error(`/session answered ${response.status}`);
  return response.ok;
}

/* The session ends, and its cookies go. */
export async function dropCookies(): Promise<void> {
  const response = await fetch('/session', { method: 'DELETE' });
  if (!response.ok) throw new Error(`/session answered ${response.status}`);
}
