import { plural } from '@lingui/core/macro';
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Link } from 'react-router';
import { OrganizerPageDocument } from '../../graphql/generated/graphql';
import { EventGrid } from '../../parts/EventGrid';
import { Head } from '../../parts/Head';
import { Loading } from '../../parts/Loading';
import { OrganizerLogo, Themed } from '../../parts/Themed';
import { useShown } from '../../parts/useShown';
import type { Visit } from '../../routes';
import { organizerVariables } from './route';

export function OrganizerPage({ visit }: { visit: Visit }) {
  const data = useShown(OrganizerPageDocument, organizerVariables(visit));
  const { t } = useLingui();
  const organizer = data?.organizer;
  if (!organizer?.events) return <Loading />;
  const { name } = organizer;
  const { totalCount } = organizer.events;
  return (
    <Themed organizer={organizer}>
      <Head
        title={t`${name} – events and tickets`}
        description={t`${plural(totalCount, { one: '# event', other: '# events' })} by ${name}. Tickets straight from the organizer.`}
        path={visit.search.has('after') ? null : `/o/${organizer.slug}`}
      />
      <section className="opening">
        <p className="kicker">
          <Trans>Organizer</Trans>
        </p>
        <OrganizerLogo organizer={organizer} />
        <h1 dir="auto">{name}</h1>
        <p className="lead">
          <Plural value={totalCount} _0="Nothing is announced at the moment." one="One event is coming up." other="# events are coming up." />
        </p>
      </section>
      {totalCount > 0 && <EventGrid events={organizer.events} visit={visit} />}
      <p className="fine">
        <Trans>
          Do you work for {name}? <Link to={`/account/sign-in?organizer=${organizer.slug}`}>Sign in</Link>.
        </Trans>
      </p>
    </Themed>
  );
}
