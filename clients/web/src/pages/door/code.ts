/*
 * What a ticket's code says, read and verified without a network: T1.<payload>.<signature>, base64url, of 50 bytes (layout,
 * ticket, date and type as 16 bytes each, issue number) and their Ed25519 signature.
 */

const CODE_LENGTH_MAX = 160;
const PAYLOAD_SIZE = 50;
const SIGNATURE_SIZE = 64;
const LAYOUT = 1;
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';

/* Ids are without their prefix: the 26 letters that tell one thing from another. */
export interface TicketCode {
  ticket: string;
  date: string;
  type: string;
  issue: number;
  payload: Uint8Array<ArrayBuffer>;
  signature: Uint8Array<ArrayBuffer>;
}

/* Null: malformed, or not the canonical spelling. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[\w-]+$/.test(text)) return null;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
    return toBase64Url(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

export function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/* 128 bits as 26 letters of five, two zero bits in front. */
function lettersOf(bytes: Uint8Array): string {
  let waiting = 0;
  let bits = 2;
  let text = '';
  for (const byte of bytes) {
    waiting = ((waiting << 8) | byte) & 0xffff;
    for (bits += 8; bits >= 5; bits -= 5) text += LETTERS[(waiting >> (bits - 5)) & 31];
  }
  return text;
}

/* By which the server will know the scan: its id is a hash of list and nonce (modules/door/README.md), here without prefix. */
export async function scanLetters(listId: string, nonce: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${listId}/${nonce}`));
  return lettersOf(new Uint8Array(digest, 0, 16));
}

/* Null: no code of this layout. Whether it is one of ours only the signature tells. */
export function readCode(text: string): TicketCode | null {
  const [version, body, seal, ...rest] = text.split('.');
  if (text.length > CODE_LENGTH_MAX || version !== 'T1' || !body || !seal || rest.length > 0) return null;
  const payload = fromBase64Url(body);
  const signature = fromBase64Url(seal);
  if (payload?.length !== PAYLOAD_SIZE || payload[0] !== LAYOUT || signature?.length !== SIGNATURE_SIZE) return null;
  return {
    ticket: lettersOf(payload.subarray(1, 17)),
    date: lettersOf(payload.subarray(17, 33)),
    type: lettersOf(payload.subarray(33, 49)),
    issue: payload[49] ?? 0,
    payload,
    signature,
  };
}

/* `key`: 32 bytes as base64url. Null: this browser knows no Ed25519, or that is no key. */
export async function importKey(key: string): Promise<CryptoKey | null> {
  const bytes = fromBase64Url(key);
  if (!bytes || !globalThis.crypto?.subtle) return null;
  return crypto.subtle.importKey('raw', bytes, { name: 'Ed25519' }, false, ['verify']).catch(() => null);
}

export async function isSigned(code: TicketCode, key: CryptoKey): Promise<boolean> {
  return crypto.subtle.verify({ name: 'Ed25519' }, key, code.signature, code.payload);
}
