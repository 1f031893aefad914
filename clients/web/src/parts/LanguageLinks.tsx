import { useLingui } from '@lingui/react/macro';
import { useLocation } from 'react-router';
import { ALL, LANGUAGES, pathIn } from '../language/languages';
import { useConfig } from './locale';

/* This page in other languages, each named in its own. A language is a page of its own, so these are plain links. */
export function LanguageLinks() {
  const { t } = useLingui();
  const { language } = useConfig();
  const { pathname, search } = useLocation();
  return (
    <nav className="languages" aria-label={t`Language`}>
      <ul>
        {ALL.map((other) => (
          <li key={other}>
            <a
              href={pathIn(other, pathname) + search}
              hrefLang={other}
              lang={other}
              dir={LANGUAGES[other].dir}
              aria-current={other === language ? 'true' : undefined}
            >
              {LANGUAGES[other].name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
