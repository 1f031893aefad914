import type { NormalizedCacheObject } from '@apollo/client';
import type { Visit } from '../../routes';

/* Of a page that shows one event. */
export function eventTags({ params }: Visit, shown: NormalizedCacheObject): string[] {
  const event = Object.values(shown).find((object) => object?.__typename === 'Event' && object.slug === params.event);
  return event ? [`event/${String(event.id)}`, `organizer/${params.organizer}`] : [];
}
