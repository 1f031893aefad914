#include "cli/collections.h"

#include "host/idem.h"
#include "host/modules.h"

int collections_add(struct store *store, struct store_message *ret_message)
{
    static const struct ts_collection *const own[] = { &idem_collection, NULL };
    int r = store_add(store, own, ret_message);

    for (size_t i = 0; ts_modules[i] && r == 0; i++)
        if (ts_modules[i]->collections)
            r = store_add(store, ts_modules[i]->collections, ret_message);
    return r;
}
