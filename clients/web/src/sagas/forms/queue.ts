/* Into an event's waiting room, and out of it again. Whoever has the place's token has the place. */
import type { SagaGenerator } from 'typed-redux-saga';
import { JoinWaitingRoomDocument, LeaveWaitingRoomDocument } from '../../graphql/generated/graphql';
import { errorOf } from '../../format/refusal';
import type { Values } from '../../state/form';
import { change } from '../ask';
import { useContext } from '../context';
import type { Outcome } from '../form';

const FIELDS = new Set(['email', 'bypassCode']);

export function* joinQueue(values: Values): SagaGenerator<Outcome> {
  const newKey = yield* useContext('newKey');
  const input = {
    eventId: values.event ?? '',
    idempotencyKey: newKey(),
    ...(values.email?.trim() && { email: values.email.trim() }),
    ...(values.bypassCode?.trim() && { bypassCode: values.bypassCode.trim() }),
  };
  const { joinWaitingRoom: payload } = yield* change(JoinWaitingRoomDocument, { input });
  if (payload.place?.token) return { next: `/queue/${payload.place.token}` };
  const i18n = yield* useContext('i18n');
  return {
    errors: payload.userErrors.map((refused) => {
      const [field] = (refused.path ?? []).join('.').split('.');
      return errorOf(i18n, refused, field && FIELDS.has(field) ? field : null);
    }),
  };
}

export function* leaveQueue(values: Values, url: string): SagaGenerator<Outcome> {
  const token = url.split(/[/?]/)[2] ?? '';
  const { leaveWaitingRoom: payload } = yield* change(LeaveWaitingRoomDocument, { input: { token } });
  const [refused] = payload.userErrors;
  if (refused) return { errors: [errorOf(yield* useContext('i18n'), refused)] };
  return { next: /^\/e\/[\w-]+\/[\w-]+$/.test(values.back ?? '') ? (values.back ?? '/') : '/' };
}
