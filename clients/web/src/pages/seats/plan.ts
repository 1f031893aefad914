/* The hall as the page works with it: its sections, and of those that are opened the seats in one order, whose places in `states` follow. */
import type { I18n } from '@lingui/core';
import { t } from '@lingui/core/macro';
import type { SeatsOpenedQuery, SeatsPageQuery } from '../../graphql/generated/graphql';
import { isLess } from '../../format/money';
import type { MarkedSeat } from '../../state/seats';

export type SeatDate = Extract<NonNullable<SeatsPageQuery['node']>, { __typename: 'EventDate' }>;
export type OpenedDate = Extract<NonNullable<SeatsOpenedQuery['node']>, { __typename: 'EventDate' }>;
export type Offer = SeatDate['offers'][number];

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface HallSection {
  id: string;
  name: string;
  size: number;
  free: number;
  corners: Point[];
  /* Of the quota whose seats these are, and what sells them. */
  quotaId: string;
  offers: Offer[];
}

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

export interface PlanSection extends Pick<HallSection, 'id' | 'name' | 'quotaId' | 'offers'> {
  rows: PlanRow[];
}

/* "Stalls, row A, seat 3": for ears, and in sums. */
export function seatName({ section, row, number }: MarkedSeat, i18n: I18n): string {
  return t(i18n)`${section}, row ${row}, seat ${number}`;
}

/* Seats and sections are named "<quota id>/…". */
export function quotaOf(id: string): string {
  return id.slice(0, id.indexOf('/'));
}

/* x and y by turns. */
function pointsOf(outline: number[]): Point[] {
  return outline.flatMap((x, at) => (at % 2 === 0 ? [{ x, y: outline[at + 1] ?? 0 }] : []));
}

/* The sections of each area, without their seats. */
function areasOf(date: SeatDate): HallSection[][] {
  return date.seatPlans.map((plan) => {
    const types = new Set(plan.ticketTypes.map((type) => type.id));
    const offers = date.offers.filter((offer) => types.has(offer.ticketType.id));
    return plan.sections.map(({ outline, ...section }) => ({ ...section, corners: pointsOf(outline), quotaId: quotaOf(section.id), offers }));
  });
}

function around(points: readonly Point[], room = 0): Rect {
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  const [x, y] = [Math.min(...xs) - room, Math.min(...ys) - room];
  return { x, y, width: Math.max(...xs) + room - x, height: Math.max(...ys) + room - y };
}

export function middleOf(section: HallSection): Point {
  const { x, y, width, height } = around(section.corners);
  return { x: x + width / 2, y: y + height / 2 };
}

/* The middle of one lies where the other is: they cannot both be there. */
function covers(other: HallSection, one: HallSection): boolean {
  const { x, y, width, height } = around(other.corners);
  const middle = middleOf(one);
  return middle.x >= x && middle.x <= x + width && middle.y >= y && middle.y <= y + height;
}

function lieOnEachOther(areas: HallSection[][]): boolean {
  return areas.some((area, at) => areas.slice(0, at).some((before) => area.some((one) => before.some((other) => covers(one, other) || covers(other, one)))));
}

/* About how far it is from one seat to the next. */
function pitchOf(sections: readonly HallSection[]): number {
  const steps = sections.map(({ corners, size }) => {
    const { width, height } = around(corners);
    return Math.max(Math.sqrt((width * height) / size), (width + height) / size);
  });
  const least = Math.min(...steps.filter((step) => step > 0));
  return Number.isFinite(least) ? least : 1;
}

export interface Hall {
  sections: HallSection[];
  pitch: number;
  /* What the drawing has to hold, with a seat's breadth around it. */
  box: Rect;
}

/* All areas of a date, as one hall. Areas that were laid out by themselves come below each other. */
export function hallOf(date: SeatDate): Hall {
  const areas = areasOf(date);
  const pitch = pitchOf(areas.flat());
  const overlap = lieOnEachOther(areas);
  let below = 0;
  const sections = areas.flatMap((area) => {
    if (!overlap) return area;
    const own = around(area.flatMap((section) => section.corners), pitch);
    const down = below - own.y;
    below += own.height;
    return area.map((section) => ({ ...section, corners: section.corners.map(({ x, y }) => ({ x, y: y + down })) }));
  });
  return { sections, pitch, box: around(sections.flatMap((section) => section.corners), pitch) };
}

/* The opened sections of each area. */
function openedAreas(date: SeatDate, opened: OpenedDate): PlanSection[][] {
  const known = new Map(areasOf(date).flatMap((area) => area.map((section) => [section.id, section])));
  return opened.seatPlans.map((plan) => {
    let at = 0;
    return plan.sections.flatMap(({ id, rows }) => {
      const section = known.get(id);
      if (!section) return [];
      const { name, quotaId, offers } = section;
      const seatsOf = (row: (typeof rows)[number]) =>
        row.seats.map((seat) => ({ ...seat, section: name, row: row.name, free: plan.states[at++] === 'F' }));
      return [{ id, name, quotaId, offers, rows: rows.map((row) => ({ key: `${id} ${row.name}`, name: row.name, seats: seatsOf(row) })) }];
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

/* The sections that are opened, with their seats. */
export function sectionsOf(date: SeatDate, opened: OpenedDate): PlanSection[] {
  return apart(openedAreas(date, opened)).flat();
}

/* The least that a seat costs, and whether it may cost more. */
export function priceOf(offers: readonly Offer[]): { least: Offer['price']; more: boolean } | null {
  const [first, ...rest] = offers.map((offer) => offer.price);
  if (!first) return null;
  const least = rest.reduce((before, price) => (isLess(price, before) ? price : before), first);
  return { least, more: offers.some((offer) => isLess(least, offer.price)) };
}

export interface Box extends Rect {
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
