/* What the server refuses, in words for a buyer. What is rare it says itself, in English. */
import type { I18n, MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { ErrorCode } from '../graphql/generated/graphql';
import type { FormError } from '../state/form';

const WORDS: Partial<Record<ErrorCode, MessageDescriptor>> = {
  SOLD_OUT: msg`There are not that many left. Please choose fewer, or another kind of ticket.`,
  RESERVED_BY_OTHERS: msg`All that is left is in other carts at the moment. Some may come back in a few minutes.`,
  NOT_ON_SALE: msg`This is not on sale at the moment.`,
  HOLD_EXPIRED: msg`Your time is over, so your places went back on sale. You can try to get them again.`,
  PAYMENT_DECLINED: msg`The payment was declined. Your places are still kept; please try again or pay another way.`,
  PAYMENT_PENDING: msg`A payment is already on its way. Please wait until it is decided.`,
  ALREADY_PAID: msg`This is paid already.`,
  WAITING_ROOM_REQUIRED: msg`Many people want tickets for this event, so there is a waiting room in front of the sale.`,
  PASS_EXPIRED: msg`Your turn is over. Please line up again.`,
  OUTCOME_UNKNOWN: msg`We do not know whether that worked. Please look at this page again before you try once more.`,
};

interface Refused {
  code: ErrorCode;
  message: string;
}

/* `field`: the input it is about, if it is about one. */
export function errorOf(i18n: I18n, { code, message }: Refused, field: string | null = null): FormError {
  const words = WORDS[code];
  return { field, code, message: words ? i18n._(words) : message };
}
