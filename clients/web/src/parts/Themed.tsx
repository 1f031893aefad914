import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { OrganizerLookFragment } from '../graphql/generated/graphql';

/* What an organizer's pages have at their end: who sells here, and on which terms. */
function LegalLinks({ organizer }: { organizer: OrganizerLookFragment }) {
  const { t } = useLingui();
  const path = `/o/${organizer.slug}`;
  return (
    <nav className="legal-links no-print" aria-label={t`Legal`}>
      <Link to={path} dir="auto">
        {organizer.name}
      </Link>
      <Link to={`${path}/imprint`}>
        <Trans>Imprint</Trans>
      </Link>
      <Link to={`${path}/privacy`}>
        <Trans>Privacy</Trans>
      </Link>
      <Link to={`${path}/terms`}>
        <Trans>Terms of sale</Trans>
      </Link>
    </nav>
  );
}

/* A page in its organizer's colour (server/theme.ts). What is around it stays the shop's. */
export function Themed({ organizer, children }: { organizer: OrganizerLookFragment; children: ReactNode }) {
  const digits = organizer.accentColor?.slice(1);
  return (
    <div className={digits ? `themed theme-${digits}` : 'themed'}>
      {digits && <link rel="stylesheet" href={`/theme/${digits}.css`} precedence="theme" />}
      {children}
      <LegalLinks organizer={organizer} />
    </div>
  );
}

/* Beside the organizer's name, which says the same. */
export function OrganizerLogo({ organizer }: { organizer: OrganizerLookFragment }) {
  return organizer.logoUrl ? <img className="organizer-logo" src={organizer.logoUrl} alt="" height={48} loading="lazy" decoding="async" /> : null;
}
