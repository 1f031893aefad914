import { expect, it } from 'vitest';
import { isEmail, probablyMeant } from '../src/format/email';

it('takes addresses and nothing else', () => {
  for (const good of ['a@b.co', ' ada@example.org ', 'ada+x@müller.example']) expect(isEmail(good), good).toBe(true);
  for (const bad of ['', 'ada', 'ada@', '@b.co', 'a b@c.de', 'a@b', 'a@b.', 'a@@b.co', `${'a'.repeat(250)}@b.co`]) expect(isEmail(bad), bad).toBe(false);
});

it('notices slips of the keys in the usual domains', () => {
  expect(probablyMeant('Ada@gmial.com')).toBe('ada@gmail.com');
  expect(probablyMeant('ada@gmail.con')).toBe('ada@gmail.com');
  expect(probablyMeant('ada@hotmial.co')).toBe('ada@hotmail.com');
  expect(probablyMeant('ada@gxm.de')).toBe('ada@gmx.de');
});

it('leaves the others alone', () => {
  for (const fine of ['ada@gmail.com', 'ada@example.org', 'ada@mail.com', 'ada', 'ada@', 'ada@gm', 'ada@uni.de']) expect(probablyMeant(fine), fine).toBeNull();
});
