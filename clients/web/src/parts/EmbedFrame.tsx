/* What is around a page in a widget's frame: nothing. Whatever is not part of the sale opens in a tab of its own. */
import { Trans } from '@lingui/react/macro';
import type { MouseEvent, ReactNode } from 'react';
import { useAppSelector } from '../state/store';

const STAYS = /^\/embed(\/[a-z]{2})?\/(e|queue|checkout|order)\//;

function onClick(event: MouseEvent<HTMLElement>): void {
  const link = (event.target as Element).closest('a');
  if (!link || link.target || STAYS.test(link.pathname)) return;
  event.preventDefault();
  event.stopPropagation();
  const address = link.origin === window.location.origin ? link.pathname.replace(/^\/embed(?=\/)/, '') + link.search : link.href;
  window.open(address, '_blank', 'noopener');
}

export function EmbedFrame({ children }: { children: ReactNode }) {
  const starting = useAppSelector((state) => state.embed.starting);
  return (
    <main id="main" className="embed" tabIndex={-1} onClickCapture={onClick}>
      {starting ? <p role="status"><Trans>One moment…</Trans></p> : children}
    </main>
  );
}
