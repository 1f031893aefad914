import type { I18n } from '@lingui/core';
import { t } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useRef } from 'react';
import { formatCountdown } from '../../format/time';
import { useLocale } from '../../parts/locale';
import { PostForm } from '../../parts/PostForm';
import { Time } from '../../parts/Time';
import { useAppSelector } from '../../state/store';
import type { ShownHold } from './Summary';

const SOON_S = 300;
const LAST_S = 60;

/* Said aloud twice, when there is more time, and when it is over; the seconds are for eyes only. */
function spoken(left: number, isExtendable: boolean, isExtended: boolean, i18n: I18n): string {
  if (left <= 0) return t(i18n)`Your time is over.`;
  if (left <= LAST_S) return isExtendable ? t(i18n)`One minute left. You can ask for more time.` : t(i18n)`One minute left.`;
  if (left <= SOON_S) return isExtendable ? t(i18n)`Five minutes left. You can ask for more time.` : t(i18n)`Five minutes left.`;
  return isExtended ? t(i18n)`You have more time.` : '';
}

function MoreTime({ hold, action }: { hold: ShownHold; action: string }) {
  const sending = useAppSelector((state) => state.form.name === 'renew' && state.form.state === 'sending');
  if (!hold.extendableUntil)
    return (
      <p className="fine">
        <Trans>They cannot be kept any longer.</Trans>
      </p>
    );
  return (
    <PostForm name="renew" action={action}>
      <button className="button button-quiet button-small" type="submit" disabled={sending}>
        {sending ? <Trans>One moment…</Trans> : <Trans>Keep my places longer</Trans>}
      </button>
    </PostForm>
  );
}

/* How long the places are kept, and the way to have them longer before it is too late. Without a script it is a time of day. */
export function Timer({ hold, action }: { hold: ShownHold; action: string }) {
  const { i18n } = useLingui();
  const locale = useLocale();
  const clock = useAppSelector((state) => state.clock);
  const isExtended = useAppSelector((state) => state.form.name === 'renew' && state.form.state === 'answered');
  const box = useRef<HTMLDivElement>(null);
  const left = (Date.parse(hold.expiresAt) - clock.nowMs) / 1000;
  const isExtendable = hold.extendableUntil !== null;
  const tone = left <= LAST_S ? 'timer timer-last' : left <= SOON_S ? 'timer timer-soon' : 'timer';

  /* The button that had the focus is gone. */
  useEffect(() => {
    if (isExtended && document.activeElement === document.body) box.current?.focus();
  }, [isExtended]);

  return (
    <div className={tone} tabIndex={-1} ref={box}>
      <p>
        {clock.ticking ? (
          <Trans>
            Your places are kept for{' '}
            <strong className="timer-left" role="timer">
              {formatCountdown(left, locale)}
            </strong>
          </Trans>
        ) : (
          <Trans>
            Your places are kept until <Time at={hold.expiresAt} style="clock" zone={hold.event.timeZone} />
          </Trans>
        )}
      </p>
      {clock.ticking && left <= SOON_S && <MoreTime hold={hold} action={action} />}
      <p className="for-ears" role="status">
        {clock.ticking ? spoken(left, isExtendable, isExtended, i18n) : ''}
      </p>
    </div>
  );
}
