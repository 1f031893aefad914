/*
 * A reply of many happenings has one cursor, so a client that was cut off among them has its place behind the cursor of
 * the reply before. When that reply is read again, digests tell what the client has got of it: the order alone does
 * not, for something earlier may have come in between.
 */
#include "gateway/event_id.h"

#include <openssl/sha.h>
#include <string.h>

#include "base/hex.h"
#include "tessera/memory.h"
#include "tessera/sign.h"

enum {
    STATE_DIGITS = 32,
    QUESTION_DIGITS = EVENT_QUESTION_SIZE - 1,
    HAPPENING_DIGITS = 8,
};

static void read_question(const struct gql_subscription *prepared, char ret_question[EVENT_QUESTION_SIZE])
{
    struct gql_text parts[GQL_SUBSCRIPTION_PARTS];
    unsigned char digests[GQL_SUBSCRIPTION_PARTS][SHA256_DIGEST_LENGTH], digest[SHA256_DIGEST_LENGTH];

    gql_subscription_parts(prepared, parts);
    for (unsigned i = 0; i < GQL_SUBSCRIPTION_PARTS; i++)
        ts_sha256(parts[i].data, parts[i].size, digests[i]);
    ts_sha256(digests[0], sizeof(digests), digest);
    hex_put(ret_question, digest, QUESTION_DIGITS / 2);
    ret_question[QUESTION_DIGITS] = '\0';
}

void event_ids_init(struct event_ids *ids, const struct gql_subscription *prepared)
{
    read_question(prepared, ids->question);
    ids->cursor = NULL;
    buf_init(&ids->given, EVENT_ID_SIZE_MAX);
    buf_init(&ids->owned, EVENT_ID_SIZE_MAX);
}

void event_ids_done(struct event_ids *ids)
{
    ts_memory_free(ids->cursor);
    buf_done(&ids->given);
    buf_done(&ids->owned);
}

char *event_id_of_state(const struct event_ids *ids, const char *response, size_t size)
{
    unsigned char named[QUESTION_DIGITS + SHA256_DIGEST_LENGTH], digest[SHA256_DIGEST_LENGTH];
    char id[STATE_DIGITS + 1];

    memcpy(named, ids->question, QUESTION_DIGITS);
    ts_sha256(response, size, named + QUESTION_DIGITS);
    ts_sha256(named, sizeof(named), digest);
    hex_put(id, digest, STATE_DIGITS / 2);
    id[STATE_DIGITS] = '\0';
    return ts_memory_string(id);
}

/* What a header and a line of events can hold. */
static bool is_visible(const char *text)
{
    for (; *text; text++)
        if (*text < '!' || *text > '~')
            return false;
    return true;
}

/* The digests in an id and how many bytes they are; behind them is its cursor. NULL: it is none of this stream's. */
static const char *find_given(const char *question, const char *id, size_t *ret_size)
{
    const char *given;
    size_t size;

    if (strlen(id) > EVENT_ID_SIZE_MAX || !is_visible(id) || strncmp(id, question, QUESTION_DIGITS) != 0 ||
        id[QUESTION_DIGITS] != '.')
        return NULL;
    given = id + QUESTION_DIGITS + 1;
    size = strspn(given, "0123456789abcdef");
    if (given[size] != '.' || size % HAPPENING_DIGITS)
        return NULL;
    *ret_size = size;
    return given;
}

const char *event_id_cursor(const struct gql_subscription *prepared, const char *id)
{
    char question[EVENT_QUESTION_SIZE];
    const char *given;
    size_t size;

    read_question(prepared, question);
    given = find_given(question, id, &size);
    return given ? given + size + 1 : NULL;
}

void event_ids_resume(struct event_ids *ids, const char *id)
{
    const char *given;
    size_t size;

    buf_clear(&ids->owned);
    given = id ? find_given(ids->question, id, &size) : NULL;
    if (given)
        buf_add(&ids->owned, given, size);
}

void event_ids_begin(struct event_ids *ids, const char *cursor)
{
    ts_memory_free(ids->cursor);
    ids->cursor = cursor ? ts_memory_string(cursor) : NULL;
    buf_clear(&ids->given);
}

static char *make(const struct event_ids *ids, const char *cursor)
{
    char *id = NULL;
    struct buf text;

    buf_init(&text, EVENT_ID_SIZE_MAX + 1);
    buf_add(&text, ids->question, QUESTION_DIGITS);
    buf_add_char(&text, '.');
    buf_add(&text, ids->given.data, ids->given.size);
    buf_add(&text, ids->owned.data, ids->owned.size);
    buf_add_char(&text, '.');
    buf_add(&text, cursor, strlen(cursor) + 1);
    if (!text.full && !ids->given.full && is_visible(cursor))
        id = ts_memory_string(text.data);
    buf_done(&text);
    return id;
}

/* Cross this digest out of those that the client has. Return: false if it was not there. */
static bool take_owned(struct buf *owned, const char *digest)
{
    for (size_t at = 0; at < owned->size; at += HAPPENING_DIGITS) {
        if (memcmp(owned->data + at, digest, HAPPENING_DIGITS) != 0)
            continue;
        memmove(owned->data + at, owned->data + at + HAPPENING_DIGITS, owned->size - at - HAPPENING_DIGITS);
        buf_cut(owned, owned->size - HAPPENING_DIGITS);
        return true;
    }
    return false;
}

bool event_ids_next(struct event_ids *ids, const char *response, size_t size, char **ret_id)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char digits[HAPPENING_DIGITS];

    ts_sha256(response, size, digest);
    hex_put(digits, digest, HAPPENING_DIGITS / 2);
    buf_add(&ids->given, digits, HAPPENING_DIGITS);
    if (take_owned(&ids->owned, digits))
        return false;
    *ret_id = make(ids, ids->cursor);
    return true;
}

char *event_ids_end(struct event_ids *ids, const char *cursor)
{
    buf_clear(&ids->given);
    return make(ids, cursor);
}
