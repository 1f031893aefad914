/*
 * The GraphQL engine's front: a schema with rules in, a request in, JSON out. It knows neither HTTP nor bus; what it
 * needs from outside it asks for through struct gql_env.
 *
 *     parse -> validate -> plan (all three once per document, cached) -> coerce variables -> execute -> write
 *
 * Execution runs the plan level by level: all rpcs and joins of a level go out together, then the next level; last, one
 * pass writes JSON straight from the protobuf structs. Mutation fields run one after the other.
 */
#ifndef GRAPHQL_GRAPHQL_H
#define GRAPHQL_GRAPHQL_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/json.h"
#include "graphql/resolver.h"
#include "tessera/arena.h"

struct gql_schema;

/* One SDL text; `package` is the proto package (c. "catalog.v1") that @message defaults to. */
struct gql_source {
    const char *name; /* for error messages: "modules/catalog/schema.graphql" */
    const char *package;
    const char *text;
};

/* What one request may cost. Those of production are gql_limits_default, where each has its reason. */
struct gql_limits {
    unsigned tokens;     /* of a document */
    unsigned depth;      /* nested braces, brackets, values and selections, fragments spread out */
    unsigned aliases;    /* of a document */
    unsigned operations; /* of a document */
    unsigned directives; /* on one node */
    unsigned circles;    /* lists of lists in introspection, this many are refused */
    unsigned steps;      /* of rules that follow fragments, and of planning */
    unsigned reach;      /* spreads and variables seen from all operations together, in any document */
    unsigned fields;     /* planned, over all types */
    unsigned list;       /* values in one list of a document or its variables; 0: no limit */
    unsigned cost;       /* of an operation, by @cost; 0: no limit */
    unsigned objects;    /* shown in one response */
    unsigned errors;     /* shown in one response */
};
extern const struct gql_limits gql_limits_default;

struct gql_config {
    const struct gql_source *sources; /* rules.graphql is added by the engine */
    size_t source_count;
    const ProtobufCServiceDescriptor *const *services; /* NULL-terminated */
    const ProtobufCMessageDescriptor *const *events;   /* that modules publish; NULL-terminated; may be NULL */
    bool introspection;                                /* __schema and __type answer */
    bool suggestions;                                  /* "Did you mean" in messages */
    const struct gql_limits *limits;                   /* NULL: those of production; copied */
    bool plain;           /* any SDL, without rules: checked, printed, compared and validated against */
    gql_resolve *resolve; /* what says the values of a plain schema; NULL: nothing is executed on it */
};

/*
 * Build and check. Return: the schema, or NULL and every problem found, one line each, in *ret_problems.
 */
struct gql_schema *gql_schema_new(const struct gql_config *config, struct buf *ret_problems);
void gql_schema_free(struct gql_schema *schema);

/* True if a root type has a field of that name. */
bool gql_schema_has_operation(const struct gql_schema *schema, const char *name);

/* From what stops a client's documents to what no client notices. */
enum gql_change_kind { GQL_BREAKING, GQL_DANGEROUS, GQL_SAFE };

struct gql_change {
    struct gql_change *next;
    enum gql_change_kind kind;
    const char *class; /* "FIELD_REMOVED" */
    const char *text;
};

/* What clients see change between two plain schemas, breaking changes first; NULL: nothing. In the arena. */
const struct gql_change *gql_schema_diff(const struct gql_schema *before, const struct gql_schema *after,
                                         struct ts_arena *arena);

/*
 * Validate documents, which may use each other's fragments, as one. Return: true; false and every problem found, a line
 * "name:line:column: message" each, in *ret_problems.
 */
bool gql_documents_check(struct gql_schema *schema, const struct gql_source *documents, size_t count,
                         struct buf *ret_problems);

/* The published SDL: all types, no rules, in a stable order. */
void gql_schema_print(const struct gql_schema *schema, struct buf *ret_sdl);

/* One bus call that the engine wants made. */
struct gql_rpc {
    const ProtobufCServiceDescriptor *service;
    unsigned method_index;
    const ProtobufCMessage *request;
    const char *operation;       /* root field or "Type.field"; for audit and logs */
    const char *idempotency_key; /* or NULL */
    size_t keys;                 /* objects that a join asks for at once; 0: it is no join */
    /* out */
    const ProtobufCMessage *reply;
    int error;              /* 0 or a ts_error */
    const char *failure;    /* words for the client when error is not 0 */
    unsigned retry_after_s; /* ... and when it is worth asking again; 0: nobody knows */
};

/* What it took to get a plan, for who asked to see that. */
struct gql_trace {
    uint64_t (*now_ns)(void);
    /* out */
    bool cached; /* it was there: the rest is 0 */
    uint64_t parse_ns, validate_ns, plan_ns;
};

enum gql_principal { GQL_ANYONE, GQL_SIGNED_IN };

/* What one execution needs. `call_all` returns when all have answered (it may suspend the fiber). */
struct gql_env {
    struct ts_arena *arena; /* outlives the reply */
    enum gql_principal principal;
    void (*call_all)(struct gql_env *env, struct gql_rpc *const *rpcs, size_t count);
    void (*yield)(struct gql_env *env); /* called in long loops */
    const char *request_id;             /* shown in extensions of internal errors */
    struct gql_trace *trace;            /* NULL: nobody wants to know */
    /* out, zero before */
    const char *operation_type; /* "query", "mutation" or "subscription"; NULL: none was found */
    bool has_errors;            /* of fields, in what was executed */
    unsigned fresh_s;           /* a cache may keep the answer for so long; 0: not at all */
    bool fresh_private;         /* ... but no cache that is shared */
};

struct gql_request {
    const char *query; /* need not be terminated */
    size_t query_size;
    const char *operation_name;   /* or NULL */
    const struct json *variables; /* an object, or NULL */
    bool queries_only;            /* GET: a mutation is refused before it runs */
};

enum gql_outcome {
    GQL_EXECUTED,           /* the body has `data` (maybe null) and maybe `errors` */
    GQL_REFUSED,            /* a request error: `errors` only, nothing ran */
    GQL_NOT_A_QUERY,        /* queries_only, and it is a mutation: 405; body as REFUSED */
    GQL_NOT_A_SUBSCRIPTION, /* of gql_subscribe(): ask gql_execute(); body as REFUSED */
    GQL_EXHAUSTED,          /* memory ran out, and nothing was changed; no body */
};

/*
 * Serve one request. Never suspends before its plan is ready, so a repeated query costs one look-up.
 * Return: the outcome; *ret_body holds the complete JSON response, unless it is marked as full.
 */
enum gql_outcome gql_execute(struct gql_schema *schema, struct gql_env *env, const struct gql_request *request,
                             struct buf *ret_body);

/*
 * Whether a document could be executed: parsed, validated, each of its operations planned (and so in the cache).
 * Return: NULL, or the first problem with its line and column, in the arena.
 */
const char *gql_check(struct gql_schema *schema, struct ts_arena *arena, const char *text, size_t size);

/*
 * A subscription operation, ready to be executed whenever something happened. It holds its document and little else:
 * variables as text, for they are few and coercing them again costs less than keeping them.
 */
struct gql_subscription;

/* Prepare one; nothing is called. Return: GQL_EXECUTED and *ret_subscription; else *ret_body, an errors-only response.
 */
enum gql_outcome gql_subscribe(struct gql_schema *schema, struct gql_env *env, const struct gql_request *request,
                               struct gql_subscription **ret_subscription, struct buf *ret_body);
void gql_subscription_free(struct gql_subscription *subscription);

/* Equal ones (document, operation, variables) have equal hashes and may share their responses. */
uint64_t gql_subscription_hash(const struct gql_subscription *subscription);
bool gql_subscription_equal(const struct gql_subscription *left, const struct gql_subscription *right);

/* The field that is subscribed to: "orderChanged". */
const char *gql_subscription_field(const struct gql_subscription *subscription);
/* Each response is something that happened; false: each is the state as it is now. */
bool gql_subscription_is_stream(const struct gql_subscription *subscription);
/*
 * The n-th event after which it is to be executed again, when its string field *ret_field is gql_subscription_key().
 * Return: NULL past the last.
 */
const ProtobufCMessageDescriptor *gql_subscription_event(const struct gql_subscription *subscription, unsigned n,
                                                         const ProtobufCFieldDescriptor **ret_field);
/* NULL until the first execution has told it. Valid as long as the subscription. */
const char *gql_subscription_key(const struct gql_subscription *subscription);

/*
 * What makes it the one that it is, in any process: document, name of the operation, variables. Borrowed from it.
 */
enum { GQL_SUBSCRIPTION_PARTS = 3 };
struct gql_text {
    const char *data;
    size_t size;
};
void gql_subscription_parts(const struct gql_subscription *subscription,
                            struct gql_text ret_parts[GQL_SUBSCRIPTION_PARTS]);

/* Of a stream: what its next execution goes on behind, the cursor of its last reply. NULL before the first. */
const char *gql_subscription_cursor(const struct gql_subscription *subscription);
/* Go on behind another one (copied) instead, perhaps of a client's; NULL: begin where the first execution finds it. */
void gql_subscription_go_on(struct gql_subscription *subscription, const char *cursor);

enum gql_progress {
    GQL_GOES_ON,
    GQL_MORE,   /* the same, and there is more to be read at once */
    GQL_FAILED, /* of itself, for now: nothing was delivered; *ret_body is an errors-only response */
    GQL_ENDED,  /* for good: the caller may not see it (any more), or it is gone; *ret_body as FAILED */
};

/*
 * Execute once. `deliver` gets each response: one of a state, any number of a stream, whose first execution finds where
 * it begins and has none. One execution at a time.
 */
enum gql_progress gql_subscription_execute(struct gql_subscription *subscription, struct gql_env *env,
                                           void (*deliver)(void *data, const char *response, size_t size), void *data,
                                           struct buf *ret_body);

/* A complete errors-only response: {"errors":[{"message":…,"extensions":{"code":…}}]}. */
void gql_error_body(struct buf *ret_body, const char *code, const char *message);

/*
 * Rules of @http: match a path to one. Return: true with the rpc's request filled from the path; false when no rule has
 * it. The reply is the rpc's, a common.v1.Blob (or TS_ENOTFOUND).
 */
struct http_rule;
struct gql_http {
    struct gql_rpc rpc;
    bool post; /* it answers POST, and nothing else */
    /* The arguments that a cookie, a header and the body fill, and no other way does; NULL: none. */
    const char *cookie, *header, *body;
    const struct http_rule *rule;
};
bool gql_http_match(struct gql_schema *schema, struct ts_arena *arena, const char *path, size_t path_size,
                    struct gql_http *ret_http);

/*
 * What the request's query or form says; names that are no arguments are skipped. `value` (not copied, nor by the next)
 * lives as long as the arena. Return: false when it was said before.
 */
bool gql_http_fill(const struct gql_http *http, const char *name, const char *value);

/* The value of one of those arguments; NULL: there is none. */
void gql_http_fill_own(const struct gql_http *http, const char *name, const char *value);

/* How often a plan was found in the cache, for metrics. */
struct gql_stats {
    unsigned long plans_hit, plans_missed;
};
void gql_schema_stats(const struct gql_schema *schema, struct gql_stats *ret_stats);

#endif
