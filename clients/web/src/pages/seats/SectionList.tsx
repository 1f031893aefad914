import { Trans } from '@lingui/react/macro';
import { Link } from 'react-router';
import { Money } from '../../parts/Money';
import { priceOf, type HallSection } from './plan';

function Price({ section }: { section: HallSection }) {
  const price = priceOf(section.offers);
  if (!price) return null;
  return (
    <>
      {' · '}
      {price.more ? (
        <Trans>
          from <Money money={price.least} />
        </Trans>
      ) : (
        <Money money={price.least} />
      )}
    </>
  );
}

export function sectionLinkId(sectionId: string): string {
  return `section-${sectionId}`;
}

function OpenSection({ section, path }: { section: HallSection; path: string }) {
  const { id, name, free } = section;
  return (
    <Link className="hall-link" id={sectionLinkId(id)} to={path}>
      <span dir="auto">{name}</span>
      <span className="hall-facts">
        <Trans>{free} free</Trans>
        <Price section={section} />
      </span>
    </Link>
  );
}

function FullSection({ name }: { name: string }) {
  return (
    <p className="hall-link hall-link-none">
      <span dir="auto">{name}</span>
      <span className="hall-facts">
        <Trans>none free</Trans>
      </span>
    </p>
  );
}

/* Every section of the hall, with what is free in it and what it costs. */
export function SectionList({ sections, pathOf }: { sections: HallSection[]; pathOf: (section: HallSection) => string }) {
  return (
    <ul className="hall-list">
      {sections.map((section) => (
        <li key={section.id}>{section.free > 0 ? <OpenSection section={section} path={pathOf(section)} /> : <FullSection name={section.name} />}</li>
      ))}
    </ul>
  );
}
