/*
 * What the rule directives of rules.graphql became: each object field bound to protobuf descriptors. Made once at
 * start, where everything that does not fit is reported; execution only follows pointers.
 */
#ifndef GRAPHQL_RULES_H
#define GRAPHQL_RULES_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "graphql/type/schema.h"

/* Steps through messages to a value. At most one step is repeated: the value is then a list. */
struct path {
    const ProtobufCFieldDescriptor **steps;
    unsigned count; /* 0: the message itself */
    bool repeated;
};

/* A GraphQL enum and a proto enum, joined by name. */
struct enum_map {
    struct enum_map *next;
    const ProtobufCEnumDescriptor *descriptor;
    unsigned count;
    int *numbers; /* by index of the type's values */
};

struct input_map;

enum { FRESHNESS_INHERITED = -1 };

/* @cacheControl */
struct freshness {
    int max_age_s; /* INHERITED: says nothing */
    bool is_private;
};

/* An argument or input field and the proto field that it fills. */
struct input_binding {
    const ProtobufCFieldDescriptor *field; /* NULL: idempotencyKey, which goes to the call */
    const struct enum_map *enum_map;
    const struct input_map *input_map;
};

/* An input object and a message. */
struct input_map {
    struct input_map *next;
    const ProtobufCMessageDescriptor *descriptor;
    struct input_binding *bindings; /* by index of the type's inputs */
};

/* @subscribe: what makes a subscription field be read again. */
enum { SUBSCRIBE_EVENTS_MAX = 4 };

struct subscribe_rule {
    const ProtobufCMessageDescriptor *events[SUBSCRIBE_EVENTS_MAX + 1]; /* ends with NULL */
    const ProtobufCFieldDescriptor *keys[SUBSCRIBE_EVENTS_MAX];         /* a string of each */
    int argument;                                                       /* whose value the key is; -1: see `value` */
    struct path value;                                                  /* from the reply */
    const ProtobufCFieldDescriptor *cursor_in, *cursor_out;             /* of request and reply; NULL: a state */
};

enum rule_kind { RULE_PLAIN, RULE_MONEY, RULE_RPC, RULE_JOIN, RULE_NODES };

enum join_shape {
    JOIN_ONE,   /* one key, one item */
    JOIN_VALUE, /* one key, one item whose value is a list */
    JOIN_GROUP, /* one key, a list of all its items */
    JOIN_KEYS,  /* many keys, a list of their items */
};

/* Bits of rule.grants and type.grants, by common.v1.Grant.Kind. */
enum { GRANT_PUBLIC = 1 << 1, GRANT_BUYER = 1 << 2, GRANT_STAFF = 1 << 3 };

struct rule {
    enum rule_kind kind;
    unsigned grants;
    unsigned weight, list_size; /* @cost */
    struct freshness freshness; /* its type's applied */
    struct path value;          /* from the parent (PLAIN), the reply (RPC) or the item (JOIN) */
    const struct enum_map *enum_map;

    /* RPC and JOIN */
    const ProtobufCServiceDescriptor *service;
    unsigned method_index;
    const ProtobufCMessageDescriptor *request, *reply;
    const char *operation;          /* "createEvent", "Event.venue" */
    struct input_binding *bindings; /* by index of the field's arguments */
    const struct input_map *spread; /* the single argument `input` fills the request itself */
    const ProtobufCFieldDescriptor *clear;
    const ProtobufCFieldDescriptor *request_grant, *reply_grant;
    const ProtobufCFieldDescriptor *refusals; /* of the reply, where the field's own type does not show them */

    /* JOIN */
    enum join_shape shape;
    struct path key;
    const ProtobufCFieldDescriptor *keys, *items;
    struct path by;
    const ProtobufCFieldDescriptor *item_grant; /* @node */
    const char *ahead;                          /* what rpcs that bring its items along call them; NULL: none does */

    /* MONEY */
    const ProtobufCFieldDescriptor *minor, *currency;

    /* RPC of a Subscription field */
    const struct subscribe_rule *subscribe;
};

/* @node: ids with this prefix are this type's. */
struct node_rule {
    const char *prefix;
    struct rule join; /* its key is the id itself */
};

/* @http: "/t/{secret}.svg" answered by a hidden field of Query. */
struct http_rule {
    struct http_rule *next;
    const char *path;
    bool post;
    const char *cookie, *header, *body; /* arguments; NULL: none */
    const struct field *field;
};

/* Bind every object type and field, or report problems. */
void rules_bind(struct gql_schema *schema);

/* The message's member of this name and type, or NULL. */
const ProtobufCFieldDescriptor *rule_member(const ProtobufCMessageDescriptor *message, const char *name,
                                            ProtobufCType type);
/* True if the rpc of a root field can bring the join's items along. */
bool rule_brings(const struct rule *root, const struct rule *join);

/* The proto value of the enum value at `index`; and back: its index or -1. */
int enum_map_index(const struct enum_map *map, int number);

#endif
