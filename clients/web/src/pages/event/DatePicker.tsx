import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { Link } from 'react-router';
import type { DateStateFragment } from '../../graphql/generated/graphql';
import { Time } from '../../parts/Time';
import { markOf, type DateMark } from './dates';

const SHOWN = 6;

const WORDS: Record<DateMark, MessageDescriptor | null> = { open: null, few: msg`few left`, 'sold-out': msg`sold out`, cancelled: msg`cancelled`, closed: msg`not on sale` };

function DateLink({ date, zone, path, chosen }: { date: DateStateFragment; zone: string; path: string; chosen: boolean }) {
  const { t } = useLingui();
  const mark = markOf(date);
  const word = WORDS[mark];
  return (
    <li>
      <Link
        className={`date-link date-link-${mark}`}
        to={`${path}?date=${date.id}`}
        aria-current={chosen ? 'true' : undefined}
        preventScrollReset
      >
        <Time at={date.startsAt} style="moment" zone={zone} />
        {word && <span className="date-link-mark">{t(word)}</span>}
      </Link>
    </li>
  );
}

/* Every date is a link, so it is chosen without a script, and has an address of its own. */
export function DatePicker(props: { dates: DateStateFragment[]; zone: string; path: string; chosen: string }) {
  const { dates, zone, path, chosen } = props;
  const at = dates.findIndex((date) => date.id === chosen);
  const more = dates.slice(SHOWN);
  const link = (date: DateStateFragment) => (
    <DateLink key={date.id} date={date} zone={zone} path={path} chosen={date.id === chosen} />
  );
  return (
    <nav className="dates" aria-labelledby="dates-title">
      <h2 id="dates-title" className="panel-title">
        <Trans>Choose a date</Trans>
      </h2>
      <ul className="date-list">{dates.slice(0, SHOWN).map(link)}</ul>
      {more.length > 0 && (
        <details open={at >= SHOWN || undefined}>
          <summary>
            <Plural value={more.length} one="# later date" other="# later dates" />
          </summary>
          <ul className="date-list">{more.map(link)}</ul>
        </details>
      )}
    </nav>
  );
}
