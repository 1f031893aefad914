import { runSaga } from 'redux-saga';
import { expect, it } from 'vitest';
import type { CheckInInput } from '../../src/graphql/door/generated/graphql';
import type { Waiting } from '../../src/pages/door/shelf';
import { tell } from '../../src/pages/door/sync';

const SCAN: Waiting = { nonce: 'n1', listId: 'lst_a', qr: 'T1.a.b', direction: 'ENTRY', gate: 'B', atMs: 1_700_000_000_000, problem: null };
const LIVE = { listId: 'lst_a', qr: 'T1.a.b', nonce: 'n1', direction: 'ENTRY', gate: 'B' };
const FACT = { ...LIVE, at: '2023-11-14T22:13:20.000Z', force: true };

/* What is sent when the server answers so, one after the other. */
async function sent(...answers: { result?: string; code?: string }[]) {
  const inputs: CheckInInput[] = [];
  const client = {
    mutate: ({ variables }: { variables: { input: CheckInInput } }) => {
      inputs.push(variables.input);
      const { result = null, code } = answers[inputs.length - 1] ?? {};
      return Promise.resolve({ data: { checkIn: { result, checkIn: result && { id: 'chk_1' }, userErrors: code ? [{ code, message: code }] : [] } } });
    },
  };
  const answer = await runSaga({ context: { client } }, tell, SCAN).toPromise<{ result: string | null }>();
  return { inputs, result: answer.result };
}

it('tells a scan as a fact with its own time', async () => {
  expect(await sent({ result: 'OK' })).toEqual({ inputs: [FACT], result: 'OK' });
  expect(await sent({ result: 'ALREADY_REDEEMED' })).toEqual({ inputs: [FACT], result: 'ALREADY_REDEEMED' });
});

it('asks again what the server had answered, when that answer was lost', async () => {
  expect(await sent({ code: 'IDEMPOTENCY_KEY_REUSED' }, { result: 'OK' })).toEqual({ inputs: [FACT, LIVE], result: 'OK' });
});

it('tells of an entry all the same when the lost answer was a refusal', async () => {
  const { inputs, result } = await sent({ code: 'IDEMPOTENCY_KEY_REUSED' }, { result: 'TOO_EARLY' }, { result: 'TOO_EARLY' });
  expect(inputs).toEqual([FACT, LIVE, { ...FACT, nonce: 'n1.alone' }]);
  expect(result).toBe('TOO_EARLY');
});

it('leaves the time to the server when its own clock is ahead', async () => {
  expect(await sent({ code: 'INVALID_INPUT' }, { result: 'OK' })).toEqual({ inputs: [FACT, { ...LIVE, force: true }], result: 'OK' });
});
