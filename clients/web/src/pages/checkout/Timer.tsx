import type { I18n } from '@lingui/core';
import { t } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { formatCountdown } from '../../format/time';
import { useLocale } from '../../parts/locale';
import { Time } from '../../parts/Time';
import { useAppSelector } from '../../state/store';

/* Said aloud twice, and when it is over; the seconds are for eyes only. */
function spoken(left: number, i18n: I18n): string {
  if (left <= 0) return t(i18n)`Your time is over.`;
  if (left <= 60) return t(i18n)`One minute left.`;
  return left <= 300 ? t(i18n)`Five minutes left.` : '';
}

/* How long the places are kept. Without a script it is a time of day. */
export function Timer({ expiresAt, zone }: { expiresAt: string; zone: string }) {
  const { i18n } = useLingui();
  const locale = useLocale();
  const clock = useAppSelector((state) => state.clock);
  const left = (Date.parse(expiresAt) - clock.nowMs) / 1000;
  const tone = left <= 60 ? 'timer timer-last' : left <= 300 ? 'timer timer-soon' : 'timer';
  return (
    <div className={tone}>
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
            Your places are kept until <Time at={expiresAt} style="clock" zone={zone} />
          </Trans>
        )}
      </p>
      <p className="for-ears" role="status">
        {clock.ticking ? spoken(left, i18n) : ''}
      </p>
    </div>
  );
}
