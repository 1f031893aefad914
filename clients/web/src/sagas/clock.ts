/* A tick a second while the page is looked at. */
import { call, delay, put } from 'typed-redux-saga';
import { clockTicked } from '../state/clock';

export function* tickClock() {
  for (;;) {
    const nowMs = yield* call(Date.now);
    yield* put(clockTicked({ nowMs }));
    yield* delay(1000 - (nowMs % 1000));
  }
}
