/*
 * Erasing a person, step by step: the account with all that hangs on it, then order after order. That it is to be done
 * stands in a document, so it goes on wherever it was left; each step may be done again. An order whose dates are still
 * to come, bought since the question was asked, waits for them.
 */
#include <string.h>

#include "api.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/sign.h"

/* What is done with each order of a person. Return: 0; TS_REFUSED; a ts_error. */
struct walk {
    const Privacy__Erasure *erasure;
    bool only_ask;
    int32_t erased;
    int64_t over_at_ms; /* of those that wait, the first that is over; 0: none waits */
};

static int walk_order(struct ts_call *call, struct walk *walk, const char *email_hash, const char *order_id)
{
    Orders__EraseFromOrderRequest request = ORDERS__ERASE_FROM_ORDER_REQUEST__INIT;
    const Orders__EraseFromOrderReply *reply;
    int r;

    request.order_id = (char *)order_id;
    request.email_hash = (char *)email_hash;
    request.has_only_ask = request.only_ask = walk->only_ask;
    r = orders_erase_from_order_as_system(call, &request, &reply);
    if (r)
        return r;
    walk->erased += !reply->has_over_at_ms;
    if (reply->has_over_at_ms && (!walk->over_at_ms || reply->over_at_ms < walk->over_at_ms))
        walk->over_at_ms = reply->over_at_ms;
    return 0;
}

static int walk_address(struct ts_call *call, struct walk *walk, const Privacy__ErasureAddress *address)
{
    Orders__ListPersonOrdersRequest request = ORDERS__LIST_PERSON_ORDERS_REQUEST__INIT;
    const Orders__ListPersonOrdersReply *page;
    int r;

    request.email_hash = address->email_hash;
    request.organizer_id = walk->erasure->organizer_id;
    request.has_from_ms = address->has_after_ms;
    request.from_ms = address->after_ms;
    request.has_until_ms = address->has_until_ms;
    request.until_ms = address->until_ms;
    do {
        r = orders_list_person_orders_as_system(call, &request, &page);
        for (size_t i = 0; r == 0 && i < page->n_orders; i++)
            r = walk_order(call, walk, address->email_hash, page->orders[i]->id);
        request.after = r ? NULL : page->cursor;
    } while (request.after);
    return r;
}

static int walk_orders(struct ts_call *call, struct walk *walk)
{
    int r = 0;

    for (size_t i = 0; i < walk->erasure->n_addresses && r == 0; i++)
        r = walk_address(call, walk, walk->erasure->addresses[i]);
    return r;
}

void erasure_add_address(struct ts_call *call, Privacy__Erasure *erasure, const Identity__PersonAddress *address)
{
    Privacy__ErasureAddress *own = TS_NEW(call->arena, Privacy__ErasureAddress);
    Privacy__ErasureAddress **list = TS_NEW_ARRAY(call->arena, Privacy__ErasureAddress *, erasure->n_addresses + 1);

    privacy__erasure_address__init(own);
    own->email_hash = ts_email_hash(call, address->email);
    own->has_after_ms = address->has_after_ms;
    own->after_ms = address->after_ms;
    /* What is done under it after he asked is done by somebody who is there. */
    own->has_until_ms = true;
    own->until_ms = address->has_until_ms ? address->until_ms : ts_now_ms(call) + 1;
    if (erasure->n_addresses)
        memcpy(list, erasure->addresses, erasure->n_addresses * sizeof(*list));
    list[erasure->n_addresses++] = own;
    erasure->addresses = list;
}

int erasure_check(struct ts_call *call, const Privacy__Erasure *erasure, const char *path)
{
    struct walk walk = { .erasure = erasure, .only_ask = true };
    int r = walk_orders(call, &walk);

    if (r || !walk.over_at_ms)
        return r;
    return ts_refuse(
        call, COMMON__ERROR_CODE__EVENT_NOT_OVER, path,
        "There are tickets for an event that is still to come: cancel the order, or wait until it is over.");
}

static Privacy__Erasure *copy(struct ts_call *call, const Privacy__Erasure *erasure)
{
    return ts_memdup(call->arena, erasure, sizeof(*erasure));
}

int erasure_begin(struct ts_call *call, const Privacy__Erasure *erasure, Privacy__Erasure **ret_erasure)
{
    Privacy__Erasure *next = copy(call, erasure);
    const Privacy__Erasure *before = NULL;
    int64_t version = 0;
    int r;

    next->has_created_at_ms = next->has_due_ms = next->has_orders = true;
    next->created_at_ms = next->due_ms = ts_now_ms(call);
    r = store_put_erasure(call, next, 0);
    if (r == STORE_CONFLICT) { /* it was asked for before */
        r = store_get_erasure(call, erasure->id, &before, &version);
        if (r == 0)
            next = copy(call, before);
    }
    *ret_erasure = next;
    return r;
}

static int erase_account(struct ts_call *call, const char *account_id)
{
    Identity__ErasePersonRequest request = IDENTITY__ERASE_PERSON_REQUEST__INIT;
    const Identity__ErasePersonReply *reply;

    request.account_id = (char *)account_id;
    return account_id ? identity_erase_person_as_system(call, &request, &reply) : 0;
}

/* Return: 0, also when another process was faster; a ts_error. */
static int note(struct ts_call *call, const Privacy__Erasure *before, int64_t version, const struct walk *walk)
{
    Privacy__Erasure *next = copy(call, before);
    int r;

    next->has_orders = true;
    next->orders += walk->erased;
    next->has_due_ms = walk->over_at_ms != 0;
    next->due_ms = walk->over_at_ms;
    next->has_finished_at_ms = !next->has_due_ms;
    next->finished_at_ms = ts_now_ms(call);
    if (next->has_finished_at_ms)
        next->n_addresses = 0;
    r = store_put_erasure(call, next, version);
    return r == STORE_CONFLICT ? 0 : r;
}

/* The account, all orders and, once none waits, by what the person was found. */
static int erase_all(struct ts_call *call, const Privacy__Erasure *erasure, struct walk *walk)
{
    int r = erase_account(call, erasure->account_id);

    if (r == 0)
        r = walk_orders(call, walk);
    if (r == 0 && !walk->over_at_ms)
        r = store_forget(call, erasure->id);
    return r;
}

int erasure_continue(struct ts_call *call, const char *id)
{
    const Privacy__Erasure *erasure = NULL;
    struct walk walk = { .only_ask = false };
    int64_t version = 0;
    int r = store_get_erasure(call, id, &erasure, &version);

    if (r || !erasure || !erasure->has_due_ms || erasure->due_ms > ts_now_ms(call))
        return r;
    walk.erasure = erasure;
    r = erase_all(call, erasure, &walk);
    if (r == 0)
        r = store_get_erasure(call, id, &erasure, &version);
    return r ? r : note(call, erasure, version, &walk);
}
