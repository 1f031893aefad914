/* The plan as the page works with it: seats in one order, whose places in `states` follow. */
import type { I18n } from '@lingui/core';
import { t } from '@lingui/core/macro';
import type { SeatsPageQuery } from '../../graphql/generated/graphql';

export type SeatDate = Extract<NonNullable<SeatsPageQuery['node']>, { __typename: 'EventDate' }>;
export type Plan = SeatDate['seatPlans'][number];
export type Offer = SeatDate['offers'][number];

export interface PlanSeat {
  id: string;
  section: string;
  row: string;
  number: string;
  x: number;
  y: number;
  accessible: boolean;
  free: boolean;
}

export interface PlanRow {
  key: string;
  name: string;
  seats: PlanSeat[];
}

export interface PlanSection {
  key: string;
  name: string;
  rows: PlanRow[];
  /* Of the quota whose seats these are, and what sells them. */
  quotaId: string;
  offers: Offer[];
}

/* "Stalls, row A, seat 3": for ears, and in sums. */
export function seatName({ section, row, number }: PlanSeat, i18n: I18n): string {
  return t(i18n)`${section}, row ${row}, seat ${number}`;
}

/* The sections of each area. */
function areasOf(date: SeatDate): PlanSection[][] {
  return date.seatPlans.map((plan) => {
    const types = new Set(plan.ticketTypes.map((type) => type.id));
    const offers = date.offers.filter((offer) => types.has(offer.ticketType.id));
    let at = 0;
    return plan.sections.map((section) => {
      const rows = section.rows.map((row) => ({
        key: `${plan.id} ${section.name} ${row.name}`,
        name: row.name,
        seats: row.seats.map((seat) => ({
          id: seat.id,
          section: section.name,
          row: row.name,
          number: seat.number,
          x: seat.x,
          y: seat.y,
          accessible: seat.accessible,
          free: plan.states[at++] === 'F',
        })),
      }));
      const quotaId = rows[0]?.seats[0]?.id.split('/')[0] ?? plan.id;
      return { key: `${plan.id} ${section.name}`, name: section.name, rows, quotaId, offers };
    });
  });
}

/* Areas whose seats were laid out by themselves lie on each other: then one is drawn below the other. */
function apart(areas: PlanSection[][]): PlanSection[][] {
  const taken = new Set<string>();
  const places = areas.map((area) => area.flatMap((section) => section.rows.flatMap((row) => row.seats.map((seat) => `${seat.x} ${seat.y}`))));
  const overlap = places.some((own) => {
    const meets = own.some((place) => taken.has(place));
    for (const place of own) taken.add(place);
    return meets;
  });
  if (!overlap) return areas;
  let below = 0;
  return areas.map((area) => {
    const box = boxOf(area);
    const down = below - box.y;
    below += box.height;
    const moveRow = (row: PlanRow) => ({ ...row, seats: row.seats.map((seat) => ({ ...seat, y: seat.y + down })) });
    return area.map((section) => ({ ...section, rows: section.rows.map(moveRow) }));
  });
}

/* All areas of a date, as one hall. */
export function sectionsOf(date: SeatDate): PlanSection[] {
  return apart(areasOf(date)).flat();
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  /* From one seat to the next, in the plan's own unit. */
  pitch: number;
}

/* What the drawing has to hold, with a seat's breadth around it. */
export function boxOf(sections: readonly PlanSection[]): Box {
  const rows = sections.flatMap((section) => section.rows);
  const seats = rows.flatMap((row) => row.seats);
  const xs = seats.map((seat) => seat.x);
  const ys = seats.map((seat) => seat.y);
  const steps = rows.flatMap((row) =>
    row.seats.slice(1).map((seat, at) => Math.hypot(seat.x - (row.seats[at]?.x ?? 0), seat.y - (row.seats[at]?.y ?? 0))),
  );
  const pitch = Math.min(...steps.filter((step) => step > 0), Number.MAX_SAFE_INTEGER);
  const step = pitch === Number.MAX_SAFE_INTEGER ? 1 : pitch;
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return {
    x: left - step,
    y: top - step,
    width: Math.max(...xs) - left + 2 * step,
    height: Math.max(...ys) - top + 2 * step,
    pitch: step,
  };
}
