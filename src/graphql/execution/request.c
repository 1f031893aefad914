/*
 * Arguments to request messages. Values were checked before (literals by validation, variables by coercion), so filling
 * only converts; what may still be missing is a variable that was not given.
 */
#include <stdlib.h>
#include <string.h>

#include "graphql/execution/execution.h"
#include "tessera/clock.h"

struct filler {
    const struct execution *execution;
    struct ts_arena *arena;
    const char *failure;
};

ProtobufCMessage *message_new(struct ts_arena *arena, const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message = ts_alloc(arena, descriptor->sizeof_message);

    protobuf_c_message_init(descriptor, message);
    return message;
}

const struct node *execution_value(const struct execution *execution, const struct node *value)
{
    const struct plan_variable *variable;

    if (!value || value->kind != NODE_VARIABLE)
        return value;
    variable = plan_variable(execution->plan, value->name);
    return variable ? execution->variables[variable - execution->plan->variables] : NULL;
}

const struct node *execution_argument(const struct execution *execution, const struct plan_field *field, unsigned index)
{
    const struct node *value = execution_value(execution, field->arguments[index]);

    return value ? value : field->field->arguments[index].default_value;
}

static void fill_message(struct filler *filler, ProtobufCMessage *message, const struct type *type,
                         const struct input_map *map, const struct node *object);

/* One value into memory of the field's type. */
static void fill_one(struct filler *filler, void *at, const struct input_binding *binding, const struct type *type,
                     const struct node *value)
{
    switch (binding->field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(const char **)at = value->text ? value->text : "";
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)at = message_new(filler->arena, binding->field->descriptor);
        fill_message(filler, *(ProtobufCMessage **)at, type, binding->input_map, value);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        *(int *)at = binding->enum_map->numbers[type_value(type, value->name) - type->values];
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = value->flag;
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        *(double *)at = strtod(value->text, NULL);
        break;
    case PROTOBUF_C_TYPE_FLOAT:
        *(float *)at = strtof(value->text, NULL);
        break;
    default:
        if (type->scalar == SCALAR_DATE_TIME)
            (void)ts_time_parse(value->text, (int64_t *)at); /* checked before */
        else if (message_element_size(binding->field) == 8)
            *(int64_t *)at = (int64_t)strtod(value->text, NULL); /* within 32 bits: exact */
        else
            *(int32_t *)at = (int32_t)strtod(value->text, NULL);
        break;
    }
}

static size_t chain_length(const struct node *node)
{
    size_t count = 0;

    for (; node; node = node->next)
        count++;
    return count;
}

/* A null inside a list has no place in a repeated field, nor has a variable that was not given. */
static void fill_list(struct filler *filler, ProtobufCMessage *message, const struct input_binding *binding,
                      const struct type_ref *type, const struct node *list)
{
    const struct node *items = list->kind == NODE_LIST ? list->children : list;
    size_t size = message_element_size(binding->field), count = 0;
    char *elements = ts_alloc_array(filler->arena, list->kind == NODE_LIST ? chain_length(items) : 1, size);

    for (const struct node *item = items; item; item = list->kind == NODE_LIST ? item->next : NULL) {
        const struct node *value = execution_value(filler->execution, item);

        if (!value || value->kind == NODE_NULL) {
            filler->failure = "A list must not contain null here.";
            continue;
        }
        fill_one(filler, elements + size * count++, binding, type->type, value);
    }
    *(void **)((char *)message + binding->field->offset) = elements;
    *(size_t *)((char *)message + binding->field->quantifier_offset) = count;
}

static void fill_field(struct filler *filler, ProtobufCMessage *message, const struct input_binding *binding,
                       const struct type_ref *type, const struct node *value)
{
    const ProtobufCFieldDescriptor *field = binding->field;
    void *quantifier = (char *)message + field->quantifier_offset;

    type = type_ref_nullable(type);
    if (type->kind == REF_LIST) {
        fill_list(filler, message, binding, type, value);
        return;
    }
    fill_one(filler, (char *)message + field->offset, binding, type->type, value);
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        *(uint32_t *)quantifier = field->id;
    else if (field->label == PROTOBUF_C_LABEL_OPTIONAL && field->type != PROTOBUF_C_TYPE_STRING &&
             field->type != PROTOBUF_C_TYPE_MESSAGE)
        *(protobuf_c_boolean *)quantifier = 1;
}

static const struct node *member_value(const struct node *object, const char *name)
{
    for (const struct node *member = object->children; member; member = member->next) {
        if (strcmp(member->name, name) == 0)
            return member->value;
    }
    return NULL;
}

static void fill_message(struct filler *filler, ProtobufCMessage *message, const struct type *type,
                         const struct input_map *map, const struct node *object)
{
    for (unsigned i = 0; i < type->input_count; i++) {
        const struct input_value *input = &type->inputs[i];
        const struct node *value = execution_value(filler->execution, member_value(object, input->name));

        if (!value)
            value = input->default_value;
        if (value && value->kind != NODE_NULL)
            fill_field(filler, message, &map->bindings[i], input->type, value);
        else if (input->type->kind == REF_NON_NULL)
            filler->failure = ts_printf(filler->arena, "Field \"%s.%s\" of required type \"%s\" was not provided.",
                                        type->name, input->name, type_ref_print(filler->arena, input->type));
    }
}

static void add_clear(struct filler *filler, ProtobufCMessage *message, const ProtobufCFieldDescriptor *clear,
                      const char *name)
{
    size_t *count = (size_t *)((char *)message + clear->quantifier_offset);
    char ***names = (char ***)((char *)message + clear->offset);
    char **longer = TS_NEW_ARRAY(filler->arena, char *, *count + 1);

    if (*count)
        memcpy(longer, *names, *count * sizeof(*longer));
    longer[(*count)++] = (char *)name;
    *names = longer;
}

/* A list that was given, be it empty, sets the request's `set_<field>` when it has one. */
static void set_given(struct filler *filler, ProtobufCMessage *message, const ProtobufCFieldDescriptor *list)
{
    const char *name = ts_printf(filler->arena, "set_%s", list->name);
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);

    if (!field || field->type != PROTOBUF_C_TYPE_BOOL)
        return;
    *(protobuf_c_boolean *)((char *)message + field->offset) = 1;
    *(protobuf_c_boolean *)((char *)message + field->quantifier_offset) = 1;
}

/* One top-level value of the request: an argument, or a field of the spread `input`. */
static void fill_top(struct filler *filler, const struct rule *rule, const struct input_value *input,
                     const struct input_binding *binding, const struct node *value, struct gql_rpc *rpc)
{
    ProtobufCMessage *request = (ProtobufCMessage *)rpc->request;

    if (!value) {
        if (input->type->kind == REF_NON_NULL)
            filler->failure = ts_printf(filler->arena, "Argument \"%s\" of required type \"%s\" was not provided.",
                                        input->name, type_ref_print(filler->arena, input->type));
    } else if (value->kind == NODE_NULL) {
        if (input->type->kind == REF_NON_NULL)
            filler->failure = ts_printf(filler->arena, "Argument \"%s\" must not be null.", input->name);
        else if (rule->clear && binding->field)
            add_clear(filler, request, rule->clear, binding->field->name);
    } else if (binding->field) {
        fill_field(filler, request, binding, input->type, value);
        if (binding->field->label == PROTOBUF_C_LABEL_REPEATED)
            set_given(filler, request, binding->field);
    } else {
        rpc->idempotency_key = value->text;
    }
}

static void fill_spread(struct filler *filler, const struct plan_field *field, const struct rule *rule,
                        struct gql_rpc *rpc)
{
    const struct type *type = field->field->arguments[0].type->type;
    const struct node *object = execution_argument(filler->execution, field, 0);

    if (!object || object->kind == NODE_NULL) {
        if (field->field->arguments[0].type->kind == REF_NON_NULL)
            filler->failure = "Argument \"input\" was not provided.";
        return;
    }
    for (unsigned i = 0; i < type->input_count; i++) {
        const struct node *value = execution_value(filler->execution, member_value(object, type->inputs[i].name));

        fill_top(filler, rule, &type->inputs[i], &rule->spread->bindings[i],
                 value ? value : type->inputs[i].default_value, rpc);
    }
}

const char *request_build(const struct execution *execution, const struct plan_field *field, const struct rule *rule,
                          const Common__Grant *grant, struct gql_rpc *ret_rpc)
{
    struct filler filler = { execution, execution->arena, NULL };
    ProtobufCMessage *request = message_new(execution->arena, rule->request);

    *ret_rpc = (struct gql_rpc){
        .service = rule->service, .method_index = rule->method_index, .request = request, .operation = rule->operation
    };
    if (rule->request_grant && grant)
        *(const Common__Grant **)((char *)request + rule->request_grant->offset) = grant;
    if (rule->spread) {
        fill_spread(&filler, field, rule, ret_rpc);
        return filler.failure;
    }
    for (unsigned i = 0; rule->bindings && i < field->field->argument_count; i++)
        fill_top(&filler, rule, &field->field->arguments[i], &rule->bindings[i],
                 execution_argument(execution, field, i), ret_rpc);
    return filler.failure;
}
