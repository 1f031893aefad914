import { expect, test } from 'vitest';
import { contentIn, languagesOf } from '../src/format/content';

const event = {
  title: 'Opening',
  description: 'Music',
  language: 'en-GB',
  translations: [
    { language: 'de-AT', title: 'Eröffnung (AT)' },
    { language: 'de', title: 'Eröffnung', description: 'Musik' },
    { language: 'pt-BR', title: 'Abertura' },
  ],
};

test('a page shows its own language, a kin of it, or what the promoter wrote first', () => {
  expect(contentIn('de', event)).toEqual({ title: 'Eröffnung', description: 'Musik', language: 'de' });
  expect(contentIn('de', { ...event, translations: event.translations.slice(0, 1) })).toEqual({ title: 'Eröffnung (AT)', description: null, language: 'de-AT' });
  expect(contentIn('en', event)).toEqual({ title: 'Opening', description: 'Music', language: 'en-GB' });
  expect(contentIn('ja', event)).toEqual({ title: 'Opening', description: 'Music', language: 'en-GB' });
  expect(contentIn('ja', { title: 'Opening', translations: [] })).toEqual({ title: 'Opening', description: null, language: null });
});

test('an event exists in the languages of pages that it was written in; in all when nobody has said', () => {
  expect(languagesOf(event)).toEqual(['en', 'de']);
  expect(languagesOf({ ...event, language: null })).toEqual(['en', 'de', 'fr', 'ja', 'ar']);
  expect(languagesOf({ language: 'pt', translations: [] })).toEqual(['en', 'de', 'fr', 'ja', 'ar']);
});
