import { Trans } from '@lingui/react/macro';
import { Money } from '../../parts/Money';
import { useAppSelector } from '../../state/store';
import type { Change } from '../../state/renewal';

function ChangeLine({ change }: { change: Change }) {
  const name = [change.was.ticketType.name, change.was.seat].filter(Boolean).join(', ');
  if (change.kind === 'LOST' || !change.now)
    return (
      <li>
        <Trans>
          <span dir="auto">{name}</span>: is gone, somebody else has it now.
        </Trans>
      </li>
    );
  return (
    <li>
      {change.kind === 'PRICE_CHANGED' ? (
        <Trans>
          <span dir="auto">{name}</span>: costs <Money money={change.now.price} /> now, before it was <Money money={change.was.price} />.
        </Trans>
      ) : (
        <span dir="auto">{name}</span>
      )}
      {change.now.seat !== change.was.seat && change.now.seat && (
        <>
          {' '}
          <Trans>Your seat is {change.now.seat} now.</Trans>
        </>
      )}
    </li>
  );
}

/* After a hold was made anew: what is not as it was, before anybody pays. */
export function Changes() {
  const renewal = useAppSelector((state) => state.renewal);
  if (!renewal) return null;
  const isSame = renewal.changes.length === 0;
  return (
    <div className={isSame ? 'notice notice-good' : 'notice'} role="status">
      <h2 className="panel-title">{isSame ? <Trans>You have the same places again</Trans> : <Trans>Not everything is as it was</Trans>}</h2>
      {isSame ? (
        <p>
          <Trans>Your time was over. Nothing has changed, neither places nor prices.</Trans>
        </p>
      ) : (
        <ul className="changes">
          {renewal.changes.map((change) => (
            <ChangeLine key={change.was.id} change={change} />
          ))}
        </ul>
      )}
    </div>
  );
}
