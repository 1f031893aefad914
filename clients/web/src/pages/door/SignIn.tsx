import { Trans } from '@lingui/react/macro';
import type { FormEvent } from 'react';
import { Problem } from './Problem';
import { signInSent, signInWanted, useDoor, useDoorDispatch } from './state';

function text(form: HTMLFormElement, name: string): string {
  return String(new FormData(form).get(name) ?? '').trim();
}

/* The second step, for who has a second factor. */
function CodeForm({ challenge }: { challenge: string }) {
  const busy = useDoor((door) => door.busy);
  const dispatch = useDoorDispatch();

  function byCode(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    dispatch(signInSent({ kind: 'code', challenge, code: text(event.currentTarget, 'code') }));
  }

  return (
    <section className="door-sheet" aria-labelledby="door-title">
      <h1 id="door-title">
        <Trans>Door</Trans>
      </h1>
      <Problem />
      <form className="door-form" onSubmit={byCode}>
        <div className="field">
          <label className="field-label" htmlFor="door-code">
            <Trans>Sign-in code</Trans>
          </label>
          <input id="door-code" name="code" autoComplete="one-time-code" autoCapitalize="characters" spellCheck={false} autoFocus required maxLength={20} aria-describedby="door-code-hint" />
          <p className="field-hint" id="door-code-hint">
            <Trans>From your authenticator app, or a recovery code.</Trans>
          </p>
        </div>
        <button className="button button-wide" disabled={busy}>
          <Trans>Sign in</Trans>
        </button>
        <button className="button button-quiet button-wide" type="button" onClick={() => dispatch(signInWanted())}>
          <Trans>Begin anew</Trans>
        </button>
      </form>
    </section>
  );
}

/* With an account, as a paired device, or with the owner's token. */
export function SignIn() {
  const challenge = useDoor((door) => door.challenge);
  return challenge ? <CodeForm challenge={challenge} /> : <FirstStep />;
}

function FirstStep() {
  const busy = useDoor((door) => door.busy);
  const dispatch = useDoorDispatch();

  function byAccount(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    dispatch(signInSent({ kind: 'account', email: text(form, 'email'), password: String(new FormData(form).get('password') ?? '') }));
  }

  function byPairing(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    dispatch(signInSent({ kind: 'pairing', code: text(event.currentTarget, 'code') }));
  }

  function byToken(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    dispatch(signInSent({ kind: 'token', token: text(event.currentTarget, 'token') }));
  }

  return (
    <section className="door-sheet" aria-labelledby="door-title">
      <h1 id="door-title">
        <Trans>Door</Trans>
      </h1>
      <p className="lead">
        <Trans>Sign in to let people in.</Trans>
      </p>
      <Problem />
      <form className="door-form" onSubmit={byAccount}>
        <div className="field">
          <label className="field-label" htmlFor="door-email">
            <Trans>E-mail</Trans>
          </label>
          <input id="door-email" name="email" type="email" autoComplete="username" required maxLength={254} />
        </div>
        <div className="field">
          <label className="field-label" htmlFor="door-password">
            <Trans>Password</Trans>
          </label>
          <input id="door-password" name="password" type="password" autoComplete="current-password" required />
        </div>
        <button className="button button-wide" disabled={busy}>
          <Trans>Sign in</Trans>
        </button>
      </form>
      <details className="door-other">
        <summary>
          <Trans>Pair this device instead</Trans>
        </summary>
        <form className="door-form" onSubmit={byPairing}>
          <div className="field">
            <label className="field-label" htmlFor="door-pairing">
              <Trans>Pairing code</Trans>
            </label>
            <input id="door-pairing" name="code" autoComplete="off" autoCapitalize="characters" spellCheck={false} required maxLength={40} aria-describedby="door-pairing-hint" />
            <p className="field-hint" id="door-pairing-hint">
              <Trans>The organizer makes one for each device. It holds for ten minutes, once; this browser then stays paired until it signs out.</Trans>
            </p>
          </div>
          <button className="button button-quiet button-wide" disabled={busy}>
            <Trans>Pair</Trans>
          </button>
        </form>
      </details>
      <details className="door-other">
        <summary>
          <Trans>Use an access token instead</Trans>
        </summary>
        <form className="door-form" onSubmit={byToken}>
          <div className="field">
            <label className="field-label" htmlFor="door-token">
              <Trans>Token</Trans>
            </label>
            <input id="door-token" name="token" type="password" autoComplete="off" required aria-describedby="door-token-hint" />
            <p className="field-hint" id="door-token-hint">
              <Trans>The owner’s token. It is kept until this tab is closed.</Trans>
            </p>
          </div>
          <button className="button button-quiet button-wide" disabled={busy}>
            <Trans>Use this token</Trans>
          </button>
        </form>
      </details>
    </section>
  );
}
