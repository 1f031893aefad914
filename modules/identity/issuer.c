/*
 * See issuer.h. Of fibers that need the same issuer one asks and the others wait, so that what is kept changes under
 * nobody: it is only looked at between two waits, by who has entered.
 */
#include "issuer.h"

#include <string.h>

#include "access_token.h"
#include "tessera/cleanup.h"
#include "tessera/clock.h"
#include "tessera/http.h"
#include "tessera/json.h"
#include "tessera/limits.h"
#include "tessera/memory.h"
#include "tessera/text.h"
#include "tessera/wait.h"

enum {
    FRESH_MS = TS_HOUR_MS,
    STALE_MS = TS_DAY_MS,          /* while it is away */
    PAUSE_MS = 5 * TS_SECOND_MS,   /* before who did not answer is asked again */
    UNKNOWN_KEY_MS = TS_MINUTE_MS, /* between two looks for a key that we do not know */
    KEYS_MAX = 32,
    KEYS_SIZE_MAX = 256 << 10,
    ISSUERS_MAX = 256, /* remembered: the one asked for longest ago is forgotten, for organizers may name any */
};

/* Something that was read, and when; 0: never. */
struct reading {
    struct ts_arena *arena; /* of what it says */
    int64_t read_ms, tried_ms;
};

struct issuer {
    struct issuer *next;
    const char *purpose; /* a literal */
    char *url;
    unsigned users; /* fibers that have entered, or wait for it */
    bool busy;
    struct ts_waiters waiters;
    struct reading discovery, jwks;
    struct issuer_facts facts;
    const char *jwks_uri;
    struct ts_jws_key keys[KEYS_MAX];
    unsigned key_count;
};

struct issuers {
    struct issuer *first; /* the one asked for last */
    unsigned count;
};

struct issuers *issuers_new(void)
{
    return ts_memory_new(1, sizeof(struct issuers));
}

static void keys_done(struct issuer *issuer)
{
    while (issuer->key_count)
        ts_jws_key_done(&issuer->keys[--issuer->key_count]);
}

static void issuer_free(struct issuer *issuer)
{
    keys_done(issuer);
    ts_arena_free(issuer->discovery.arena);
    ts_arena_free(issuer->jwks.arena);
    ts_memory_free(issuer->url);
    ts_memory_free(issuer);
}

void issuers_free(struct issuers *issuers)
{
    struct issuer *issuer;

    while (issuers && (issuer = issuers->first)) {
        issuers->first = issuer->next;
        issuer_free(issuer);
    }
    ts_memory_free(issuers);
}

/* Take it out of the list. NULL: there is none. */
static struct issuer *issuer_take(struct issuers *issuers, const char *purpose, const char *url)
{
    for (struct issuer **at = &issuers->first; *at; at = &(*at)->next) {
        struct issuer *issuer = *at;

        if (strcmp(issuer->url, url) != 0 || strcmp(issuer->purpose, purpose) != 0)
            continue;
        *at = issuer->next;
        return issuer;
    }
    return NULL;
}

/* Make room for one, unless all are in use. */
static void issuers_trim(struct issuers *issuers)
{
    struct issuer **last = NULL, *issuer;

    for (struct issuer **at = &issuers->first; *at; at = &(*at)->next)
        last = (*at)->users ? last : at;
    if (issuers->count < ISSUERS_MAX || !last)
        return;
    issuer = *last;
    *last = issuer->next;
    issuers->count--;
    issuer_free(issuer);
}

/* Only of issuers that somebody of ours, or an organizer, has named. */
static struct issuer *issuer_of(struct ts_call *call, const char *purpose, const char *url)
{
    struct issuers *issuers = identity_issuers(call->state);
    struct issuer *issuer = issuer_take(issuers, purpose, url);

    if (!issuer) {
        issuers_trim(issuers);
        issuer = ts_memory_new(1, sizeof(*issuer));
        issuer->purpose = purpose;
        issuer->url = ts_memory_string(url);
        issuers->count++;
    }
    issuer->next = issuers->first;
    issuers->first = issuer;
    return issuer;
}

static int issuer_enter(struct ts_call *call, struct issuer *issuer)
{
    issuer->users++;
    while (issuer->busy) {
        int r = ts_wait(call, &issuer->waiters);

        if (r) {
            issuer->users--;
            return r;
        }
    }
    issuer->busy = true;
    return 0;
}

static void issuer_leave(struct issuer *issuer)
{
    issuer->busy = false;
    issuer->users--;
    ts_wake(&issuer->waiters);
}

/* ---- asking */

int issuer_ask(struct ts_call *call, const struct issuer_request *asked, int *ret_status, const struct json **ret_json)
{
    struct ts_http_request request = {
        .purpose = asked->purpose,
        .url = asked->url,
        .headers = asked->headers,
        .body = asked->form,
        .body_size = asked->form ? strlen(asked->form) : 0,
        .content_type = "application/x-www-form-urlencoded",
        .answer_size_max = KEYS_SIZE_MAX,
    };
    struct ts_http_response response;
    int r = ts_http_send(call, &request, &response);

    if (r)
        return r;
    *ret_status = response.status;
    *ret_json = ts_json_parse(call->arena, response.body, response.body_size);
    if (!ts_json_is_object(*ret_json))
        *ret_json = NULL;
    return 0;
}

/* What stands there for everybody. */
static int read_document(struct ts_call *call, const char *purpose, const char *url, const struct json **ret_json)
{
    static const struct ts_http_header headers[] = { { "accept", "application/json" }, { NULL } };
    const struct issuer_request asked = { purpose, url, headers, /* form= */ NULL };
    int status, r = issuer_ask(call, &asked, &status, ret_json);

    if (r)
        return r;
    if (status != 200 || !*ret_json)
        return ts_fail(call, TS_EUNAVAILABLE, "The provider answered with something else than was asked for.");
    return 0;
}

/* Is there nothing of it, or is it old, and was nobody asked just now? */
static bool is_due(const struct reading *reading, int64_t now_ms)
{
    return now_ms >= reading->tried_ms + PAUSE_MS && (!reading->read_ms || now_ms >= reading->read_ms + FRESH_MS);
}

static bool is_of_use(const struct reading *reading, int64_t now_ms)
{
    return reading->read_ms && now_ms < reading->read_ms + STALE_MS;
}

static int away(struct ts_call *call)
{
    return ts_fail(call, TS_EUNAVAILABLE, "The provider does not answer as one does; try again later.");
}

/* ---- discovery */

static bool is_listed(const struct json *list, const char *word)
{
    for (const struct json *item = ts_json_first(list); item; item = ts_json_next(item)) {
        const char *text = ts_json_string(item);

        if (text && strcmp(text, word) == 0)
            return true;
    }
    return false;
}

/* A URL that is as safe as the issuer's own. In the arena; NULL: there is none. */
static const char *url_of(struct ts_arena *arena, const char *issuer, const struct json *document, const char *name)
{
    const char *url = ts_json_string(ts_json_member(document, name));

    if (!ts_text_is_url(url, TS_HTTP_URL_SIZE_MAX) || strchr(url, '#') ||
        (strncmp(issuer, "https:", 6) == 0 && strncmp(url, "https:", 6) != 0))
        return NULL;
    return ts_strdup(arena, url);
}

static unsigned algorithms_of(const struct json *document)
{
    const struct json *list = ts_json_member(document, "id_token_signing_alg_values_supported");
    unsigned algorithms = 0;

    if (!list)
        return TS_JWS_RS256;
    for (const struct json *item = ts_json_first(list); item; item = ts_json_next(item))
        algorithms |= ts_jws_algorithm(ts_json_string(item));
    return algorithms;
}

/* Return: false when it is none of that issuer's, or leaves out what we need. */
static bool facts_read(struct ts_arena *arena, const char *issuer, const struct json *document,
                       struct issuer_facts *facts, const char **ret_jwks_uri)
{
    const char *name = ts_json_string(ts_json_member(document, "issuer"));
    const struct json *methods = ts_json_member(document, "token_endpoint_auth_methods_supported");
    const struct json *challenges = ts_json_member(document, "code_challenge_methods_supported");

    *facts = (struct issuer_facts){
        .authorization_endpoint = url_of(arena, issuer, document, "authorization_endpoint"),
        .token_endpoint = url_of(arena, issuer, document, "token_endpoint"),
        .userinfo_endpoint = url_of(arena, issuer, document, "userinfo_endpoint"),
        .algorithms = algorithms_of(document),
        .says_iss = ts_json_is_true(ts_json_member(document, "authorization_response_iss_parameter_supported")),
        .secret_in_form = methods && !is_listed(methods, "client_secret_basic"),
    };
    *ret_jwks_uri = url_of(arena, issuer, document, "jwks_uri");
    return name && strcmp(name, issuer) == 0 && facts->authorization_endpoint && facts->token_endpoint &&
           *ret_jwks_uri && facts->algorithms && (!challenges || is_listed(challenges, "S256"));
}

static const char *discovery_url(struct ts_call *call, const char *issuer)
{
    size_t size = strlen(issuer);

    return ts_printf(call->arena, "%.*s/.well-known/openid-configuration", (int)(size - (issuer[size - 1] == '/')),
                     issuer);
}

static int discover(struct ts_call *call, struct issuer *issuer)
{
    int64_t now_ms = ts_now_ms(call);
    const struct json *document;
    struct ts_arena *arena;
    struct issuer_facts facts;
    const char *jwks_uri;
    int r;

    issuer->discovery.tried_ms = now_ms;
    r = read_document(call, issuer->purpose, discovery_url(call, issuer->url), &document);
    if (r)
        return r;
    arena = ts_arena_new();
    if (!facts_read(arena, issuer->url, document, &facts, &jwks_uri)) {
        ts_arena_free(arena);
        return ts_fail(call, TS_EUNAVAILABLE, "What the provider says of itself is another's, or not enough.");
    }
    ts_arena_free(issuer->discovery.arena);
    issuer->discovery = (struct reading){ arena, now_ms, 0 };
    issuer->facts = facts;
    issuer->jwks_uri = jwks_uri;
    return 0;
}

/* Within: what it says of itself is there. */
static int discovered(struct ts_call *call, struct issuer *issuer)
{
    int r = is_due(&issuer->discovery, ts_now_ms(call)) ? discover(call, issuer) : 0;

    if (is_of_use(&issuer->discovery, ts_now_ms(call)))
        return 0;
    return r ? r : away(call);
}

static struct issuer_facts facts_copy(struct ts_arena *arena, const struct issuer_facts *from)
{
    struct issuer_facts facts = *from;

    facts.authorization_endpoint = ts_strdup(arena, from->authorization_endpoint);
    facts.token_endpoint = ts_strdup(arena, from->token_endpoint);
    facts.userinfo_endpoint = ts_strdup(arena, from->userinfo_endpoint);
    return facts;
}

int issuer_find(struct ts_call *call, const char *purpose, const char *url, struct issuer_facts *ret_facts)
{
    struct issuer *issuer = issuer_of(call, purpose, url);
    int r = issuer_enter(call, issuer);

    if (r)
        return r;
    r = discovered(call, issuer);
    if (r == 0)
        *ret_facts = facts_copy(call->arena, &issuer->facts);
    issuer_leave(issuer);
    return r;
}

/* ---- keys */

/* Those that we can use; what else is there is skipped. */
static int read_keys(struct ts_call *call, struct issuer *issuer)
{
    int64_t now_ms = ts_now_ms(call);
    const struct json *document;
    int r;

    issuer->jwks.tried_ms = now_ms;
    r = read_document(call, issuer->purpose, issuer->jwks_uri, &document);
    if (r)
        return r;
    keys_done(issuer);
    ts_arena_free(issuer->jwks.arena);
    issuer->jwks = (struct reading){ ts_arena_new(), now_ms, now_ms };
    for (const struct json *jwk = ts_json_first(ts_json_member(document, "keys")); jwk && issuer->key_count < KEYS_MAX;
         jwk = ts_json_next(jwk)) {
        struct ts_jws_key *key = &issuer->keys[issuer->key_count];

        if (!ts_jws_key_read(call->arena, jwk, key))
            continue;
        key->kid = ts_strdup(issuer->jwks.arena, key->kid);
        issuer->key_count++;
    }
    return 0;
}

enum look { LOOK_SIGNED, LOOK_FORGED, LOOK_UNKNOWN };

static enum look look(struct ts_call *call, const struct issuer *issuer, const struct ts_jws *jws)
{
    enum look found = LOOK_UNKNOWN;

    for (unsigned i = 0; i < issuer->key_count; i++) {
        const struct ts_jws_key *key = &issuer->keys[i];

        if (key->algorithm != jws->algorithm || (jws->kid && (!key->kid || strcmp(key->kid, jws->kid) != 0)))
            continue;
        if (ts_jws_is_signed(call->arena, jws, key))
            return LOOK_SIGNED;
        found = LOOK_FORGED;
    }
    return found;
}

/* Within. */
static int check(struct ts_call *call, struct issuer *issuer, const struct ts_jws *jws)
{
    enum look found;
    int r = discovered(call, issuer);

    if (r == 0 && !(jws->algorithm & issuer->facts.algorithms))
        return ISSUER_FORGED;
    if (r == 0 && is_due(&issuer->jwks, ts_now_ms(call)))
        r = read_keys(call, issuer);
    if (!is_of_use(&issuer->jwks, ts_now_ms(call)))
        return r ? r : away(call);
    found = look(call, issuer, jws);
    if (found == LOOK_UNKNOWN && ts_now_ms(call) >= issuer->jwks.tried_ms + UNKNOWN_KEY_MS) {
        r = read_keys(call, issuer);
        if (r)
            return r;
        found = look(call, issuer, jws);
    }
    return found == LOOK_SIGNED ? 0 : ISSUER_FORGED;
}

int issuer_check(struct ts_call *call, const char *purpose, const char *url, const struct ts_jws *jws)
{
    struct issuer *issuer = issuer_of(call, purpose, url);
    int r = issuer_enter(call, issuer);

    if (r)
        return r;
    r = check(call, issuer, jws);
    issuer_leave(issuer);
    return r;
}
