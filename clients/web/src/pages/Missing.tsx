import { msg } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from 'react-router';
import { Head } from '../parts/Head';
import type { PageState } from '../state/page';

const WORDS = {
  missing: {
    title: msg`There is nothing here`,
    text: msg`The address may have a typing error, or what was here has been taken down.`,
  },
  gone: {
    title: msg`This is no longer here`,
    text: msg`It was here once, and it will not come back under this address.`,
  },
  failed: {
    title: msg`This does not work right now`,
    text: msg`The box office does not answer. Please try again in a moment; nothing that you bought is lost.`,
  },
};

/* 404, 410 and 503. */
export function Missing({ state }: { state: Exclude<PageState, 'loading' | 'ready'> }) {
  const { t } = useLingui();
  const title = t(WORDS[state].title);
  const text = t(WORDS[state].text);
  return (
    <section className="empty empty-page">
      <Head title={`${title} – Tessera`} description={text} path={null} />
      <h1>{title}</h1>
      <p className="lead">{text}</p>
      <p>
        <Link className="button" to="/">
          <Trans>See what is on</Trans>
        </Link>
      </p>
    </section>
  );
}
