import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from 'react-router';
import { LegalPageDocument } from '../../graphql/generated/graphql';
import { Head } from '../../parts/Head';
import { Loading } from '../../parts/Loading';
import { Themed } from '../../parts/Themed';
import { useShown } from '../../parts/useShown';
import type { Visit } from '../../routes';
import { legalVariables } from './route';

type Text = 'imprint' | 'privacy' | 'terms';

const TITLES: Record<Text, MessageDescriptor> = { imprint: msg`Imprint`, privacy: msg`Privacy`, terms: msg`Terms of sale` };

/* What holds where the organizer wrote nothing: what these pages do, and no promise of his. */
function Usual({ text, name }: { text: Text; name: string }) {
  if (text === 'imprint')
    return (
      <p>
        <Trans>These tickets are sold by {name}. The organizer has not said more about itself yet.</Trans>
      </p>
    );
  if (text === 'privacy')
    return (
      <>
        <p>
          <Trans>
            For an order {name} gets your name, your e-mail address and the names on the tickets, and uses them for this event: to send the tickets, to let people in, and to tell you of changes.
          </Trans>
        </p>
        <p>
          <Trans>These pages set no cookies for buyers and show nothing from advertisers. You may ask the organizer what is stored about you, and have it corrected or deleted.</Trans>
        </p>
      </>
    );
  return (
    <>
      <p>
        <Trans>You buy from {name}. The price that is shown is what you pay, taxes and fees are in it. The sale is made when the order is confirmed.</Trans>
      </p>
      <p>
        <Trans>A ticket admits one person once. When an event is cancelled you get your money back; for anything else the law of the organizer’s country holds.</Trans>
      </p>
    </>
  );
}

export function LegalPage({ visit }: { visit: Visit }) {
  const { t } = useLingui();
  const data = useShown(LegalPageDocument, legalVariables(visit));
  const organizer = data?.organizer;
  if (!organizer) return <Loading />;
  const text = visit.params.text as Text;
  const title = t(TITLES[text]);
  const { name } = organizer;
  return (
    <Themed organizer={organizer}>
      <article className="prose legal">
        <Head title={`${title} – ${name}`} description={`${title}, ${name}`} path={visit.path} />
        <p className="kicker">
          <Link to={`/o/${organizer.slug}`} dir="auto">
            {name}
          </Link>
        </p>
        <h1>{title}</h1>
        {organizer[text] ? (
          organizer[text].split(/\n{2,}/).map((paragraph) => (
            <p className="legal-text" key={paragraph} dir="auto">
              {paragraph}
            </p>
          ))
        ) : (
          <Usual text={text} name={name} />
        )}
      </article>
    </Themed>
  );
}
