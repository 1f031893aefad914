import { Trans } from '@lingui/react/macro';
import { Link } from 'react-router';
import { contentIn } from '../../format/content';
import type { EventPageQuery } from '../../graphql/generated/graphql';
import { useConfig } from '../../parts/locale';
import { Time } from '../../parts/Time';

/* What else its organizer has coming up: three of them, the rest is on the organizer's own page. */
export function MoreEvents({ event }: { event: NonNullable<EventPageQuery['event']> }) {
  const { language } = useConfig();
  const { organizer } = event;
  const others = organizer.coming.nodes.filter(({ id }) => id !== event.id).slice(0, 3);
  if (others.length === 0) return null;
  return (
    <section className="prose" aria-labelledby="more-events">
      <h2 id="more-events">
        <Trans>
          More from <span dir="auto">{organizer.name}</span>
        </Trans>
      </h2>
      <ul className="lines">
        {others.map((other) => (
          <li className="line" key={other.id}>
            <Link to={`/e/${organizer.slug}/${other.slug}`} dir="auto">
              {contentIn(language, other).title}
            </Link>
            <Time at={other.startsAt} style="moment" zone={other.timeZone} />
          </li>
        ))}
      </ul>
    </section>
  );
}
