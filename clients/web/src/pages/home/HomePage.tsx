import type { I18n } from '@lingui/core';
import { plural, t } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import type { FormEvent } from 'react';
import { Link, useNavigate } from 'react-router';
import { HomePageDocument } from '../../graphql/generated/graphql';
import { EventGrid } from '../../parts/EventGrid';
import { Head } from '../../parts/Head';
import { Loading } from '../../parts/Loading';
import { useConfig } from '../../parts/locale';
import { useShown } from '../../parts/useShown';
import type { Visit } from '../../routes';
import { homeVariables } from './route';

const FILTERS = ['q', 'city', 'from', 'to'] as const;

function Filters({ visit }: { visit: Visit }) {
  const { t } = useLingui();
  const { base } = useConfig();
  const navigate = useNavigate();
  const value = (name: string) => visit.search.get(name) ?? '';

  /* As the browser would, but without empty fields in the address. */
  function send(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const fields = [...new FormData(event.currentTarget)].filter(([, text]) => String(text).trim() !== '');
    const search = new URLSearchParams(fields as [string, string][]).toString();
    void navigate(search ? `/?${search}` : '/');
  }

  return (
    <form className="filters" method="get" action={base || '/'} role="search" onSubmit={send} key={visit.url}>
      <label className="field filters-words">
        <span>
          <Trans>Search</Trans>
        </span>
        <input name="q" type="search" defaultValue={value('q')} placeholder={t`Title or a word of it`} autoComplete="off" />
      </label>
      <label className="field">
        <span>
          <Trans>City</Trans>
        </span>
        <input name="city" defaultValue={value('city')} autoComplete="address-level2" />
      </label>
      <label className="field">
        <span>
          <Trans context="date">From</Trans>
        </span>
        <input name="from" type="date" defaultValue={value('from')} />
      </label>
      <label className="field">
        <span>
          <Trans context="date">To</Trans>
        </span>
        <input name="to" type="date" defaultValue={value('to')} />
      </label>
      <button className="button" type="submit">
        <Trans>Find</Trans>
      </button>
    </form>
  );
}

function heading(visit: Visit, count: number, i18n: I18n): string {
  const words = visit.search.get('q')?.trim();
  const city = visit.search.get('city')?.trim();
  if (words && city) return t(i18n)`${plural(count, { one: '# event', other: '# events' })} for “${words}” in ${city}`;
  if (words) return t(i18n)`${plural(count, { one: '# event', other: '# events' })} for “${words}”`;
  if (city) return t(i18n)`${plural(count, { one: '# event', other: '# events' })} in ${city}`;
  return t(i18n)`${plural(count, { one: '# event', other: '# events' })} coming up`;
}

export function HomePage({ visit }: { visit: Visit }) {
  const data = useShown(HomePageDocument, homeVariables(visit));
  const { i18n, t } = useLingui();
  const isFiltered = FILTERS.some((name) => visit.search.get(name)?.trim());
  return (
    <>
      <Head
        title={isFiltered ? t`Events found – Tessera` : t`Tessera – what is on`}
        description={t`Concerts, theatre, talks and parties near you. Tickets straight from who puts them on.`}
        path={isFiltered || visit.search.has('after') ? null : '/'}
      />
      <section className="opening">
        <h1>
          <Trans>What is on</Trans>
        </h1>
        <p className="lead">
          <Trans>Tickets straight from the people who put it on. The price you see is the price you pay.</Trans>
        </p>
        <Filters visit={visit} />
      </section>
      {!data?.events && <Loading />}
      {data?.events && data.events.nodes.length > 0 && (
        <section aria-labelledby="found">
          <h2 id="found" className="section-title">
            {heading(visit, data.events.totalCount, i18n)}
          </h2>
          <EventGrid events={data.events} visit={visit} level="h3" />
        </section>
      )}
      {data?.events && data.events.nodes.length === 0 && (
        <section className="empty">
          <h2>
            <Trans>Nothing found</Trans>
          </h2>
          <p>{isFiltered ? <Trans>Try fewer words, another city, or any date.</Trans> : <Trans>There are no events yet. Come back soon.</Trans>}</p>
          {isFiltered && (
            <p>
              <Link className="button button-quiet" to="/">
                <Trans>Show all events</Trans>
              </Link>
            </p>
          )}
        </section>
      )}
    </>
  );
}
