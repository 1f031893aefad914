/* Every public page's address, for search engines; asked for by a few robots, so it is made anew and kept for an hour. */
import { makeClient } from '../api/client';
import type { Server } from '../api/link';
import { SitemapDocument, type SitemapQuery } from '../graphql/generated/graphql';
import { languagesOf } from '../format/content';
import { ALL, FIRST, pathIn, type Language } from '../language/languages';
import { eventPath } from '../parts/EventCard';

const PAGES_MAX = 500; /* of a hundred: what one sitemap may have */

/* The same page in each language that it is there in. */
function alternates(origin: string, path: string, languages: readonly Language[]): string {
  return languages.map((language) => `<xhtml:link rel="alternate" hreflang="${language}" href="${origin}${pathIn(language, path)}"/>`).join('');
}

export async function sitemap(server: Server, origin: string): Promise<string> {
  const client = makeClient(server, { ssr: true });
  try {
    const paths = new Map<string, readonly Language[]>([['/', ALL]]);
    let after: string | null | undefined = null;
    for (let page = 0; page < PAGES_MAX; page++) {
      const { data }: { data?: SitemapQuery } = await client.query({
        query: SitemapDocument,
        variables: { after },
        fetchPolicy: 'no-cache',
      });
      if (!data) break;
      for (const event of data.events.nodes) paths.set(`/o/${event.organizer.slug}`, ALL).set(eventPath(event), languagesOf(event));
      if (!data.events.pageInfo.hasNextPage) break;
      after = data.events.pageInfo.endCursor;
    }
    const urls = [...paths].map(([path, languages]) => `<url><loc>${origin}${pathIn(languages[0] ?? FIRST, path)}</loc>${alternates(origin, path, languages)}</url>`);
    return `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n${urls.join('\n')}\n</urlset>\n`;
  } finally {
    client.stop();
  }
}

export function robots(origin: string): string {
  const own = ['checkout/', 'queue/', 'order/', 'ticket/', 'door'].flatMap((page) => [`Disallow: /${page}`, `Disallow: /*/${page}`]);
  return `${['User-agent: *', ...own, `Sitemap: ${origin}/sitemap.xml`].join('\n')}\n`;
}
