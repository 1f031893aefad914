/* A counter that starts anew with each window: exact enough, and two words per connection. */
#include "gateway/reset_guard.h"

bool reset_guard_hit(struct reset_guard *guard, int64_t now_ms)
{
    if (guard->count == 0 || now_ms - guard->since_ms >= RESET_GUARD_WINDOW_MS) {
        guard->since_ms = now_ms;
        guard->count = 0;
    }
    return ++guard->count >= RESET_GUARD_MAX;
}
