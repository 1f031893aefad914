/* Pages for import against random bytes: found in HTML, mended, parsed, read, resolved. See graphql.c. */
#include "fuzz.h"

#include "base/arena.h"
#include "import/resolve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct import_defaults defaults = { .time_zone = "Europe/Berlin", .currency = "EUR" };
    char *copy = malloc(size + 1); /* exact bounds for the sanitizer: the text is not terminated */
    struct ts_arena arena;
    struct import_page page;
    struct resolver resolver;

    if (!copy)
        abort();
    if (size)
        memcpy(copy, data, size);
    arena_init(&arena);
    resolver_init(&resolver, &arena);
    if (page_read(&arena, copy, size, &page) != 0 && page.problems.count == 0)
        abort(); /* what cannot be used is said */
    for (struct import_event *event = page.events; event; event = event->next) {
        size_t before = page.problems.count;

        if (event_resolve(&resolver, &defaults, event, &page.problems) == 0 ? !event->currency || !event->time_zone
                                                                            : page.problems.count == before)
            abort(); /* whole, or refused with a reason */
    }
    resolver_done(&resolver);
    arena_done(&arena);
    free(copy);
    return 0;
}
