/*
 * What of a message may show or fill what of GraphQL: enums by their names, inputs field by field, paths through
 * messages, and the end of a path against a field's type.
 */
#include <string.h>

#include "graphql/rules_inside.h"

const char *snake(struct ts_arena *arena, const char *camel)
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

unsigned list_depth(const struct type_ref *ref)
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

struct input_binding bind_input(struct binder *binder, const struct input_value *input,
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

const struct input_map *bind_inputs(struct binder *binder, struct place place, struct type *type,
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
void check_value(struct binder *binder, const struct field *field, struct rule *rule,
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
