import { ALL, pathIn, type Language } from '../language/languages';
import { useConfig } from './locale';

/* What search engines and messengers are told of a page; React moves it into the document's head. */
export function Head(props: { title: string; description: string; path: string | null; image?: string | null; kind?: string; languages?: readonly Language[] }) {
  const { origin, language } = useConfig();
  const { title, description, path, image, kind, languages = ALL } = props;
  const [first = language] = languages;
  const address = path && origin + pathIn(language, path);
  return (
    <>
      <title>{title}</title>
      <meta name="description" content={description} />
      {address ? <link rel="canonical" href={address} /> : <meta name="robots" content="noindex" />}
      {path && languages.map((other) => <link key={other} rel="alternate" hrefLang={other} href={origin + pathIn(other, path)} />)}
      {path && <link rel="alternate" hrefLang="x-default" href={origin + pathIn(first, path)} />}
      <meta property="og:site_name" content="Tessera" />
      <meta property="og:type" content={kind ?? 'website'} />
      <meta property="og:title" content={title} />
      <meta property="og:description" content={description} />
      {address && <meta property="og:url" content={address} />}
      {image && <meta property="og:image" content={image} />}
      <meta name="twitter:card" content={image ? 'summary_large_image' : 'summary'} />
    </>
  );
}
