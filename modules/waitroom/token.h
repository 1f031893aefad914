/*
 * What a person carries: the token of his place, which only he has, and the pass, which is signed and says for which
 * event, place, time and number of places it is good. Nothing of either is kept: both are made anew from what they
 * name.
 */
#ifndef WAITROOM_TOKEN_H
#define WAITROOM_TOKEN_H

#include "tessera/call.h"
#include "waitroom/v1/waitroom.pb-c.h"

/* The first `size` hexadecimal digits (at most 64) of SHA-256 over the round's key, a kind and a value. */
char *token_hash(struct ts_call *call, const char *key, const char *kind, const char *value, unsigned size);

/*
 * The first PERSON_HASH_LENGTH digits of a MAC over the same by the installation's secret: the round's key stands in
 * the store, and an address can be guessed. In a round of before, token_hash().
 */
char *person_hash(struct ts_call *call, const Waitroom__Room *room, const char *kind, const char *value);

/* The token of a place in this round of the room. */
char *token_make(struct ts_call *call, const Waitroom__Room *room, const char *entry_id);

/* What a token names; whether it is the place's is for token_is_of() to say. */
struct token {
    const char *event_id, *entry_id, *text;
};
/* Return: false when it is no token. */
bool token_parse(struct ts_call *call, const char *text, struct token *ret_token);
bool token_is_of(struct ts_call *call, const struct token *token, const Waitroom__Room *room);

enum { ACCOUNT_HASH_LENGTH = 16, CODE_HASH_LENGTH = 32, PERSON_HASH_LENGTH = 24 };

/* Who asks, as a pass names him; NULL for nobody in particular. */
char *account_hash(struct ts_call *call, const Waitroom__Room *room);

struct pass {
    const char *event_id, *entry_id;
    int64_t expires_at_ms; /* whole seconds */
    int32_t places;
    char account_hash[ACCOUNT_HASH_LENGTH + 1]; /* "": whoever has it may use it */
};

/* The text, in call->arena. */
char *pass_sign(struct ts_call *call, const struct pass *pass);

/* Return: false when it is not a pass of ours, bit for bit. */
bool pass_verify(struct ts_call *call, const char *text, struct pass *ret_pass);

#endif
