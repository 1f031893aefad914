/* What of a hall is shown seat by seat: the route asks for that, and every page has the route. */
import type { SeatsOpenedQueryVariables } from '../../graphql/generated/graphql';
import type { SeatDate } from './plan';

/* A hall of no more seats, or of one section, is shown as a whole; of others one section at a time. */
const WHOLE_SEATS_MAX = 500;

/* All of it, the section that the address names, or nothing yet. */
export type Opened = { whole: true } | { whole: false; section: string | null };

export function openedOf(date: SeatDate, search: URLSearchParams): Opened {
  const sections = date.seatPlans.flatMap((plan) => plan.sections);
  const size = sections.reduce((sum, section) => sum + section.size, 0);
  if (size <= WHOLE_SEATS_MAX || sections.length === 1) return { whole: true };
  const named = search.get('section');
  return { whole: false, section: sections.find((section) => section.id === named)?.id ?? null };
}

export function isOpen(opened: Opened): boolean {
  return opened.whole || opened.section !== null;
}

export function openedVariables(date: SeatDate, opened: Opened): SeatsOpenedQueryVariables {
  return { date: date.id, section: opened.whole ? null : opened.section };
}
