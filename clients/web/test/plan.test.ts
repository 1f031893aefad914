import { describe, expect, it } from 'vitest';
import { openedOf } from '../src/pages/seats/opened';
import { boxOf, hallOf, priceOf, sectionsOf, type OpenedDate, type SeatDate } from '../src/pages/seats/plan';

const seat = (id: string, x: number, y: number) => ({ id, number: id.split('/')[1], x, y, accessible: false });

interface Drawn {
  quota: string;
  states: string;
  y: number;
}

const plan = (quota: string, states = 'FFF', y = 0): Drawn => ({ quota, states, y });

/* Of each area one section of three seats: A 1, A 2, and B 1 behind the first. */
function date(...plans: Drawn[]): SeatDate {
  const offers = ['full', 'other'].map((id) => ({ id: `d/${id}`, ticketType: { id, name: id } }));
  const seatPlans = plans.map(({ quota, y }) => ({
    id: `plan-${quota}`,
    ticketTypes: [{ id: 'full' }],
    sections: [{ id: `${quota}/Hall`, name: `Hall ${quota}`, size: 3, free: 3, outline: [100, y, 0, y + 100, 0, y] }],
  }));
  return { __typename: 'EventDate', id: 'd', seatPlans, offers } as unknown as SeatDate;
}

function opened(...plans: Drawn[]): OpenedDate {
  const seatPlans = plans.map(({ quota, states, y }) => {
    const rows = [{ name: 'A', seats: [seat(`${quota}/0`, 0, y), seat(`${quota}/1`, 100, y)] }, { name: 'B', seats: [seat(`${quota}/2`, 0, y + 100)] }];
    return { id: `plan-${quota}`, states, sections: [{ id: `${quota}/Hall`, rows }] };
  });
  return { __typename: 'EventDate', id: 'd', seatPlans } as unknown as OpenedDate;
}

const sections = (...plans: Drawn[]) => sectionsOf(date(...plans), opened(...plans));
const seats = (...plans: Drawn[]) => sections(...plans).flatMap((section) => section.rows.flatMap((row) => row.seats));

describe('a plan', () => {
  it('reads its states in the order of its seats', () => {
    expect(seats(plan('q', 'FTF')).map((one) => one.free)).toEqual([true, false, true]);
  });
  it('names its seats by their section', () => {
    expect(seats(plan('q')).map((one) => `${one.section} ${one.row} ${one.number}`)).toEqual(['Hall q A 0', 'Hall q A 1', 'Hall q B 2']);
  });
  it('is sold by the types of its own area', () => {
    const [section] = sections(plan('q'));
    expect(section?.quotaId).toBe('q');
    expect(section?.offers.map((offer) => offer.ticketType.id)).toEqual(['full']);
  });
  it('stays where it was drawn', () => {
    expect(seats(plan('p'), plan('q', 'FFF', 500)).map((one) => one.y)).toEqual([0, 0, 100, 500, 500, 600]);
  });
  it('comes below another that lies at the same place', () => {
    expect(new Set(seats(plan('p'), plan('q')).map((one) => `${one.x} ${one.y}`)).size).toBe(6);
  });
  it('has a box with a seat of room around it', () => {
    expect(boxOf(sections(plan('q')))).toEqual({ x: -100, y: -100, width: 300, height: 300, pitch: 100 });
  });
  it('has nothing of a section that the hall does not know yet', () => {
    expect(sectionsOf(date(plan('p')), opened(plan('q')))).toEqual([]);
  });
});

const topOf = ({ corners }: { corners: { y: number }[] }) => Math.min(...corners.map((corner) => corner.y));
const endOf = ({ corners }: { corners: { y: number }[] }) => Math.max(...corners.map((corner) => corner.y));

describe('a hall', () => {
  it('has a box with a seat of room around it', () => {
    const { pitch, box } = hallOf(date(plan('q')));
    expect(pitch).toBeGreaterThan(50);
    expect([box.x, box.y]).toEqual([-pitch, -pitch]);
    expect(box.width).toBeCloseTo(100 + 2 * pitch);
    expect(box.height).toBeCloseTo(100 + 2 * pitch);
  });
  it('stays where it was drawn', () => {
    expect(hallOf(date(plan('p'), plan('q', 'FFF', 500))).sections.map(topOf)).toEqual([0, 500]);
  });
  it('has areas below each other that lie at the same place', () => {
    const [first, second] = hallOf(date(plan('p'), plan('q'))).sections;
    expect(first && second && topOf(second) > endOf(first)).toBe(true);
  });
  it('draws a single seat too', () => {
    const alone = date(plan('q'));
    Object.assign(alone.seatPlans[0]?.sections[0] ?? {}, { size: 1, outline: [7, 8] });
    expect(hallOf(alone).box).toEqual({ x: 6, y: 7, width: 2, height: 2 });
  });
});

describe('what is opened', () => {
  const large = date(plan('p'), plan('q'));
  for (const one of large.seatPlans) Object.assign(one.sections[0] ?? {}, { size: 251 });

  it('is all of a small hall', () => {
    expect(openedOf(date(plan('p'), plan('q')), new URLSearchParams('section=p/Hall'))).toEqual({ whole: true });
  });
  it('is all of a hall that is one section', () => {
    const arena = date(plan('p'));
    Object.assign(arena.seatPlans[0]?.sections[0] ?? {}, { size: 20000 });
    expect(openedOf(arena, new URLSearchParams())).toEqual({ whole: true });
  });
  it('is the section that the address names', () => {
    expect(openedOf(large, new URLSearchParams({ section: 'q/Hall' }))).toEqual({ whole: false, section: 'q/Hall' });
  });
  it('is nothing when there is no such section', () => {
    expect(openedOf(large, new URLSearchParams({ section: 'q/Cellar' }))).toEqual({ whole: false, section: null });
    expect(openedOf(large, new URLSearchParams())).toEqual({ whole: false, section: null });
  });
});

describe('the price of a section', () => {
  const offers = (...amounts: string[]) => amounts.map((amount) => ({ price: { amount, currency: 'EUR' } })) as unknown as SeatDate['offers'];
  it('is the least, and says whether there are others', () => {
    expect(priceOf(offers('30.00', '20.00'))).toEqual({ least: { amount: '20.00', currency: 'EUR' }, more: true });
    expect(priceOf(offers('20.00', '20.00'))).toEqual({ least: { amount: '20.00', currency: 'EUR' }, more: false });
    expect(priceOf([])).toBeNull();
  });
});
