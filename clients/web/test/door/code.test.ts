import { expect, it } from 'vitest';
import { fromBase64Url, importKey, isSigned, readCode, toBase64Url } from '../../src/pages/door/code';

/* By a server; the ticket's letters are also the first half of its holder's secret. */
const REAL = 'T1.AQGiKpXMT3WEgkb4VKPYEAEBoiqVzBJx3pJRRza66OLiAaIqlcwacM2q5L9v5HwUSwA.XtYQiWJD8RHwGcC5X_3K2E3usbJrVmck5uM1m6UqyAJDrN9jLeJXU3iJNniWzwsQmgfMPhtEDhVHAZlfmgz6CA';

async function signed(payload: Uint8Array<ArrayBuffer>) {
  const { publicKey, privateKey } = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, payload));
  const key = toBase64Url(new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)));
  return { key, text: `T1.${toBase64Url(payload)}.${toBase64Url(signature)}`, signature };
}

function payloadOf(issue: number): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(50).fill(7);
  payload[0] = 1;
  payload[49] = issue;
  return payload;
}

it('reads a code of the server', () => {
  const code = readCode(REAL);
  expect(code?.ticket).toBe('01m8n9bk2fep284hqrajhxg401');
  expect(code?.issue).toBe(0);
  expect(code?.date).toMatch(/^01m8n9bk[0-9a-z]{18}$/);
  expect(code?.type).toMatch(/^01m8n9bk[0-9a-z]{18}$/);
});

it('knows what is no code', () => {
  const [, body = '', seal = ''] = REAL.split('.');
  for (const text of ['', 'T1', 'T1..', `T2.${body}.${seal}`, `T1.${body}`, `T1.${body}.${seal}.`, `T1.${body}=.${seal}`, `T1.${body}A.${seal}`, `T1.${body}.${seal.slice(1)}`, `T1.${body} .${seal}`, 'https://example.org/', `T1.${'A'.repeat(200)}.A`])
    expect(readCode(text), text).toBeNull();
  const layout2 = payloadOf(0);
  layout2[0] = 2;
  expect(readCode(`T1.${toBase64Url(layout2)}.${seal}`)).toBeNull();
});

it('takes only the canonical spelling', () => {
  expect(fromBase64Url('AA')).toEqual(new Uint8Array([0]));
  expect(fromBase64Url('AB')).toBeNull();
  expect(fromBase64Url('A')).toBeNull();
  expect(fromBase64Url('-_8')).toEqual(new Uint8Array([251, 255]));
  expect(fromBase64Url('+/8')).toBeNull();
});

it('tells a signature of ours from any other', async () => {
  const { key, text } = await signed(payloadOf(3));
  const ours = await importKey(key);
  const code = readCode(text);
  if (!ours || !code) throw new Error('no Ed25519 here');
  expect(code.issue).toBe(3);
  expect(await isSigned(code, ours)).toBe(true);
  expect(await isSigned({ ...code, payload: payloadOf(4) }, ours)).toBe(false);
  const foreign = await signed(payloadOf(3));
  expect(await isSigned({ ...code, signature: foreign.signature }, ours)).toBe(false);
  expect(await isSigned({ ...code, signature: new Uint8Array(64) }, ours)).toBe(false);
});

it('has no key of what is none, nor where the browser has no Ed25519', async () => {
  expect(await importKey('AAAA')).toBeNull();
  expect(await importKey('not base64!')).toBeNull();
  const { key } = await signed(payloadOf(0));
  const before = crypto.subtle.importKey;
  crypto.subtle.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError'));
  try {
    expect(await importKey(key)).toBeNull();
  } finally {
    crypto.subtle.importKey = before;
  }
});
