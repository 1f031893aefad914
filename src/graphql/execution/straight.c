/*
 * Answers without surprises, which most are: objects, lists and joins of protobuf messages written in one tight
 * recursion, by the ways that planning has chosen. Whatever this does not know (an error, a null where none may stand,
 * a value that its type cannot show) ends it: the object is cut away again, and the long way of write.c writes it, and
 * all that follows, so that no answer is written more than twice.
 *
 * Each writer takes the place where it writes and returns the place after, which stays in a register; the body's own
 * size is set where something else writes to it. NULL ends it all.
 */
#include <string.h>

#include "base/json.h"
#include "graphql/execution/execution.h"
#include "tessera/clock.h"
#include "tessera/money.h"

enum {
    STRAIGHT_DEPTH_MAX = 16, /* what a fiber's stack holds with ease */
    CHILDREN_MAX = 8,        /* objects in objects, without a list between */
    TIME_LENGTH = sizeof("2030-06-01T18:00:00.000Z") - 1,
};

_Static_assert(VALUE_ROOM >= TIME_LENGTH + 2 + 1 && VALUE_ROOM >= TS_MONEY_TEXT_SIZE + 2, "with quotes, and a NUL");

static char *write_object(struct straight *straight, char *at, const struct selection *selection,
                          const ProtobufCMessage *message, const Common__Grant *grant);

/* Codes of three letters, most often the same one. */
static inline bool is_same_code(const char *code, const char *other)
{
    while (*code && *code == *other)
        code++, other++;
    return *code == *other;
}

int straight_exponent(struct straight *straight, const char *currency)
{
    if (!straight->currency || !is_same_code(currency, straight->currency)) {
        straight->exponent = ts_currency_exponent(currency);
        straight->currency = currency;
    }
    return straight->exponent;
}

/* The body, about to be written to by others, ends at `at`. */
static struct buf *leave(struct straight *straight, const char *at)
{
    straight->body->size = (size_t)(at - straight->body->data);
    return straight->body;
}

/* Where to go on after others have written. */
static char *come_back(struct straight *straight)
{
    const struct buf *body = straight->body;

    straight->end = body->data + body->room;
    return body->full ? NULL : body->data + body->size;
}

static char *grow(struct straight *straight, char *at, size_t size)
{
    return buf_reserve(leave(straight, at), size) ? come_back(straight) : NULL;
}

/* `at`, with room for `size` bytes. */
static inline char *room(struct straight *straight, char *at, size_t size)
{
    return (size_t)(straight->end - at) >= size ? at : grow(straight, at, size);
}

static inline char *put_char(struct straight *straight, char *at, char byte)
{
    at = room(straight, at, 1);
    if (!at)
        return NULL;
    *at = byte;
    return at + 1;
}

static inline char *put_key(char *at, const struct plan_field *field)
{
    memcpy(at, field->key, KEY_STEP);
    for (size_t done = KEY_STEP; done < field->key_size; done += KEY_STEP)
        memcpy(at + done, field->key + done, KEY_STEP);
    return at + field->key_size;
}

/* Values of at most VALUE_ROOM bytes follow their key without asking for room. */
static char *put_null(char *at, const struct plan_field *field)
{
    if (!field->nullable)
        return NULL;
    memcpy(at, "null", 4);
    return at + 4;
}

static char *put_time(char *at, const struct plan_field *field, const ProtobufCMessage *message)
{
    const int64_t *time_ms = message_member(message, field->member);

    if (!time_ms)
        return put_null(at, field);
    *at = '"';
    (void)ts_time_format(*time_ms, at + 1);
    at[1 + TIME_LENGTH] = '"';
    return at + 1 + TIME_LENGTH + 1;
}

static char *put_money(struct straight *straight, char *at, const struct plan_field *field,
                       const ProtobufCMessage *money)
{
    const struct rule *rule = field->field->rule;
    const int64_t *minor = message_member(money, rule->minor);
    const char *const *currency = message_member(money, rule->currency);
    int exponent = minor && currency ? straight_exponent(straight, *currency) : -1;

    if (exponent < 0)
        return put_null(at, field);
    *at++ = '"';
    at += ts_money_spell(*minor, exponent, at);
    *at = '"';
    return at + 1;
}

/* Room was not enough, or there is something to escape. */
static char *write_text_slowly(struct straight *straight, char *at, const char *text)
{
    json_write_string(leave(straight, at), text, strlen(text));
    return come_back(straight);
}

static inline char *write_text(struct straight *straight, char *at, const char *text)
{
    char *end = json_put_text(at, straight->end, text);

    return end ? end : write_text_slowly(straight, at, text);
}

static char *write_value(struct straight *straight, char *at, const struct plan_field *field, const void *value,
                         const ProtobufCFieldDescriptor *member)
{
    if (!value || !write_leaf(leave(straight, at), field, value, member))
        return put_null(at, field);
    return come_back(straight);
}

static char *write_message(struct straight *straight, char *at, const struct plan_field *field,
                           const ProtobufCMessage *message, const Common__Grant *grant)
{
    const struct selection *selection = message ? selection_for(field, &message) : NULL;

    return selection ? write_object(straight, at, selection, message, grant) : NULL;
}

/* The first `count` steps of a path. Return: NULL when one of them is not set. */
static const ProtobufCMessage *follow(const struct path *path, unsigned count, const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < count && message; i++)
        message = message_child(message, path->steps[i]);
    return message;
}

static char *write_child(struct straight *straight, char *at, const struct plan_field *field,
                         const ProtobufCMessage *parent, const Common__Grant *grant)
{
    const struct path *path = &field->field->rule->value;
    const ProtobufCMessage *message = follow(path, path->count, parent);

    return message ? write_message(straight, at, field, message, grant) : put_null(at, field);
}

static char *write_children(struct straight *straight, char *at, const struct plan_field *field,
                            const ProtobufCMessage *parent, const Common__Grant *grant)
{
    const struct path *path = &field->field->rule->value;
    const ProtobufCMessage *message = follow(path, path->count - 1, parent);
    const void *elements;
    size_t count;

    if (!message)
        return put_null(at, field);
    count = message_list(message, path->steps[path->count - 1], &elements);
    *at++ = '[';
    for (size_t i = 0; i < count && at; i++) {
        if (i)
            at = put_char(straight, at, ',');
        if (at)
            at = write_message(straight, at, field, ((const ProtobufCMessage *const *)elements)[i], grant);
    }
    return at ? put_char(straight, at, ']') : NULL;
}

static char *write_item_leaf(struct straight *straight, char *at, const struct plan_field *field,
                             const ProtobufCMessage *item)
{
    const struct path *path = &field->field->rule->value;
    const ProtobufCFieldDescriptor *end = path->steps[path->count - 1];
    const ProtobufCMessage *message = follow(path, path->count - 1, item);

    return write_value(straight, at, field, message ? message_member(message, end) : NULL, end);
}

static const Common__Grant *item_grant(const struct rule *rule, const struct batch_item *item,
                                       const Common__Grant *grant)
{
    return rule->item_grant ? (const Common__Grant *)message_child(item->message, rule->item_grant) : grant;
}

/* All items of one key. */
static char *write_group(struct straight *straight, char *at, const struct plan_field *field,
                         const struct batch_item *item, const Common__Grant *grant)
{
    const struct rule *rule = field->field->rule;
    bool comma = false;

    *at++ = '[';
    for (; item && at; item = item->next) {
        const ProtobufCMessage *message = follow(&rule->value, rule->value.count, item->message);

        if (!message)
            continue;
        if (comma)
            at = put_char(straight, at, ',');
        comma = true;
        if (at)
            at = write_message(straight, at, field, message, item_grant(rule, item, grant));
    }
    return at ? put_char(straight, at, ']') : NULL;
}

static char *write_join(struct straight *straight, char *at, const struct plan_field *field,
                        const ProtobufCMessage *parent, const Common__Grant *grant)
{
    const struct rule *rule = field->field->rule;
    struct batch *batch = batch_of(straight->execution, field, rule, grant);
    const struct batch_item *item;
    const char *key;

    if (!batch || !batch->answered)
        return NULL;
    key = path_string(straight->execution->arena, &rule->key, parent);
    if (!key)
        return NULL;
    item = batch_item(batch, key);
    if (field->way == WAY_JOINED_GROUP)
        return write_group(straight, at, field, item, grant);
    if (!item)
        return field->way == WAY_JOINED_LIST ? NULL : put_null(at, field);
    if (field->way == WAY_JOINED_LEAF)
        return write_item_leaf(straight, at, field, item->message);
    grant = item_grant(rule, item, grant);
    return field->way == WAY_JOINED ? write_child(straight, at, field, item->message, grant)
                                    : write_children(straight, at, field, item->message, grant);
}

static char *write_field(struct straight *straight, char *at, const struct plan_field *field,
                         const ProtobufCMessage *message, const Common__Grant *grant)
{
    switch (field->way) {
    case WAY_TIME:
        return put_time(at, field, message);
    case WAY_MEMBER:
        return write_value(straight, at, field, message_member(message, field->member), field->member);
    case WAY_MONEY:
        return put_money(straight, at, field, message);
    case WAY_OBJECT:
        return write_child(straight, at, field, message, grant);
    case WAY_OBJECTS:
        return write_children(straight, at, field, message, grant);
    case WAY_LONG:
        return NULL;
    default:
        return write_join(straight, at, field, message, grant);
    }
}

/* An object being written. The comma before its first key becomes the opening brace. */
struct open_object {
    const struct selection *selection;
    const struct plan_field *field, *end; /* next, and after the last */
    const ProtobufCMessage *message;
    size_t start; /* of it in the body */
};

/* Return: false when the grant, or a limit, leaves it to the long way. */
static inline bool open_object(struct straight *straight, struct open_object *object, char *at,
                               const struct selection *selection, const Common__Grant *grant)
{
    if (++straight->object_count > straight->object_max || !grant_allows(grant, selection->grants))
        return false;
    object->selection = selection;
    object->field = selection->fields;
    object->end = selection->end;
    object->start = (size_t)(at - straight->body->data);
    execution_steps(straight->execution, selection->count);
    return true;
}

static inline char *close_object(struct straight *straight, const struct open_object *object, char *at)
{
    if (at == straight->body->data + object->start) /* no field was left */
        at = put_char(straight, at, '{');
    if (at)
        at = put_char(straight, at, '}');
    straight->body->data[object->start] = '{';
    return at;
}

/* Up to the end of the object, or to a child that is to be opened. Return: that one's field in *ret_child, or NULL. */
static char *write_fields(struct straight *straight, struct open_object *object, char *at, const Common__Grant *grant,
                          const struct plan_field **ret_child)
{
    const bool *included = straight->execution->included;
    const struct plan_field *field = object->field, *end = object->end;
    const ProtobufCMessage *message = object->message;

    *ret_child = NULL;
    for (; field < end && at; field++) {
        const void *pointer = *(const void *const *)((const char *)message + field->offset);

        if (included && !included[field->index])
            continue;
        at = room(straight, at, field->room);
        if (!at)
            return NULL;
        at = put_key(at, field);
        if (field->way > WAY_CHILD) {
            at = write_field(straight, at, field, message, grant);
        } else if (field->way == WAY_NAME) {
            at = write_text(straight, at, object->selection->type->name);
        } else if (!pointer) {
            at = put_null(at, field);
        } else if (field->way == WAY_STRING) {
            at = write_text(straight, at, pointer);
        } else {
            object->field = field + 1;
            *ret_child = field;
            return at;
        }
    }
    return at;
}

/* With its children, as they are met; lists of objects come back here. */
static char *write_object(struct straight *straight, char *at, const struct selection *selection,
                          const ProtobufCMessage *message, const Common__Grant *grant)
{
    struct open_object objects[CHILDREN_MAX], *object = objects;
    const struct plan_field *child;

    object->message = message;
    if (straight->depth == STRAIGHT_DEPTH_MAX || !open_object(straight, object, at, selection, grant))
        return NULL;
    straight->depth++;
    for (;;) {
        at = write_fields(straight, object, at, grant, &child);
        if (!at)
            return NULL;
        if (child) {
            const void *pointer = *(const void *const *)((const char *)object->message + child->offset);

            if (++object == objects + CHILDREN_MAX || !open_object(straight, object, at, child->only, grant))
                return NULL;
            object->message = pointer;
            continue;
        }
        at = close_object(straight, object, at);
        if (!at)
            return NULL;
        if (object-- == objects)
            break;
    }
    straight->depth--;
    return at;
}

bool write_straight(struct straight *straight, const struct selection *selection, const ProtobufCMessage *message,
                    const Common__Grant *grant)
{
    size_t start = straight->body->size;
    unsigned count = straight->object_count;
    char *at;

    if (straight->off || straight->execution->orders || straight->execution->nulls)
        return false;
    straight->object_count--; /* the caller has counted it */
    straight->object_max = straight->execution->schema->limits.objects;
    straight->depth = 0;
    at = come_back(straight);
    if (at)
        at = write_object(straight, at, selection, message, grant);
    if (at) {
        (void)leave(straight, at);
        return true;
    }
    straight->off = true;
    straight->object_count = count;
    straight->body->size = start;
    return false;
}
