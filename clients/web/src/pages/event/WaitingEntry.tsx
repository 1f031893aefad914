import { Trans, useLingui } from '@lingui/react/macro';
import { Field } from '../../parts/Field';
import { FormErrors } from '../../parts/FormErrors';
import { PostForm } from '../../parts/PostForm';
import { Time } from '../../parts/Time';
import { useAppSelector } from '../../state/store';
import type { ShownEvent } from './dates';

/* The way into the waiting room, in the place of the tickets' numbers. */
export function WaitingEntry({ event, action }: { event: ShownEvent; action: string }) {
  const { t } = useLingui();
  const room = event.waitingRoom;
  const sending = useAppSelector((state) => state.form.name === 'join' && state.form.state === 'sending');
  const wantsMore = useAppSelector((state) => state.form.name === 'join' && state.form.errors.length > 0);
  if (!room) return null;
  const opensAt = room.preQueueFrom ?? room.startsAt;
  if (room.state === 'NOT_OPEN')
    return (
      <div className="notice">
        <h2 className="panel-title">
          <Trans>A waiting room opens first</Trans>
        </h2>
        <p>
          <Trans>Many people want to come.</Trans>{' '}
          {opensAt && (
            <Trans>
              It opens <Time at={opensAt} style="moment" zone={event.timeZone} />.
            </Trans>
          )}
        </p>
        {room.message && <p dir="auto">{room.message}</p>}
      </div>
    );
  return (
    <PostForm name="join" action={action} className="offers">
      <div className="notice">
        <h2 className="panel-title">
          <Trans>There is a waiting room</Trans>
        </h2>
        <p>
          {room.state === 'PRE_QUEUE' ? (
            <Trans>The sale has not begun. Who is there when it does is drawn into a fair order.</Trans>
          ) : (
            <Trans>Many people want to come, so they go in one after the other.</Trans>
          )}
        </p>
        {room.message && <p dir="auto">{room.message}</p>}
      </div>
      <input type="hidden" name="event" value={event.id} />
      <FormErrors form="join" />
      {wantsMore && <Field form="join" name="email" label={t`E-mail`} type="email" autoComplete="email" />}
      <details>
        <summary>
          <Trans>I have a code</Trans>
        </summary>
        <Field form="join" name="bypassCode" label={t`Code`} autoComplete="off" />
      </details>
      <button className="button button-wide" type="submit" disabled={sending}>
        {sending ? <Trans>One moment…</Trans> : <Trans>Get in line</Trans>}
      </button>
    </PostForm>
  );
}
