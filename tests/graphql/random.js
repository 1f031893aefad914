/* A small generator of numbers, so that a seed gives the same cases everywhere (mulberry32). */
'use strict';

exports.makeRandom = function makeRandom(seed) {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const upTo = (most) => Math.floor(random() * (most + 1));
  return {
    random,
    upTo, /* 0 to most */
    chance: (p) => random() < p,
    pick: (list) => list[Math.floor(random() * list.length)],
    times: (count, make) => Array.from({ length: count }, (_, i) => make(i)),
  };
};
