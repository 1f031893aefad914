import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect } from 'react';
import { useDoor, useDoorDispatch, verdictClosed } from './state';
import { moodOf, wordOf, type Mood } from './verdict';

const SHAPES: Record<Mood, string> = {
  good: 'M14 34l12 12 26-28',
  wait: 'M32 12v25m0 13v.01',
  bad: 'M17 17l30 30m0-30L17 47',
};

/* A tick, an exclamation mark, a cross: told apart without colour. */
export function MoodIcon({ mood }: { mood: Mood }) {
  return (
    <svg className="door-icon" viewBox="0 0 64 64" aria-hidden="true">
      <path d={SHAPES[mood]} fill="none" stroke="currentColor" strokeWidth="8" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}

/* The whole screen is the answer, for a moment: a touch or Escape ends it sooner. Its place is always there, so it is heard. */
export function VerdictScreen() {
  const { t } = useLingui();
  const verdict = useDoor((door) => door.verdict);
  const dispatch = useDoorDispatch();
  useEffect(() => {
    if (!verdict) return;
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && dispatch(verdictClosed());
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [dispatch, verdict]);
  const mood = verdict && moodOf(verdict.result);
  return (
    <div role="alert" aria-atomic="true" className="verdict-place">
      {verdict && mood && (
        <div className={`verdict verdict-${mood}`} key={verdict.id} onClick={() => dispatch(verdictClosed())}>
          <MoodIcon mood={mood} />
          <p className="verdict-word">{t(wordOf(verdict))}</p>
          {verdict.name && (
            <p className="verdict-name" dir="auto">
              {verdict.name}
            </p>
          )}
          {verdict.type && <p dir="auto">{verdict.type}</p>}
          {verdict.seat && <p dir="auto">{verdict.seat}</p>}
          {verdict.detail && <p className="verdict-detail">{verdict.detail}</p>}
          {verdict.offline && (
            <p className="verdict-offline">
              <Trans>Decided offline</Trans>
            </p>
          )}
        </div>
      )}
    </div>
  );
}
