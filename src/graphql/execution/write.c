/*
 * The answer as JSON, written straight from protobuf structs in one pass (specification section 6.4.3, value
 * completion). Open objects and lists are frames on a stack of our own. A null that may not stand where it is cuts the
 * buffer back to the innermost place where null may stand.
 */
#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "graphql/execution/execution.h"
#include "tessera/clock.h"
#include "tessera/money.h"

enum { FRAMES_FIRST = 8 };

enum value_kind {
    VALUE_NULL,
    VALUE_ERROR,
    VALUE_LEAF,
    VALUE_MESSAGE,
    VALUE_LIST,
    VALUE_TEXT,
    VALUE_RESOLVED,
};

struct value {
    enum value_kind kind;
    const void *at; /* LEAF: its memory; MESSAGE: it; TEXT: the string; LIST: the elements; RESOLVED: what it is */
    size_t count;   /* LIST */
    const ProtobufCFieldDescriptor *element; /* LEAF and LIST: the memory's type; NULL: pointers to objects */
    const char *failure, *code;              /* ERROR */
    const struct node *failed;               /* ERROR: where, when not at the field */
    unsigned retry_after_s;                  /* ERROR */
    const Common__Grant *grant;              /* of messages below */
};

/* An open object or list. */
struct frame {
    const struct plan_field *field;    /* whose value it is; NULL at the root */
    const struct selection *selection; /* object; NULL: a list */
    struct value value;
    const struct type_ref *item; /* of a list */
    size_t next;                 /* field or item to write */
    size_t start;                /* where it begins in the body */
    bool nullable;               /* null may stand in its place */
    bool comma;
};

struct writer {
    struct execution *execution;
    struct buf *body;
    struct frame *frames;
    unsigned depth, room;
    struct straight straight;
};

static const struct value null_value = { .kind = VALUE_NULL };

static struct value error_value(const char *code, const char *failure)
{
    return (struct value){ .kind = VALUE_ERROR, .code = code, .failure = failure };
}

static struct frame *writer_push(struct writer *writer)
{
    if (writer->depth == writer->room) {
        struct frame *frames = TS_NEW_ARRAY(writer->execution->arena, struct frame, (size_t)writer->room * 2);

        memcpy(frames, writer->frames, writer->room * sizeof(*frames));
        writer->frames = frames;
        writer->room *= 2;
    }
    return &writer->frames[writer->depth++];
}

/* Errors. */

/* The field written at place `at` of an open object. */
static const struct plan_field *frame_field(const struct writer *writer, const struct frame *frame, size_t at)
{
    const unsigned **orders = writer->execution->orders;
    const unsigned *order = orders ? orders[frame->selection->index] : NULL;

    return &frame->selection->fields[order ? order[at] : at];
}

/* ["event","dates",0] of the value being written. */
static const char *writer_path(const struct writer *writer)
{
    struct buf path;
    const char *copy;

    buf_init(&path, 64 << 10);
    for (unsigned i = 0; i < writer->depth; i++) {
        const struct frame *frame = &writer->frames[i];

        buf_add_char(&path, i ? ',' : '[');
        if (frame->selection)
            json_write_string(&path, frame_field(writer, frame, frame->next - 1)->name,
                              strlen(frame_field(writer, frame, frame->next - 1)->name));
        else
            buf_add_int(&path, (int64_t)frame->next - 1);
    }
    buf_add_char(&path, ']');
    copy = ts_strndup(writer->execution->arena, path.data, path.size);
    buf_done(&path);
    return copy;
}

/* The places of a field: each of its occurrences that is left, once. */
static void locate_field(struct execution *execution, const struct plan_field *field, struct error_item *item)
{
    for (const struct occurrence *occurrence = field->occurrences; occurrence; occurrence = occurrence->next) {
        bool again = false;

        for (unsigned i = 0; i < item->offset_count; i++)
            again |= item->offsets[i] == occurrence->node->offset;
        if (!again && condition_holds(execution, occurrence->condition))
            error_locate(item, occurrence->node->offset);
    }
}

/* `failed`: the argument at fault; NULL: the field itself. */
static void writer_error(struct writer *writer, const struct plan_field *field, const struct value *error)
{
    struct execution *execution = writer->execution;
    struct error_item *item;

    if (execution->errors.full)
        return;
    item = error_add(&execution->errors, error->code, "%s", error->failure);
    item->retry_after_s = error->retry_after_s;
    item->path = writer_path(writer);
    if (strcmp(error->code, ERROR_INTERNAL) == 0)
        item->request_id = execution->env->request_id;
    if (error->failed)
        error_locate(item, error->failed->offset);
    else
        locate_field(execution, field, item);
}

/* The value being written is null where null may not stand: the innermost open value that may be null becomes it. */
static void writer_propagate(struct writer *writer)
{
    while (writer->depth) {
        struct frame *frame = &writer->frames[--writer->depth];

        if (!frame->nullable)
            continue;
        buf_cut(writer->body, frame->start);
        buf_add_literal(writer->body, "null");
        return;
    }
}

static void write_null(struct writer *writer, bool nullable)
{
    if (nullable)
        buf_add_literal(writer->body, "null");
    else
        writer_propagate(writer);
}

/* Reading values: each rule's way from the parent to the value. */

static struct value found_value(const struct rule *rule, const struct path *path, const struct found *found,
                                const Common__Grant *grant)
{
    struct value value = { .kind = VALUE_LEAF, .at = found->at, .element = found->element, .grant = grant };

    (void)rule;
    if (!found->at)
        return null_value;
    if (path->repeated) {
        value.kind = VALUE_LIST;
        value.count = found->count;
    } else if (!path->count) {
        value.kind = VALUE_MESSAGE;
    } else if (found->element->type == PROTOBUF_C_TYPE_MESSAGE) {
        value.kind = VALUE_MESSAGE;
        value.at = *(const void *const *)found->at;
    }
    return value;
}

static struct value path_value(struct execution *execution, const struct rule *rule, const ProtobufCMessage *message,
                               const Common__Grant *grant)
{
    struct found found;

    path_find(execution->arena, &rule->value, message, &found);
    return found_value(rule, &rule->value, &found, grant);
}

/* An rpc that failed; NOT_FOUND is null, and an error only where null may not stand. */
static struct value failed_value(const struct gql_rpc *rpc)
{
    const char *code = error_code(rpc->error);
    struct value value;

    if (rpc->error == TS_ENOTFOUND)
        return null_value;
    if (strcmp(code, ERROR_INTERNAL) == 0)
        return error_value(code, "Internal error.");
    value = error_value(code, rpc->failure && *rpc->failure ? rpc->failure : "The request failed.");
    value.retry_after_s = rpc->retry_after_s;
    return value;
}

/* A refusal that the field's type cannot show as data. */
static struct value refused_value(const Common__Refusal *refusal)
{
    const ProtobufCEnumValue *code =
        protobuf_c_enum_descriptor_get_value(&common__error_code__descriptor, refusal->code);

    return error_value(!code || refusal->code == COMMON__ERROR_CODE__INVALID_INPUT ? ERROR_INPUT : code->name,
                       refusal->message ? refusal->message : "Refused.");
}

static struct value rpc_value(struct writer *writer, const struct plan_field *field, const struct root *root)
{
    const struct rule *rule = field->field->rule;
    const Common__Refusal *refusal;
    const Common__Grant *grant = NULL;
    struct value value;

    if (root->failure)
        return (
            struct value){ .kind = VALUE_ERROR, .code = root->code, .failure = root->failure, .failed = root->failed };
    if (root->rpc.error)
        return failed_value(&root->rpc);
    if (!root->rpc.reply)
        return error_value(ERROR_INTERNAL, "Internal error.");
    refusal = reply_refusal(rule, root->rpc.reply);
    if (refusal)
        return refused_value(refusal);
    if (rule->reply_grant)
        grant = (const Common__Grant *)message_child(root->rpc.reply, rule->reply_grant);
    value = path_value(writer->execution, rule, root->rpc.reply, grant);
    if (rule->subscribe && rule->subscribe->cursor_out) {
        assert(value.at);
        value.kind = VALUE_MESSAGE;
        value.at = ((const void *const *)value.at)[writer->execution->stream_item];
    }
    return value;
}

/* One item's value. */
static struct value item_value(struct writer *writer, const struct rule *rule, const struct batch_item *item,
                               const Common__Grant *grant)
{
    if (rule->item_grant && item)
        grant = (const Common__Grant *)message_child(item->message, rule->item_grant);
    return item ? path_value(writer->execution, rule, item->message, grant) : null_value;
}

/* All items of one key. */
static struct value group_value(struct writer *writer, const struct rule *rule, const struct batch_item *items,
                                const Common__Grant *grant)
{
    struct value list = { .kind = VALUE_LIST, .at = "", .grant = grant };
    size_t count = 0;
    const void **elements;

    for (const struct batch_item *item = items; item; item = item->next)
        count++;
    elements = TS_NEW_ARRAY(writer->execution->arena, const void *, count);
    for (const struct batch_item *item = items; item; item = item->next) {
        struct value value = item_value(writer, rule, item, grant);

        if (value.kind != VALUE_MESSAGE && value.kind != VALUE_LEAF)
            continue;
        list.element = value.kind == VALUE_LEAF ? value.element : NULL;
        elements[list.count++] = value.kind == VALUE_LEAF ? *(const void *const *)value.at : value.at;
    }
    list.at = elements;
    return list;
}

/* One item for each key; a key without one is null where items may be null, else it is left out. */
static struct value keys_value(struct writer *writer, const struct plan_field *field, struct batch *batch,
                               const struct found *keys, const Common__Grant *grant)
{
    const struct type_ref *type = type_ref_nullable(field->field->type);
    const void **elements = TS_NEW_ARRAY(writer->execution->arena, const void *, keys->count);
    struct value list = { .kind = VALUE_LIST, .at = elements, .grant = grant };

    for (size_t i = 0; i < keys->count; i++) {
        struct value value =
            item_value(writer, field->field->rule, batch_item(batch, ((const char *const *)keys->at)[i]), grant);

        if (value.kind == VALUE_MESSAGE)
            elements[list.count++] = value.at;
        else if (type->of->kind != REF_NON_NULL)
            elements[list.count++] = NULL;
    }
    return list;
}

static struct value join_value(struct writer *writer, const struct plan_field *field, const ProtobufCMessage *message,
                               const Common__Grant *grant)
{
    const struct rule *rule = field->field->rule;
    struct batch *batch = batch_of(writer->execution, field, rule, grant);
    const struct value empty = { .kind = VALUE_LIST, .at = "" };
    const Common__Refusal *refusal;
    const struct batch_item *item;
    struct value value;
    struct found key;

    path_find(writer->execution->arena, &rule->key, message, &key);
    if (!key.at || !batch)
        return rule->shape == JOIN_ONE ? null_value : empty;
    if (batch->rpc.error)
        return failed_value(&batch->rpc);
    if (!batch->rpc.reply)
        return rule->shape == JOIN_ONE ? null_value : empty;
    refusal = batch->answered ? NULL : reply_refusal(rule, batch->rpc.reply);
    if (refusal)
        return refused_value(refusal);
    if (rule->shape == JOIN_KEYS)
        return keys_value(writer, field, batch, &key, grant);
    item = batch_item(batch, found_string(&key));
    if (rule->shape == JOIN_GROUP)
        return group_value(writer, rule, item, grant);
    value = item_value(writer, rule, item, grant);
    return value.kind == VALUE_NULL && rule->shape == JOIN_VALUE ? empty : value;
}

/* The object with this id, its grant inside. */
static struct value node_value(struct writer *writer, const struct plan_field *field, const struct node *id)
{
    const struct node *value = execution_value(writer->execution, id);
    const struct type *type;
    const struct node_rule *rule =
        value && value->text ? node_rule_of(writer->execution, field, value->text, &type) : NULL;
    struct batch *batch = rule ? batch_of(writer->execution, field, &rule->join, NULL) : NULL;

    if (!batch)
        return null_value;
    if (batch->rpc.error)
        return failed_value(&batch->rpc);
    if (!batch->rpc.reply)
        return null_value;
    return item_value(writer, &rule->join, batch_item(batch, value->text), NULL);
}

static struct value nodes_value(struct writer *writer, const struct plan_field *field)
{
    const struct node *ids = execution_argument(writer->execution, field, 0);
    struct value list = { .kind = VALUE_LIST };
    const void **elements;
    size_t count = 0;

    if (type_ref_nullable(field->field->type)->kind != REF_LIST)
        return node_value(writer, field, ids);
    for (const struct node *id = ids && ids->kind == NODE_LIST ? ids->children : ids; id; id = id->next)
        count++;
    elements = TS_NEW_ARRAY(writer->execution->arena, const void *, count);
    for (const struct node *id = ids && ids->kind == NODE_LIST ? ids->children : ids; id; id = id->next) {
        struct value value = node_value(writer, field, id);

        if (value.kind == VALUE_ERROR)
            return value;
        elements[list.count++] = value.kind == VALUE_MESSAGE ? value.at : NULL;
        if (ids->kind != NODE_LIST)
            break;
    }
    list.at = elements;
    return list;
}

/* What the field's resolver says; arguments that do not fit are told before it is asked. */
static struct value resolved_value(struct writer *writer, const struct frame *frame, const struct plan_field *field)
{
    struct execution *execution = writer->execution;
    unsigned count = field->field->argument_count;
    const struct node **arguments = count ? TS_NEW_ARRAY(execution->arena, const struct node *, count) : NULL;
    struct resolved *value = TS_NEW(execution->arena, struct resolved);
    const struct question question = { execution->schema, execution->arena, field->field, frame->value.at, arguments };
    struct value failure = { .kind = VALUE_ERROR, .code = ERROR_INPUT };

    failure.failure = arguments_problem(execution, field, &failure.failed);
    if (failure.failure)
        return failure;
    for (unsigned i = 0; i < count; i++)
        arguments[i] = execution_argument(execution, field, i);
    field->field->resolve(&question, value);
    return (struct value){ .kind = VALUE_RESOLVED, .at = value };
}

static struct value money_value(struct writer *writer, const struct rule *rule, const ProtobufCMessage *money)
{
    const int64_t *minor = message_member(money, rule->minor);
    const char *const *currency = message_member(money, rule->currency);
    int exponent = minor && currency ? straight_exponent(&writer->straight, *currency) : -1;
    char *text;

    if (exponent < 0)
        return null_value;
    text = ts_alloc(writer->execution->arena, TS_MONEY_TEXT_SIZE);
    (void)ts_money_spell(*minor, exponent, text); /* its length is not asked for */
    return (struct value){ .kind = VALUE_TEXT, .at = text };
}

static struct value field_value(struct writer *writer, const struct frame *frame, const struct plan_field *field)
{
    const struct rule *rule = field->field->rule;

    if (field->field == &writer->execution->schema->meta_typename)
        return (struct value){ .kind = VALUE_TEXT, .at = frame->selection->type->name };
    if (!rule)
        return resolved_value(writer, frame, field);
    if (rule->kind == RULE_NODES)
        return writer->execution->roots[field - frame->selection->fields].failure
                   ? rpc_value(writer, field, &writer->execution->roots[field - frame->selection->fields])
                   : nodes_value(writer, field);
    if (rule->kind == RULE_RPC)
        return rpc_value(writer, field, &writer->execution->roots[field - frame->selection->fields]);
    if (!grant_allows(frame->value.grant, rule->grants))
        return error_value("FORBIDDEN", "You may not see this.");
    if (rule->kind == RULE_JOIN)
        return join_value(writer, field, frame->value.at, frame->value.grant);
    if (rule->kind == RULE_MONEY)
        return money_value(writer, rule, frame->value.at);
    return path_value(writer->execution, rule, frame->value.at, frame->value.grant);
}

/* Writing values. */

static void open_list(struct writer *writer, const struct plan_field *field, const struct type_ref *type,
                      const struct value *value, bool nullable)
{
    struct frame *frame = writer_push(writer);

    *frame = (struct frame){
        .field = field, .value = *value, .item = type->of, .start = writer->body->size, .nullable = nullable
    };
    buf_add_char(writer->body, '[');
}

/* Of @skip or @include, by a variable whose default lets it be nullable. */
static const char condition_null[] = "Argument \"if\" of non-null type \"Boolean!\" must not be null.";

static void open_object(struct writer *writer, const struct plan_field *field, const struct selection *selection,
                        const struct value *value, bool nullable)
{
    struct frame *frame;

    if (!selection || ++writer->straight.object_count > writer->execution->schema->limits.objects) {
        const struct value error = selection ? error_value(ERROR_OBJECTS, "The response has too many objects.")
                                             : error_value(ERROR_INTERNAL, "Internal error.");

        writer_error(writer, field, &error);
        write_null(writer, nullable);
        return;
    }
    if (writer->execution->nulls && writer->execution->nulls[selection->index]) {
        struct value error = error_value(ERROR_INPUT, condition_null);

        error.failed = writer->execution->nulls[selection->index];
        writer_error(writer, field, &error);
        write_null(writer, nullable);
        return;
    }
    if (value->kind == VALUE_MESSAGE && write_straight(&writer->straight, selection, value->at, value->grant))
        return;
    frame = writer_push(writer);
    *frame = (struct frame){
        .field = field, .selection = selection, .value = *value, .start = writer->body->size, .nullable = nullable
    };
    buf_add_char(writer->body, '{');
}

static void open_message(struct writer *writer, const struct plan_field *field, struct value value, bool nullable)
{
    const ProtobufCMessage *message = value.at;
    const struct selection *selection = selection_for(field, &message);

    value.at = message;
    open_object(writer, field, selection, &value, nullable);
}

static const struct selection *resolved_selection(const struct plan_field *field, const struct type *object)
{
    const struct type *type = field->field->type->type;

    for (unsigned i = 0; i < type->possible_count; i++) {
        if (type->possible[i] == object)
            return field->selections[i];
    }
    return NULL;
}

/* Return: false when it is null. */
static bool write_resolved(struct writer *writer, const struct plan_field *field, const struct type_ref *type,
                           const struct resolved *resolved, bool nullable)
{
    const struct value object = { .kind = VALUE_RESOLVED, .at = resolved->at };
    const struct value list = { .kind = VALUE_RESOLVED, .at = resolved->items, .count = resolved->count };

    switch (resolved->kind) {
    case RESOLVED_NULL:
        return false;
    case RESOLVED_TEXT:
        json_write_string(writer->body, resolved->at, strlen(resolved->at));
        break;
    case RESOLVED_INT:
        buf_add_int(writer->body, resolved->integer);
        break;
    case RESOLVED_FLOAT:
        write_double(writer->body, resolved->number);
        break;
    case RESOLVED_BOOLEAN:
        buf_add_string(writer->body, resolved->truth ? "true" : "false");
        break;
    case RESOLVED_OBJECT:
        open_object(writer, field, resolved_selection(field, resolved->type), &object, nullable);
        break;
    case RESOLVED_LIST:
        open_list(writer, field, type, &list, nullable);
        break;
    }
    return true;
}

static void error_missing(struct writer *writer, const struct plan_field *field, const struct field *owner)
{
    const struct value error = error_value(
        ERROR_INTERNAL, ts_printf(writer->execution->arena, "Cannot return null for non-nullable field %s.%s.",
                                  owner->parent ? owner->parent->name : "Query", owner->name));

    writer_error(writer, field, &error);
}

/* CompleteValue: `type` is what the field or list says of this value. */
static void write_value(struct writer *writer, const struct plan_field *field, const struct field *owner,
                        const struct type_ref *type, const struct value *value)
{
    bool nullable = type->kind != REF_NON_NULL;

    type = type_ref_nullable(type);
    switch (value->kind) {
    case VALUE_ERROR:
        writer_error(writer, field, value);
        write_null(writer, nullable);
        return;
    case VALUE_LIST:
        open_list(writer, field, type, value, nullable);
        return;
    case VALUE_MESSAGE:
        open_message(writer, field, *value, nullable);
        return;
    case VALUE_TEXT:
        json_write_string(writer->body, value->at, strlen(value->at));
        return;
    case VALUE_RESOLVED:
        if (write_resolved(writer, field, type, value->at, nullable))
            return;
        break;
    case VALUE_LEAF:
        if (write_leaf(writer->body, field, value->at, value->element))
            return;
        break;
    default:
        break;
    }
    if (!nullable)
        error_missing(writer, field, owner);
    write_null(writer, nullable);
}

static struct value list_item(const struct frame *frame, size_t index)
{
    const struct value *list = &frame->value;
    struct value item = { .kind = VALUE_LEAF, .element = list->element, .grant = list->grant };
    bool pointers = !list->element || list->element->type == PROTOBUF_C_TYPE_MESSAGE;

    if (list->kind == VALUE_RESOLVED)
        return (struct value){ .kind = VALUE_RESOLVED, .at = (const struct resolved *)list->at + index };
    if (!pointers) {
        item.at = (const char *)list->at + index * message_element_size(list->element);
        return item;
    }
    item.at = ((const void *const *)list->at)[index];
    item.kind = item.at ? VALUE_MESSAGE : VALUE_NULL;
    return item;
}

/* Of an item that a node rule loaded: its own grant. */
static void take_item_grant(const struct frame *frame, struct value *item)
{
    const struct rule *rule = frame->field->field->rule;
    const struct type *type = frame->field->field->type->type;
    const ProtobufCMessage *message = item->at;

    if (!rule || rule->kind != RULE_NODES || item->kind != VALUE_MESSAGE)
        return;
    for (unsigned i = 0; i < type->possible_count; i++) {
        const struct node_rule *node = type->possible[i]->node_rule;

        if (type->possible[i]->message == message->descriptor && node && node->join.item_grant)
            item->grant = (const Common__Grant *)message_child(message, node->join.item_grant);
    }
}

static void write_next_item(struct writer *writer, struct frame *frame)
{
    const struct plan_field *field = frame->field;
    struct value item;

    if (frame->next == frame->value.count) {
        buf_add_char(writer->body, ']');
        writer->depth--;
        return;
    }
    if (frame->next)
        buf_add_char(writer->body, ',');
    item = list_item(frame, frame->next++);
    take_item_grant(frame, &item);
    write_value(writer, field, field->field, frame->item, &item);
}

/* A field that is simply a member of its message: most are. Return: false when it is not, or has no such value. */
static bool write_member(struct writer *writer, const struct frame *frame, const struct plan_field *field)
{
    const struct rule *rule = field->field->rule;
    const void *at;

    if (!frame->value.at || !field->member || !grant_allows(frame->value.grant, rule->grants))
        return false;
    at = message_member(frame->value.at, field->member);
    return at && write_leaf(writer->body, field, at, field->member);
}

static void write_next_field(struct writer *writer, struct frame *frame)
{
    const struct plan_field *field;
    struct value value;

    while (frame->next < frame->selection->count &&
           !execution_includes(writer->execution, frame_field(writer, frame, frame->next)))
        frame->next++;
    if (frame->next == frame->selection->count) {
        buf_add_char(writer->body, '}');
        writer->depth--;
        return;
    }
    field = frame_field(writer, frame, frame->next++);
    buf_add(writer->body, field->key + !frame->comma, field->key_size - !frame->comma);
    frame->comma = true;
    if (write_member(writer, frame, field))
        return;
    value = field_value(writer, frame, field);
    write_value(writer, field, field->field, field->field->type, &value);
}

void write_data(struct execution *execution, struct buf *body)
{
    struct writer writer = {
        .execution = execution, .body = body, .room = FRAMES_FIRST, .straight = { .execution = execution, .body = body }
    };
    struct frame *root;

    if (execution->nulls && execution->nulls[execution->plan->root->index]) {
        error_locate(error_add(&execution->errors, ERROR_INPUT, "%s", condition_null),
                     execution->nulls[execution->plan->root->index]->offset);
        buf_add_literal(body, "null");
        return;
    }
    writer.frames = TS_NEW_ARRAY(execution->arena, struct frame, writer.room);
    root = writer_push(&writer);
    *root = (struct frame){ .selection = execution->plan->root, .start = body->size, .nullable = true };
    buf_add_char(body, '{');
    while (writer.depth && !arena_is_spent(execution->arena)) {
        struct frame *frame = &writer.frames[writer.depth - 1];

        execution_step(execution);
        if (frame->selection)
            write_next_field(&writer, frame);
        else
            write_next_item(&writer, frame);
    }
}
