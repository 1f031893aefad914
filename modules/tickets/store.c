/* Ticket states in the store, keyed by the ticket's id. */
#include "store.h"

const struct ts_collection ticket_states = {
    .name = "ticket_states",
    .message = &tickets__ticket_state__descriptor,
};

static struct ticket_state of_doc(const struct ts_doc *doc)
{
    return (struct ticket_state){ (const Tickets__TicketState *)doc->body, doc->version };
}

int state_get(struct ts_call *call, const char *ticket_id, struct ticket_state *ret_state)
{
    return state_get_many(call, &ticket_id, 1, ret_state);
}

int state_get_many(struct ts_call *call, const char *const *ids, size_t count, struct ticket_state *ret_states)
{
    struct ts_doc *docs = TS_NEW_ARRAY(call->arena, struct ts_doc, count);
    int r = ts_store_get_many(call, &ticket_states, ids, count, docs);

    if (r)
        return r;
    for (size_t i = 0; i < count; i++)
        ret_states[i] = of_doc(&docs[i]);
    return 0;
}

int state_put(struct ts_call *call, int64_t version, const Tickets__TicketState *body)
{
    return ts_store_put(call, &ticket_states, body->ticket_id, version, &body->base);
}
