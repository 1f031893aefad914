/*
 * Inventory's documents: quotas, holds, claims; their keys and indexes. The only file of the module that calls
 * tessera/store.h.
 */
#ifndef INVENTORY_STORE_H
#define INVENTORY_STORE_H

#include "inventory/v1/inventory.pb-c.h"
#include "tessera/call.h"

struct ts_collection;

extern const struct ts_collection inventory_quotas, inventory_holds, inventory_claims, inventory_seat_plans;
extern const struct ts_collection *const inventory_collections[];

/*
 * Each returns 0 and the newest version (version 0 and NULL when there is none), or a ts_error. The hold's own fields
 * may be changed, to be put; what they point to is everybody's.
 */
int store_get_quota(struct ts_call *call, const char *id, Inventory__Quota **ret_quota, int64_t *ret_version);
int store_get_hold(struct ts_call *call, const char *id, Inventory__Hold **ret_hold, int64_t *ret_version);

struct stored_hold {
    const Inventory__Hold *hold;
    int64_t version;
};
int store_get_holds(struct ts_call *call, const char *const *ids, size_t count, struct stored_hold **ret_holds);
int store_get_quotas(struct ts_call *call, char *const *ids, size_t count, Inventory__Quota ***ret_quotas);

/* Whose quotas, and how well: see struct ts_scan. */
struct quotas_of {
    const char *index; /* "event" or "date" */
    const char *key;   /* its id */
    bool exact;
};

/* All of them, by id. */
struct stored_quota {
    Inventory__Quota *quota;
    int64_t version;
};
int store_list_quotas(struct ts_call *call, const struct quotas_of *of, struct stored_quota **ret_quotas,
                      size_t *ret_count);

/* The organizer's pools of a quota, by id. */
int store_list_pools(struct ts_call *call, const char *quota_id, struct stored_hold **ret_holds, size_t *ret_count);

/* The plan, which never changes; NULL when there is none. Insert: its id is new. Each returns 0; a ts_error. */
int store_get_seat_plan(struct ts_call *call, const char *id, const Inventory__SeatPlan **ret_plan);
int store_insert_seat_plan(struct ts_call *call, const Inventory__SeatPlan *plan);

/* Return: 0, STORE_CONFLICT when somebody else wrote that version, or a ts_error. */
enum { STORE_CONFLICT = 1 };
int store_put_quota(struct ts_call *call, const Inventory__Quota *quota, int64_t version);
int store_put_hold(struct ts_call *call, const Inventory__Hold *hold, int64_t version);

/* Those with a time to lapse at, counted to a million. Return: 0 and *ret_count; a ts_error. */
int store_count_open_holds(struct ts_call *call, int64_t *ret_count);

/* A claim as its key says it. */
struct claim {
    int32_t number;
    uint32_t n;
    const Inventory__Claim *body;
};

struct claim_place {
    const char *quota_id;
    int32_t number;
    uint32_t n;
};

/* A page of a quota's claims of places below `end`, by place and n, from `from` on. Another's newest may be missing. */
int store_list_claims(struct ts_call *call, const struct claim_place *from, int32_t end, struct claim **ret_claims,
                      size_t *ret_count, bool *ret_more);

/* `*from` right after a claim: where its page's successor begins. */
void store_next_claim(struct claim_place *from, const struct claim *last);

/* The newest claim of one place, n 0 when there is none; exactly, from `known`, which is there (0: none is known). */
int store_get_claim(struct ts_call *call, const char *quota_id, int32_t number, uint32_t known,
                    struct claim *ret_claim);

/* The key of an idempotent creation; NULL when the call has none to record. */
struct creation {
    const char *scope;
    const ProtobufCMessage *input;
};
int store_create_quota(struct ts_call *call, const struct creation *creation, const Inventory__Quota *quota);

/* What is written to claim places for a hold. */
struct claiming {
    const struct creation *creation; /* may be NULL */
    const struct claim_place *places;
    size_t count;
    const Inventory__Hold *hold;
    int64_t version; /* the hold's expected one; 0 inserts */
};

/*
 * One ORDERED write: the creation's key (unless NULL), the claims, then the hold, whose write is the commit.
 * Return: 0; STORE_KEY_TAKEN (nothing written); STORE_CLAIM_TAKEN and *ret_index of the claim, those before it being
 * written; STORE_HOLD_TAKEN, all claims being written; TS_EUNKNOWN; another ts_error, nothing written.
 */
enum { STORE_KEY_TAKEN = 2, STORE_CLAIM_TAKEN, STORE_HOLD_TAKEN };
int store_claim(struct ts_call *call, const struct claiming *claiming, size_t *ret_index);

#endif
