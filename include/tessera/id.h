/*
 * Typed ids: a prefix of three letters, '_', and 26 characters of Crockford base32 in lower case that spell a UUIDv7
 * (source: TypeID specification 0.3; RFC 9562 §5.7). They sort by the time they were made, which is what keeps the
 * store's inserts at the end of its tree. An id is a name, never a right.
 */
#ifndef TESSERA_ID_H
#define TESSERA_ID_H

#include <stdbool.h>
#include <stdint.h>

struct ts_call;

enum {
    TS_ID_LENGTH = 30, /* "evt_" and 26 characters */
    TS_ID_SIZE = 31,   /* with the terminating NUL */
};

/*
 * A new id with `prefix` (exactly three lower-case letters), from the call's domain clock and randomness. Ids made
 * in one process are strictly increasing.
 * Return: the id, in call->arena.
 */
const char *ts_id_new(struct ts_call *call, const char *prefix);

/*
 * Ids of a group: a head whose last two characters are "00", and up to TS_ID_MEMBERS_MAX members that differ from it
 * only in those, counting from 1. So a hold, its order (the same suffix under another prefix), their positions and
 * tickets are found from one another without an index. All ids returned live in call->arena; ids given are well formed.
 */
enum { TS_ID_MEMBERS_MAX = 1023 };

/* A new head with `prefix`; as ts_id_new() otherwise. */
const char *ts_id_new_head(struct ts_call *call, const char *prefix);

/* Member `number` (1 to TS_ID_MEMBERS_MAX) of `head`, under `prefix`. */
const char *ts_id_member(struct ts_call *call, const char *head, const char *prefix, unsigned number);

/* The head of `member`'s group, under `prefix`. */
const char *ts_id_head(struct ts_call *call, const char *member, const char *prefix);

/* The same suffix as `id`, under `prefix`. */
const char *ts_id_sibling(struct ts_call *call, const char *id, const char *prefix);

/*
 * The 16 bytes (big-endian UUID) that a well-formed id spells: for codes where 26 characters are too many.
 */
void ts_id_bytes(const char *id, uint8_t ret_bytes[16]);

/* The id that `bytes` spell under `prefix`, in call->arena. */
const char *ts_id_from_bytes(struct ts_call *call, const char *prefix, const uint8_t bytes[16]);

/* True if `id` is well formed and has `prefix`; `id` may be NULL or anything a client sent. */
bool ts_id_is(const char *id, const char *prefix);

/* True if `id` begins as ids of `prefix` do, whatever follows: all that looking it up in a store needs to be asked. */
static inline bool ts_id_has(const char *id, const char *prefix)
{
    return id && id[0] == prefix[0] && id[1] == prefix[1] && id[2] == prefix[2] && id[3] == '_';
}

/* The Unix milliseconds inside a well-formed id. */
int64_t ts_id_time_ms(const char *id);

/*
 * `count` characters of `alphabet` (2 to 256 characters, each equally likely), for codes and secrets.
 * Return: the string, in call->arena.
 */
const char *ts_random_string(struct ts_call *call, const char *alphabet, unsigned count);

/* 128 random bits as 26 characters of base32: a secret that gives a right. In call->arena. */
const char *ts_secret_new(struct ts_call *call);

/* Compare two secrets in time that depends on their lengths only. NULL equals nothing. */
bool ts_secret_equal(const char *left, const char *right);

#endif
