import { describe, expect, it } from 'vitest';
import { boxOf, sectionsOf, type SeatDate } from '../src/pages/seats/plan';

const seat = (id: string, x: number, y: number) => ({ id, number: id.split('/')[1], x, y, accessible: false, gapAfter: false });

function plan(quota: string, states: string, y = 0) {
  const rows = [{ name: 'A', seats: [seat(`${quota}/0`, 0, y), seat(`${quota}/1`, 100, y)] }, { name: 'B', seats: [seat(`${quota}/2`, 0, y + 100)] }];
  return { id: `plan-${quota}`, states, ticketTypes: [{ id: 'full' }], sections: [{ name: quota, rows }] };
}

function date(...plans: ReturnType<typeof plan>[]): SeatDate {
  const offers = ['full', 'other'].map((id) => ({ id: `d/${id}`, ticketType: { id, name: id } }));
  return { __typename: 'EventDate', id: 'd', seatPlans: plans, offers } as unknown as SeatDate;
}

const seatsOf = (shown: SeatDate) => sectionsOf(shown).flatMap((section) => section.rows.flatMap((row) => row.seats));

describe('a plan', () => {
  it('reads its states in the order of its seats', () => {
    expect(seatsOf(date(plan('q', 'FTF'))).map((one) => one.free)).toEqual([true, false, true]);
  });
  it('is sold by the types of its own area', () => {
    const [section] = sectionsOf(date(plan('q', 'FFF')));
    expect(section?.quotaId).toBe('q');
    expect(section?.offers.map((offer) => offer.ticketType.id)).toEqual(['full']);
  });
  it('stays where it was drawn', () => {
    expect(seatsOf(date(plan('p', 'FFF'), plan('q', 'FFF', 500))).map((one) => one.y)).toEqual([0, 0, 100, 500, 500, 600]);
  });
  it('comes below another that lies at the same place', () => {
    const places = seatsOf(date(plan('p', 'FFF'), plan('q', 'FFF'))).map((one) => `${one.x} ${one.y}`);
    expect(new Set(places).size).toBe(6);
  });
  it('has a box with a seat of room around it', () => {
    expect(boxOf(sectionsOf(date(plan('q', 'FFF'))))).toEqual({ x: -100, y: -100, width: 300, height: 300, pitch: 100 });
  });
});
