import { Trans } from '@lingui/react/macro';

/* While data is on its way; said aloud once, drawn as empty tiles. */
export function Loading() {
  return (
    <div className="loading" role="status">
      <span className="for-ears">
        <Trans>Loading…</Trans>
      </span>
      <span className="loading-tile" />
      <span className="loading-tile" />
      <span className="loading-tile" />
    </div>
  );
}
