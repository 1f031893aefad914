import { Trans } from '@lingui/react/macro';
import { useState } from 'react';
import { pathIn } from '../../language/languages';
import { useAlive } from '../../parts/Field';
import { useConfig } from '../../parts/locale';

/* By what the device shares with, or the address to paste. It has its place before it works, so that nothing moves. */
export function Share({ title, path }: { title: string; path: string }) {
  const { origin, language } = useConfig();
  const alive = useAlive();
  const [copied, setCopied] = useState(false);
  const url = origin + pathIn(language, path);

  async function share() {
    if (navigator.share) return navigator.share({ title, url });
    await navigator.clipboard.writeText(url);
    setCopied(true);
  }

  return (
    <p className={alive ? 'share no-print' : 'share share-waiting no-print'}>
      <button type="button" className="button button-quiet button-small" onClick={() => void share().catch(() => setCopied(false))}>
        <Trans>Share</Trans>
      </button>
      <span role="status">{copied && <Trans>The link is copied.</Trans>}</span>
    </p>
  );
}
