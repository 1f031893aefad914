import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState, type ComponentType } from 'react';
import { Head } from '../../parts/Head';

/* The way to the door's app, which buyers never load: it comes when this page is alive. */
export function DoorPage() {
  const { i18n, t } = useLingui();
  const [App, setApp] = useState<ComponentType | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (import.meta.env.SSR) return;
    import('./start').then(
      async ({ makeApp }) => {
        const Made = await makeApp(i18n);
        setApp(() => Made);
      },
      () => setFailed(true),
    );
  }, [i18n]);
  return (
    <>
      <Head title={t`Door`} description={t`Let people in.`} path={null} />
      {App ? (
        <App />
      ) : (
        <div className="empty">
          <h1>
            <Trans>Door</Trans>
          </h1>
          <p className="lead" role="status">
            {failed ? <Trans>This part of the page could not be loaded. Please try again with a network.</Trans> : <Trans>One moment…</Trans>}
          </p>
          <noscript>
            <p>
              <Trans>The door reads codes with a script; please switch scripts on.</Trans>
            </p>
          </noscript>
        </div>
      )}
    </>
  );
}
