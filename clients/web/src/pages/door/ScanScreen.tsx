import type { MessageDescriptor } from '@lingui/core';
import { msg, plural } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { formatTime } from '../../format/time';
import { useLocale } from '../../parts/locale';
import { CameraView } from './CameraView';
import { GuestSearch } from './GuestSearch';
import { codeScanned, directionTurned, listsWanted, networkChanged, signInWanted, syncWanted, undoWanted, useDoor, useDoorDispatch, type Network, type Verdict } from './state';
import { MoodIcon, VerdictScreen } from './VerdictScreen';
import { moodOf, wordOf } from './verdict';
import { listenToWedge } from './wedge';

function useClock(atMs: number | null): string | null {
  const locale = useLocale();
  const zone = useDoor((door) => door.list?.timeZone);
  return atMs === null ? null : formatTime(new Date(atMs).toISOString(), 'clock', locale, zone);
}

const NETWORKS: Record<Network, MessageDescriptor> = { here: msg`Online`, away: msg`Offline`, locked: msg`Signed out` };

/* Whether the server answers, what waits for it, and what it refused. */
function NetworkBadge() {
  const { network, waiting } = useDoor((door) => door);
  const dispatch = useDoorDispatch();
  const syncedAt = useClock(waiting.syncedAtMs);
  const { t } = useLingui();
  const { count, conflicts, refused } = waiting;
  const parts = [
    t(NETWORKS[network]),
    count > 0 && t`${plural(count, { one: '# waiting', other: '# waiting' })}`,
    syncedAt && t`last sync ${syncedAt}`,
    conflicts > 0 && t`${plural(conflicts, { one: '# had been used elsewhere', other: '# had been used elsewhere' })}`,
    refused > 0 && t`${plural(refused, { one: '# not taken', other: '# not taken' })}`,
  ].filter(Boolean);
  return (
    <div className={`door-network door-network-${network}`}>
      <p role="status">{parts.join(' · ')}</p>
      {network === 'away' && (
        <button className="button button-quiet button-small" onClick={() => dispatch(syncWanted())}>
          <Trans>Try now</Trans>
        </button>
      )}
      {network === 'locked' && (
        <button
          className="button button-small"
          onClick={() => {
            dispatch(networkChanged('away'));
            dispatch(signInWanted());
          }}
        >
          <Trans>Sign in again</Trans>
        </button>
      )}
    </div>
  );
}

function Counts() {
  const { t } = useLingui();
  const counts = useDoor((door) => door.counts);
  if (!counts) return null;
  const { inside, expected } = counts;
  return (
    <div className="door-counts">
      <p>
        <Trans>
          <strong>{inside}</strong> of {expected} inside
        </Trans>
      </p>
      <progress max={Math.max(expected, 1)} value={inside} aria-label={t`Inside`} />
    </div>
  );
}

function Direction() {
  const direction = useDoor((door) => door.direction);
  const dispatch = useDoorDispatch();
  return (
    <fieldset className="door-direction">
      <legend className="for-ears">
        <Trans>Direction</Trans>
      </legend>
      {(['ENTRY', 'EXIT'] as const).map((value) => (
        <label key={value}>
          <input type="radio" name="direction" checked={direction === value} onChange={() => dispatch(directionTurned(value))} />
          <span>{value === 'ENTRY' ? <Trans context="direction">In</Trans> : <Trans context="direction">Out</Trans>}</span>
        </label>
      ))}
    </fieldset>
  );
}

function CodeForm() {
  const dispatch = useDoorDispatch();
  const input = useRef<HTMLInputElement>(null);
  function send(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const code = input.current?.value.trim() ?? '';
    if (code) dispatch(codeScanned(code));
    if (input.current) input.current.value = '';
  }
  return (
    <form className="door-code" onSubmit={send}>
      <div className="field">
        <label className="field-label" htmlFor="door-code">
          <Trans>Code</Trans>
        </label>
        <input id="door-code" ref={input} autoComplete="off" autoCapitalize="off" spellCheck={false} maxLength={4096} aria-describedby="door-code-hint" />
      </div>
      <button className="button">
        <Trans>Check</Trans>
      </button>
      <p className="field-hint" id="door-code-hint">
        <Trans>A hand scanner works anywhere on this page.</Trans>
      </p>
    </form>
  );
}

function LogLine({ verdict }: { verdict: Verdict }) {
  const { t } = useLingui();
  const dispatch = useDoorDispatch();
  const network = useDoor((door) => door.network);
  const at = useClock(verdict.atMs);
  const mood = moodOf(verdict.result);
  const what = [verdict.name, verdict.type, verdict.seat, verdict.detail].filter(Boolean).join(' · ');
  return (
    <li className={`door-log-line door-log-${mood}`}>
      <MoodIcon mood={mood} />
      <span className="door-log-text">
        <strong>{t(wordOf(verdict))}</strong>
        {what && (
          <span className="door-soft" dir="auto">
            {what}
          </span>
        )}
      </span>
      <span className="door-soft">
        {at}
        {verdict.offline && ' · '}
        {verdict.offline && <Trans>offline</Trans>}
      </span>
      {verdict.passed && network === 'here' && (
        <button type="button" className="button button-quiet button-small" onClick={() => dispatch(undoWanted(verdict))}>
          <Trans>Undo</Trans>
          <span className="for-ears"> {what}</span>
        </button>
      )}
    </li>
  );
}

export function ScanScreen() {
  const { list, gate, log, verifies } = useDoor((door) => door);
  const [problem, setProblem] = useState<string | null>(null);
  const dispatch = useDoorDispatch();
  useEffect(() => listenToWedge((code) => dispatch(codeScanned(code))), [dispatch]);
  if (!list) return null;
  return (
    <div className="door-scan">
      <div className="door-bar">
        <div>
          <h1 dir="auto">{list.name}</h1>
          <p className="door-soft" dir="auto">
            {list.title}
            {gate && ' · '}
            {gate && <Trans>gate {gate}</Trans>}
          </p>
        </div>
        <button className="button button-quiet button-small" onClick={() => dispatch(listsWanted())}>
          <Trans>Other door</Trans>
        </button>
      </div>
      <NetworkBadge />
      {verifies === false && (
        <p className="notice">
          <Trans>This browser cannot verify codes itself (it has no Ed25519), so it lets nobody in without a network. A newer one can.</Trans>
        </p>
      )}
      <div className="door-columns">
        <div className="door-in">
          {list.allowReentry && <Direction />}
          <CameraView onCode={(code) => dispatch(codeScanned(code))} onProblem={setProblem} />
          <div role="alert">{problem && <p className="form-error">{problem}</p>}</div>
          <CodeForm />
          <GuestSearch />
        </div>
        <div className="door-out">
          <Counts />
          <section aria-labelledby="door-last">
            <h2 id="door-last">
              <Trans>Last scans</Trans>
            </h2>
            {log.length === 0 && (
              <p className="door-soft">
                <Trans>None yet.</Trans>
              </p>
            )}
            <ol className="door-log">
              {log.map((verdict) => (
                <LogLine key={verdict.id} verdict={verdict} />
              ))}
            </ol>
          </section>
        </div>
      </div>
      <VerdictScreen />
    </div>
  );
}
