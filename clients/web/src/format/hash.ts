/* SHA-256 in hexadecimal, as the API knows legal texts. Null: browsers have it only where nobody can listen (HTTPS, or this machine). */
export async function textHash(text: string): Promise<string | null> {
  if (!globalThis.crypto.subtle) return null;
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
