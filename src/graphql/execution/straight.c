/*
 * Answers without surprises, which most are: objects, lists and joins of protobuf messages written in one tight
 * recursion, by the ways that planning has chosen. Whatever this does not know (an error, a null where none may stand,
 * a value that its type cannot show) ends it: the object is cut away again, and the long way of write.c writes it, and
 * all that follows, so that no answer is written more than twice.
 */
#include <string.h>

#include "base/json.h"
#include "graphql/execution/execution.h"
#include "tessera/money.h"

enum { STRAIGHT_DEPTH_MAX = 16 }; /* what a fiber's stack holds with ease */

static bool write_object(struct straight *straight, const struct selection *selection, const ProtobufCMessage *message,
                         const Common__Grant *grant);

int straight_exponent(struct straight *straight, const char *currency)
{
    if (!straight->currency || (currency != straight->currency && strcmp(currency, straight->currency) != 0)) {
        straight->exponent = ts_currency_exponent(currency);
        straight->currency = currency;
    }
    return straight->exponent;
}

/* With a comma before it, or without. */
static inline void write_key(struct buf *body, const struct plan_field *field, bool comma)
{
    const char *key = field->key - comma;
    size_t size = field->key_size + comma;
    char *at = body->data + body->size;

    if (body->room - body->size < size + KEY_STEP) {
        buf_add(body, key, size);
        return;
    }
    memcpy(at, key, KEY_STEP);
    for (size_t done = KEY_STEP; done < size; done += KEY_STEP)
        memcpy(at + done, key + done, KEY_STEP);
    body->size += size;
}

static bool write_nothing(struct buf *body, const struct type_ref *type)
{
    if (type->kind == REF_NON_NULL)
        return false;
    buf_add_literal(body, "null");
    return true;
}

static bool write_member(struct buf *body, const struct plan_field *field, const ProtobufCMessage *message)
{
    const void *at = message_member(message, field->member);

    return (at && write_leaf(body, field, at, field->member)) || write_nothing(body, field->field->type);
}

static bool write_string(struct buf *body, const struct plan_field *field, const ProtobufCMessage *message)
{
    const char *const *text = message_member(message, field->member);

    if (!text)
        return write_nothing(body, field->field->type);
    json_write_string(body, *text, strlen(*text));
    return true;
}

static bool write_money(struct straight *straight, const struct plan_field *field, const ProtobufCMessage *money)
{
    const struct rule *rule = field->field->rule;
    const int64_t *minor = message_member(money, rule->minor);
    const char *const *currency = message_member(money, rule->currency);
    int exponent = minor && currency ? straight_exponent(straight, *currency) : -1;
    char text[TS_MONEY_TEXT_SIZE];

    if (exponent < 0)
        return write_nothing(straight->body, field->field->type);
    buf_add_char(straight->body, '"');
    buf_add_string(straight->body, ts_money_spell(*minor, exponent, text));
    buf_add_char(straight->body, '"');
    return true;
}

static bool write_message(struct straight *straight, const struct plan_field *field, const ProtobufCMessage *message,
                          const Common__Grant *grant)
{
    const struct selection *selection = message ? selection_for(field, &message) : NULL;

    return selection && write_object(straight, selection, message, grant);
}

/* The first `count` steps of a path. Return: NULL when one of them is not set. */
static const ProtobufCMessage *follow(const struct path *path, unsigned count, const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < count && message; i++)
        message = message_child(message, path->steps[i]);
    return message;
}

static bool write_child(struct straight *straight, const struct plan_field *field, const ProtobufCMessage *parent,
                        const Common__Grant *grant)
{
    const struct path *path = &field->field->rule->value;
    const ProtobufCMessage *message = follow(path, path->count, parent);

    return message ? write_message(straight, field, message, grant) : write_nothing(straight->body, field->field->type);
}

static bool write_children(struct straight *straight, const struct plan_field *field, const ProtobufCMessage *parent,
                           const Common__Grant *grant)
{
    const struct path *path = &field->field->rule->value;
    const ProtobufCMessage *message = follow(path, path->count - 1, parent);
    const void *elements;
    size_t count;

    if (!message)
        return write_nothing(straight->body, field->field->type);
    count = message_list(message, path->steps[path->count - 1], &elements);
    buf_add_char(straight->body, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_char(straight->body, ',');
        if (!write_message(straight, field, ((const ProtobufCMessage *const *)elements)[i], grant))
            return false;
    }
    buf_add_char(straight->body, ']');
    return true;
}

static bool write_item_leaf(struct straight *straight, const struct plan_field *field, const ProtobufCMessage *item)
{
    const struct path *path = &field->field->rule->value;
    const ProtobufCFieldDescriptor *end = path->steps[path->count - 1];
    const ProtobufCMessage *message = follow(path, path->count - 1, item);
    const void *at = message ? message_member(message, end) : NULL;

    return (at && write_leaf(straight->body, field, at, end)) || write_nothing(straight->body, field->field->type);
}

static const Common__Grant *item_grant(const struct rule *rule, const struct batch_item *item,
                                       const Common__Grant *grant)
{
    return rule->item_grant ? (const Common__Grant *)message_child(item->message, rule->item_grant) : grant;
}

/* All items of one key. */
static bool write_group(struct straight *straight, const struct plan_field *field, const struct batch_item *item,
                        const Common__Grant *grant)
{
    const struct rule *rule = field->field->rule;
    bool comma = false;

    buf_add_char(straight->body, '[');
    for (; item; item = item->next) {
        const ProtobufCMessage *message = follow(&rule->value, rule->value.count, item->message);

        if (!message)
            continue;
        if (comma)
            buf_add_char(straight->body, ',');
        comma = true;
        if (!write_message(straight, field, message, item_grant(rule, item, grant)))
            return false;
    }
    buf_add_char(straight->body, ']');
    return true;
}

static bool write_join(struct straight *straight, const struct plan_field *field, const ProtobufCMessage *parent,
                       const Common__Grant *grant)
{
    const struct rule *rule = field->field->rule;
    struct batch *batch = batch_of(straight->execution, field, rule, grant);
    const struct batch_item *item;
    struct found key;

    if (!batch || batch_rpc(batch)->error || !batch_rpc(batch)->reply || reply_refusal(rule, batch_rpc(batch)->reply))
        return false;
    path_find(straight->execution->arena, &rule->key, parent, &key);
    if (!key.at)
        return false;
    item = batch_find(batch, found_string(&key));
    if (field->way == WAY_JOINED_GROUP)
        return write_group(straight, field, item, grant);
    if (!item)
        return field->way != WAY_JOINED_LIST && write_nothing(straight->body, field->field->type);
    if (field->way == WAY_JOINED_LEAF)
        return write_item_leaf(straight, field, item->message);
    grant = item_grant(rule, item, grant);
    return field->way == WAY_JOINED ? write_child(straight, field, item->message, grant)
                                    : write_children(straight, field, item->message, grant);
}

static bool write_field(struct straight *straight, const struct selection *selection, const struct plan_field *field,
                        const ProtobufCMessage *message, const Common__Grant *grant)
{
    if (field->way != WAY_NAME && (field->way == WAY_LONG || !grant_allows(grant, field->field->rule->grants)))
        return false;
    switch (field->way) {
    case WAY_STRING:
        return write_string(straight->body, field, message);
    case WAY_MEMBER:
        return write_member(straight->body, field, message);
    case WAY_MONEY:
        return write_money(straight, field, message);
    case WAY_OBJECT:
        return write_child(straight, field, message, grant);
    case WAY_OBJECTS:
        return write_children(straight, field, message, grant);
    case WAY_NAME:
        json_write_string(straight->body, selection->type->name, strlen(selection->type->name));
        return true;
    default:
        return write_join(straight, field, message, grant);
    }
}

static bool write_fields(struct straight *straight, const struct selection *selection, const ProtobufCMessage *message,
                         const Common__Grant *grant)
{
    bool comma = false;

    buf_add_char(straight->body, '{');
    for (unsigned i = 0; i < selection->count; i++) {
        const struct plan_field *field = &selection->fields[i];

        if (!execution_includes(straight->execution, field))
            continue;
        execution_step(straight->execution);
        write_key(straight->body, field, comma);
        comma = true;
        if (!write_field(straight, selection, field, message, grant))
            return false;
    }
    buf_add_char(straight->body, '}');
    return true;
}

static bool write_object(struct straight *straight, const struct selection *selection, const ProtobufCMessage *message,
                         const Common__Grant *grant)
{
    bool done;

    if (straight->depth == STRAIGHT_DEPTH_MAX || ++straight->object_count > straight->execution->schema->limits.objects)
        return false;
    straight->depth++;
    done = write_fields(straight, selection, message, grant);
    straight->depth--;
    return done;
}

bool write_straight(struct straight *straight, const struct selection *selection, const ProtobufCMessage *message,
                    const Common__Grant *grant)
{
    size_t start = straight->body->size;
    unsigned count = straight->object_count;

    if (straight->off || straight->execution->orders || straight->execution->nulls)
        return false;
    straight->object_count--; /* the caller has counted it */
    if (write_object(straight, selection, message, grant))
        return true;
    straight->off = true;
    straight->object_count = count;
    buf_cut(straight->body, start);
    return false;
}
