/*
 * Binding rules to descriptors. One binder walks all object types: their message, their grants, then each field by its
 * directive. Every problem is reported with its place and binding goes on, so that one start shows them all.
 */
#include "graphql/rules.h"

#include <stdlib.h>
#include <string.h>

#include "graphql/rules_inside.h"

const char *string_argument(const struct node *directive, const char *name)
{
    const struct node *value = node_argument(directive, name);

    return value && value->kind == NODE_STRING ? value->text : NULL;
}

/* "startsAt" to "starts_at". */
static const char *snake(struct ts_arena *arena, const char *camel)
{
    char *text = ts_alloc(arena, strlen(camel) * 2 + 1), *at = text;

    for (; *camel; camel++) {
        if (*camel >= 'A' && *camel <= 'Z') {
            *at++ = '_';
            *at++ = (char)(*camel - 'A' + 'a');
        } else {
            *at++ = *camel;
        }
    }
    return text;
}

static void gather_message(struct binder *binder, const ProtobufCMessageDescriptor *message)
{
    if (table_add(&binder->messages, message->name, (void *)message))
        return;
    for (unsigned i = 0; i < message->n_fields; i++) {
        if (message->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            gather_message(binder, message->fields[i].descriptor);
    }
}

static void gather_messages(struct binder *binder)
{
    const ProtobufCServiceDescriptor *const *service = binder->schema->services;

    for (; service && *service; service++) {
        for (unsigned i = 0; i < (*service)->n_methods; i++) {
            gather_message(binder, (*service)->methods[i].input);
            gather_message(binder, (*service)->methods[i].output);
        }
    }
}

/* Enums and inputs. */

/* The number of GraphQL value `name`: the same name, or with the enum's own name in front (ORDER_STATUS_PAID). */
static const ProtobufCEnumValue *find_enum_value(struct binder *binder, const ProtobufCEnumDescriptor *descriptor,
                                                 const char *name)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value_by_name(descriptor, name);
    char *prefixed, *at;

    if (value)
        return value;
    prefixed = ts_printf(binder->arena, "%s_%s", snake(binder->arena, descriptor->short_name) + 1, name);
    for (at = prefixed; *at; at++) {
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    }
    return protobuf_c_enum_descriptor_get_value_by_name(descriptor, prefixed);
}

static const struct enum_map *bind_enum(struct binder *binder, struct place place, struct type *type,
                                        const ProtobufCEnumDescriptor *descriptor)
{
    struct enum_map *map = type->enum_maps;

    while (map && map->descriptor != descriptor)
        map = map->next;
    if (map)
        return map;
    map = TS_NEW(binder->arena, struct enum_map);
    *map = (struct enum_map){ type->enum_maps, descriptor, type->value_count,
                              TS_NEW_ARRAY(binder->arena, int, type->value_count) };
    type->enum_maps = map;
    for (unsigned i = 0; i < type->value_count; i++) {
        const ProtobufCEnumValue *value = find_enum_value(binder, descriptor, type->values[i].name);

        if (value)
            map->numbers[i] = value->value;
        else
            problem(binder, place, "enum %s has no value %s of %s", descriptor->name, type->values[i].name, type->name);
    }
    return map;
}

int enum_map_index(const struct enum_map *map, int number)
{
    for (unsigned i = 0; i < map->count; i++) {
        if (map->numbers[i] == number)
            return (int)i;
    }
    return -1;
}

static bool scalar_fits(enum scalar_kind scalar, ProtobufCType type)
{
    switch (scalar) {
    case SCALAR_INT:
        return type <= PROTOBUF_C_TYPE_FIXED64;
    case SCALAR_DATE_TIME:
        return type == PROTOBUF_C_TYPE_INT64;
    case SCALAR_FLOAT:
        return type == PROTOBUF_C_TYPE_DOUBLE || type == PROTOBUF_C_TYPE_FLOAT;
    case SCALAR_BOOLEAN:
        return type == PROTOBUF_C_TYPE_BOOL;
    default:
        return type == PROTOBUF_C_TYPE_STRING;
    }
}

static const struct input_map *bind_inputs(struct binder *binder, struct place place, struct type *type,
                                           const ProtobufCMessageDescriptor *message, bool request);

/* True if a value of named type `type` may fill or show proto field `field`; maps are made on the way. */
static bool named_fits(struct binder *binder, struct place place, struct type *type,
                       const ProtobufCFieldDescriptor *field, struct input_binding *ret_binding)
{
    switch (type->kind) {
    case TYPE_SCALAR:
        return scalar_fits(type->scalar, field->type);
    case TYPE_ENUM:
        if (field->type != PROTOBUF_C_TYPE_ENUM)
            return false;
        ret_binding->enum_map = bind_enum(binder, place, type, field->descriptor);
        return true;
    case TYPE_INPUT:
        if (field->type != PROTOBUF_C_TYPE_MESSAGE)
            return false;
        ret_binding->input_map = bind_inputs(binder, place, type, field->descriptor, /* request= */ false);
        return true;
    case TYPE_OBJECT:
        return field->type == PROTOBUF_C_TYPE_MESSAGE && (!type->message || field->descriptor == type->message);
    default:
        return field->type == PROTOBUF_C_TYPE_MESSAGE;
    }
}

/* 0 for T, 1 for [T], 2 for [[T]]. */
static unsigned list_depth(const struct type_ref *ref)
{
    unsigned depth = 0;

    for (; ref; ref = ref->of)
        depth += ref->kind == REF_LIST;
    return depth;
}

static const ProtobufCFieldDescriptor *find_field(struct binder *binder, const ProtobufCMessageDescriptor *message,
                                                  const char *name, const struct type *type)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message, name);

    if (!field && type->kind == TYPE_SCALAR && type->scalar == SCALAR_DATE_TIME)
        field = protobuf_c_message_descriptor_get_field_by_name(message, ts_printf(binder->arena, "%s_ms", name));
    return field;
}

static struct input_binding bind_input(struct binder *binder, const struct input_value *input,
                                       const ProtobufCMessageDescriptor *message, bool request)
{
    const char *renamed = string_argument(node_directive(input->node, "field"), "name");
    const char *name = renamed ? renamed : snake(binder->arena, input->name);
    struct input_binding binding = { .field = find_field(binder, message, name, input->type->type) };

    if (!binding.field) {
        if (!request || strcmp(input->name, "idempotencyKey") != 0)
            problem(binder, input->place, "%s: message %s has no field \"%s\"", input->name, message->name, name);
        return binding;
    }
    if (list_depth(input->type) != (binding.field->label == PROTOBUF_C_LABEL_REPEATED) ||
        !named_fits(binder, input->place, input->type->type, binding.field, &binding))
        problem(binder, input->place, "%s: type %s does not fit field \"%s\" of message %s", input->name,
                type_ref_print(binder->arena, input->type), name, message->name);
    return binding;
}

static const struct input_map *bind_inputs(struct binder *binder, struct place place, struct type *type,
                                           const ProtobufCMessageDescriptor *message, bool request)
{
    struct input_map *map = type->input_maps;

    (void)place;
    while (map && map->descriptor != message)
        map = map->next;
    if (map)
        return map;
    map = TS_NEW(binder->arena, struct input_map);
    *map = (struct input_map){ type->input_maps, message,
                               TS_NEW_ARRAY(binder->arena, struct input_binding, type->input_count) };
    type->input_maps = map; /* before its fields: input types may nest in themselves */
    for (unsigned i = 0; i < type->input_count; i++)
        map->bindings[i] = bind_input(binder, &type->inputs[i], message, request);
    return map;
}

/* Paths. */

bool bind_path(struct binder *binder, struct place place, const ProtobufCMessageDescriptor *message, const char *text,
               const struct type *type, struct path *ret_path)
{
    char *rest = ts_strdup(binder->arena, text), *word;
    struct path path = { .steps = TS_NEW_ARRAY(binder->arena, const ProtobufCFieldDescriptor *, strlen(text) / 2 + 1) };

    while ((word = strsep(&rest, "."))) {
        const ProtobufCFieldDescriptor *field = message ? find_field(binder, message, word, type) : NULL;

        if (!field) {
            problem(binder, place, "message %s has no field \"%s\"", message ? message->name : "(none)", word);
            return false;
        }
        if (field->label == PROTOBUF_C_LABEL_REPEATED && path.repeated) {
            problem(binder, place, "\"%s\" steps through two repeated fields", text);
            return false;
        }
        path.repeated |= field->label == PROTOBUF_C_LABEL_REPEATED;
        path.steps[path.count++] = field;
        message = field->type == PROTOBUF_C_TYPE_MESSAGE ? field->descriptor : NULL;
    }
    *ret_path = path;
    return true;
}

const ProtobufCFieldDescriptor *path_end(const struct path *path)
{
    return path->count ? path->steps[path->count - 1] : NULL;
}

/* The field's type against what its rule finds: the end of `path`, or the message itself when the path is empty. */
static void check_value(struct binder *binder, const struct field *field, struct rule *rule,
                        const ProtobufCMessageDescriptor *message, bool is_list)
{
    const ProtobufCFieldDescriptor *end = path_end(&rule->value);
    struct type *type = field->type->type;
    struct input_binding maps = { 0 };
    bool fits;

    if (end)
        fits = named_fits(binder, field->place, type, end, &maps);
    else
        fits = type_is_abstract(type) || (type->kind == TYPE_OBJECT && (!type->message || type->message == message));
    if (!fits || list_depth(field->type) != is_list)
        problem(binder, field->place, "%s.%s: type %s does not fit %s%s \"%s\" of message %s", field->parent->name,
                field->name, type_ref_print(binder->arena, field->type), is_list ? "the list " : "",
                end ? "field" : "the whole", end ? end->name : "", message->name);
    rule->enum_map = maps.enum_map;
}

/* Rpcs. */

static bool bind_method(struct binder *binder, struct place place, const char *method, struct rule *rule)
{
    const ProtobufCServiceDescriptor *const *service = binder->schema->services;
    const char *dot = method ? strchr(method, '.') : NULL;

    for (; dot && service && *service; service++) {
        if (strlen((*service)->short_name) != (size_t)(dot - method) ||
            strncmp((*service)->short_name, method, (size_t)(dot - method)) != 0)
            continue;
        for (unsigned i = 0; i < (*service)->n_methods; i++) {
            if (strcmp((*service)->methods[i].name, dot + 1) != 0)
                continue;
            rule->service = *service;
            rule->method_index = i;
            rule->request = (*service)->methods[i].input;
            rule->reply = (*service)->methods[i].output;
            return true;
        }
    }
    problem(binder, place, "there is no rpc \"%s\"", method ? method : "");
    return false;
}

/* A field of common.v1.Grant called `grant`, or NULL. */
static const ProtobufCFieldDescriptor *grant_field(const ProtobufCMessageDescriptor *message)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message, "grant");

    if (!field || field->type != PROTOBUF_C_TYPE_MESSAGE || field->label == PROTOBUF_C_LABEL_REPEATED)
        return NULL;
    return strcmp(((const ProtobufCMessageDescriptor *)field->descriptor)->name, "common.v1.Grant") == 0 ? field : NULL;
}

static bool shows_refusals(const struct type *type)
{
    for (unsigned i = 0; i < type->field_count; i++) {
        const char *name = string_argument(node_directive(type->fields[i].node, "field"), "name");

        if (strcmp(name ? name : type->fields[i].name, "refusals") == 0)
            return true;
    }
    return false;
}

static void bind_arguments(struct binder *binder, const struct field *field, struct rule *rule)
{
    const ProtobufCFieldDescriptor *clear;
    struct type *input;

    rule->request_grant = grant_field(rule->request);
    clear = protobuf_c_message_descriptor_get_field_by_name(rule->request, "clear");
    if (clear && clear->type == PROTOBUF_C_TYPE_STRING && clear->label == PROTOBUF_C_LABEL_REPEATED)
        rule->clear = clear;
    input = field->argument_count == 1 ? field->arguments[0].type->type : NULL;
    if (input && input->kind == TYPE_INPUT && strcmp(field->arguments[0].name, "input") == 0) {
        rule->spread = bind_inputs(binder, field->place, input, rule->request, /* request= */ true);
        return;
    }
    rule->bindings = TS_NEW_ARRAY(binder->arena, struct input_binding, field->argument_count);
    for (unsigned i = 0; i < field->argument_count; i++)
        rule->bindings[i] = bind_input(binder, &field->arguments[i], rule->request, /* request= */ true);
}

/* A list whose items are responses, one each. */
static bool is_stream(const struct field *field)
{
    return node_argument(node_directive(field->node, "subscribe"), "cursor") != NULL;
}

static void bind_rpc(struct binder *binder, const struct field *field, const struct node *directive, struct rule *rule)
{
    const char *reply = string_argument(directive, "reply");

    rule->kind = RULE_RPC;
    rule->weight = 1;
    if (!bind_method(binder, field->place, string_argument(directive, "method"), rule))
        return;
    rule->operation = field->name;
    rule->reply_grant = grant_field(rule->reply);
    bind_arguments(binder, field, rule);
    if (reply && !bind_path(binder, field->place, rule->reply, reply, field->type->type, &rule->value))
        return;
    rule->refusals = protobuf_c_message_descriptor_get_field_by_name(rule->reply, "refusals");
    if (!reply && shows_refusals(field->type->type))
        rule->refusals = NULL;
    if (!field->hidden) /* @http: the reply is the answer, the field's type says nothing */
        check_value(binder, field, rule, rule->reply, rule->value.repeated && !is_stream(field));
}

bool is_string(const ProtobufCFieldDescriptor *field)
{
    return field && field->type == PROTOBUF_C_TYPE_STRING;
}

/* keys, items and by: what @join and @node have in common. */
static bool bind_batch(struct binder *binder, struct place place, const struct node *directive, struct rule *rule)
{
    const char *keys = string_argument(directive, "keys"), *items = string_argument(directive, "items");
    const char *by = string_argument(directive, "by");
    const struct type *text = schema_type(binder->schema, "String");

    rule->kind = RULE_JOIN;
    rule->weight = 1;
    if (!bind_method(binder, place, string_argument(directive, "method"), rule))
        return false;
    rule->keys = protobuf_c_message_descriptor_get_field_by_name(rule->request, keys ? keys : "");
    rule->items = protobuf_c_message_descriptor_get_field_by_name(rule->reply, items ? items : "");
    if (!is_string(rule->keys) || rule->keys->label != PROTOBUF_C_LABEL_REPEATED) {
        problem(binder, place, "message %s has no repeated string \"%s\"", rule->request->name, keys ? keys : "");
        return false;
    }
    if (!rule->items || rule->items->type != PROTOBUF_C_TYPE_MESSAGE ||
        rule->items->label != PROTOBUF_C_LABEL_REPEATED) {
        problem(binder, place, "message %s has no repeated message \"%s\"", rule->reply->name, items ? items : "");
        return false;
    }
    if (!bind_path(binder, place, rule->items->descriptor, by ? by : "", text, &rule->by))
        return false;
    if (!is_string(path_end(&rule->by)) || rule->by.repeated) {
        problem(binder, place, "\"%s\" is no string", by);
        return false;
    }
    return true;
}

static void bind_join(struct binder *binder, const struct field *field, const struct node *directive, struct rule *rule)
{
    const char *key = string_argument(directive, "key"), *value = string_argument(directive, "value");
    bool is_list = list_depth(field->type) > 0;

    if (!bind_batch(binder, field->place, directive, rule) || !field->parent->message)
        return;
    rule->operation = ts_printf(binder->arena, "%s.%s", field->parent->name, field->name);
    bind_arguments(binder, field, rule);
    if (!bind_path(binder, field->place, field->parent->message, key ? key : "", schema_type(binder->schema, "String"),
                   &rule->key))
        return;
    if (!is_string(path_end(&rule->key)))
        problem(binder, field->place, "%s.%s: the key \"%s\" is no string", field->parent->name, field->name, key);
    if (value && !bind_path(binder, field->place, rule->items->descriptor, value, field->type->type, &rule->value))
        return;
    rule->refusals = protobuf_c_message_descriptor_get_field_by_name(rule->reply, "refusals");
    rule->shape = rule->key.repeated ? JOIN_KEYS : rule->value.repeated ? JOIN_VALUE : is_list ? JOIN_GROUP : JOIN_ONE;
    if ((rule->shape == JOIN_GROUP || rule->shape == JOIN_KEYS) && path_end(&rule->value) &&
        path_end(&rule->value)->type != PROTOBUF_C_TYPE_MESSAGE)
        problem(binder, field->place, "%s.%s: a list of items' values must be one of messages", field->parent->name,
                field->name);
    bind_ahead(binder, field, directive, rule);
    if (rule->key.repeated && rule->value.repeated)
        problem(binder, field->place, "%s.%s: key and value are both lists", field->parent->name, field->name);
    check_value(binder, field, rule, rule->items->descriptor, rule->shape != JOIN_ONE);
}

static void bind_money(struct binder *binder, const struct field *field, struct rule *rule)
{
    const ProtobufCMessageDescriptor *message = field->parent->message;

    rule->kind = RULE_MONEY;
    if (strcmp(message->name, "common.v1.Money") != 0) {
        problem(binder, field->place, "%s.%s: @money needs a common.v1.Money, not %s", field->parent->name, field->name,
                message->name);
        return;
    }
    rule->minor = protobuf_c_message_descriptor_get_field_by_name(message, "minor");
    rule->currency = protobuf_c_message_descriptor_get_field_by_name(message, "currency");
    if (field->type->type->kind != TYPE_SCALAR || list_depth(field->type))
        problem(binder, field->place, "%s.%s: @money is one decimal", field->parent->name, field->name);
}

static void bind_plain(struct binder *binder, const struct field *field, struct rule *rule)
{
    const char *renamed = string_argument(node_directive(field->node, "field"), "name");
    const char *name = renamed ? renamed : snake(binder->arena, field->name);

    rule->kind = RULE_PLAIN;
    if (field->argument_count)
        problem(binder, field->place, "%s.%s: a plain field has no use for arguments", field->parent->name,
                field->name);
    if (bind_path(binder, field->place, field->parent->message, name, field->type->type, &rule->value))
        check_value(binder, field, rule, field->parent->message, rule->value.repeated);
}

static void bind_nodes(struct binder *binder, const struct field *field, struct rule *rule)
{
    const char *argument = list_depth(field->type) ? "ids" : "id";

    rule->kind = RULE_NODES;
    rule->weight = 1;
    rule->operation = field->name;
    if (!type_is_abstract(field->type->type) || list_depth(field->type) > 1)
        problem(binder, field->place, "@nodes is for an interface or a list of it");
    if (field->argument_count != 1 || strcmp(field->arguments[0].name, argument) != 0)
        problem(binder, field->place, "@nodes needs the argument %s alone", argument);
}

/* Grants, types, everything. */

static unsigned grants_of(const struct node *node)
{
    const struct node *grants = node_argument(node_directive(node, "allow"), "grants");
    unsigned bits = 0;

    for (const struct node *grant = grants ? grants->children : NULL; grant; grant = grant->next) {
        if (grant->kind != NODE_ENUM)
            continue;
        bits |= strcmp(grant->name, "PUBLIC") == 0  ? GRANT_PUBLIC | GRANT_BUYER | GRANT_STAFF
                : strcmp(grant->name, "BUYER") == 0 ? GRANT_BUYER
                                                    : GRANT_STAFF;
    }
    return bits;
}

static void bind_cost(const struct node *directive, struct rule *rule)
{
    const struct node *weight = node_argument(directive, "weight"), *list = node_argument(directive, "list");

    if (weight && weight->kind == NODE_INT)
        rule->weight = (unsigned)strtoul(weight->text, NULL, 10);
    if (list && list->kind == NODE_INT)
        rule->list_size = (unsigned)strtoul(list->text, NULL, 10);
}

bool is_root(const struct gql_schema *schema, const struct type *type)
{
    return type == schema->roots[0] || type == schema->roots[1] || type == schema->roots[2];
}

const struct node *type_directive(const struct type *type, const char *name)
{
    for (const struct type_part *part = type->parts; part; part = part->next) {
        const struct node *directive = node_directive(part->node, name);

        if (directive)
            return directive;
    }
    return NULL;
}

static void bind_field_grants(struct binder *binder, const struct field *field, struct rule *rule)
{
    bool own = node_directive(field->node, "allow") != NULL;

    rule->grants = own ? grants_of(field->node) : field->parent->grants;
    if (!rule->grants)
        problem(binder, field->place, "%s.%s: nothing says who may see it (@allow)", field->parent->name, field->name);
    if (is_root(binder->schema, field->parent) && rule->grants == GRANT_BUYER)
        problem(binder, field->place, "%s.%s: BUYER alone means nothing on a root field", field->parent->name,
                field->name);
}

static void bind_http(struct binder *binder, struct field *field, const struct node *directive)
{
    struct http_rule *rule = TS_NEW(binder->arena, struct http_rule);
    const char *path = string_argument(directive, "path");

    if (!path || path[0] != '/') {
        problem(binder, field->place, "%s: @http needs a path", field->name);
        return;
    }
    if (field->rule->kind != RULE_RPC || !field->rule->reply ||
        strcmp(field->rule->reply->name, "common.v1.Blob") != 0 || !(field->rule->grants & GRANT_PUBLIC))
        problem(binder, field->place, "%s: @http needs an rpc that answers common.v1.Blob to PUBLIC", field->name);
    *rule = (struct http_rule){ binder->schema->http_rules, path, field };
    binder->schema->http_rules = rule;
}

static void bind_field(struct binder *binder, struct field *field)
{
    struct rule *rule = TS_NEW(binder->arena, struct rule);
    const struct node *directive;

    field->rule = rule;
    if ((directive = node_directive(field->node, "rpc")))
        bind_rpc(binder, field, directive, rule);
    else if (node_directive(field->node, "nodes"))
        bind_nodes(binder, field, rule);
    else if (is_root(binder->schema, field->parent))
        problem(binder, field->place, "%s.%s: a root field needs @rpc or @nodes", field->parent->name, field->name);
    else if ((directive = node_directive(field->node, "join")))
        bind_join(binder, field, directive, rule);
    else if (!field->parent->message)
        return; /* reported with the type */
    else if (node_directive(field->node, "money"))
        bind_money(binder, field, rule);
    else
        bind_plain(binder, field, rule);
    bind_cost(node_directive(field->node, "cost"), rule);
    bind_freshness(binder, field, rule);
    bind_field_grants(binder, field, rule);
    if ((directive = node_directive(field->node, "http")))
        bind_http(binder, field, directive);
    directive = node_directive(field->node, "subscribe");
    if (directive || field->parent == binder->schema->roots[OPERATION_SUBSCRIPTION])
        bind_subscribe(binder, field, directive, rule);
}

static void bind_message(struct binder *binder, struct type *type)
{
    const char *said = string_argument(type_directive(type, "message"), "name");
    const char *name = said ? said : type->name;
    const char *package = type->place.source->package;

    if (!strchr(name, '.'))
        name = ts_printf(binder->arena, "%s.%s", package ? package : "", name);
    type->message = table_find(&binder->messages, name);
    if (!type->message)
        problem(binder, type->place, "type %s: there is no message %s in any rpc", type->name, name);
}

static void bind_node_rule(struct binder *binder, struct type *type, const struct node *directive)
{
    struct node_rule *rule = TS_NEW(binder->arena, struct node_rule);

    rule->prefix = string_argument(directive, "prefix");
    if (!rule->prefix || !bind_batch(binder, type->place, directive, &rule->join))
        return;
    rule->join.operation = ts_printf(binder->arena, "node.%s", type->name);
    rule->join.shape = JOIN_ONE;
    rule->join.item_grant = grant_field(rule->join.items->descriptor);
    if (type->message && rule->join.items->descriptor != type->message)
        problem(binder, type->place, "type %s: @node loads %s", type->name,
                ((const ProtobufCMessageDescriptor *)rule->join.items->descriptor)->name);
    type->node_rule = rule;
}

/* Messages and grants of all types come first: fields are checked against them. */
static void bind_type(struct binder *binder, struct type *type)
{
    const struct type_part *part;

    for (part = type->parts; part; part = part->next)
        type->grants |= grants_of(part->node);
    if (!is_root(binder->schema, type))
        bind_message(binder, type);
}

static bool is_bound(const struct type *type)
{
    return type->kind == TYPE_OBJECT && !type->builtin;
}

void rules_bind(struct gql_schema *schema)
{
    struct binder binder = { schema, &schema->arena, { 0 } };

    table_init(&binder.messages, &schema->arena);
    gather_messages(&binder);
    for (unsigned i = 0; i < schema->type_count; i++) {
        if (is_bound(schema->types[i]))
            bind_type(&binder, schema->types[i]);
    }
    for (unsigned i = 0; i < schema->type_count; i++) {
        struct type *type = schema->types[i];
        const struct node *node_directive = is_bound(type) ? type_directive(type, "node") : NULL;

        if (node_directive)
            bind_node_rule(&binder, type, node_directive);
        for (unsigned j = 0; is_bound(type) && j < type->field_count; j++)
            bind_field(&binder, &type->fields[j]);
    }
    for (unsigned i = 0; i < schema->type_count; i++) {
        for (unsigned j = 0; is_bound(schema->types[i]) && j < schema->types[i]->field_count; j++)
            check_ahead(&binder, &schema->types[i]->fields[j]);
    }
}
