/*
 * What a client sees change from one schema to another, in the classes and words of graphql-js: BREAKING stops
 * documents that worked, DANGEROUS may surprise them, SAFE does neither.
 */
#include <stdlib.h>
#include <string.h>

#include "graphql/graphql.h"
#include "graphql/language/printer.h"
#include "graphql/suggest.h"
#include "graphql/type/schema.h"

enum { DEFAULT_TEXT_MAX = 16 << 10 };

struct changes {
    struct ts_arena *arena;
    struct gql_change *first[3], **end[3]; /* by enum gql_change_kind */
};

static void __attribute__((format(printf, 4, 5)))
change_add(struct changes *changes, enum gql_change_kind kind, const char *class, const char *format, ...)
{
    struct gql_change *change = TS_NEW(changes->arena, struct gql_change);
    va_list args;

    change->kind = kind;
    change->class = class;
    va_start(args, format);
    change->text = ts_vprintf(changes->arena, format, args);
    va_end(args);
    *changes->end[kind] = change;
    changes->end[kind] = &change->next;
}

static void compare_description(struct changes *changes, const char *what, const char *before, const char *after)
{
    if (before && !after)
        change_add(changes, GQL_SAFE, "DESCRIPTION_CHANGED", "Description of %s was removed.", what);
    else if (after && (!before || strcmp(before, after) != 0))
        change_add(changes, GQL_SAFE, "DESCRIPTION_CHANGED", "Description of %s has changed to \"%s\".", what, after);
}

/* Types in places. */

/* True if whoever reads the old type can read the new one: it may become non-null. */
static bool output_is_safe(const struct type_ref *before, const struct type_ref *after)
{
    if (before->kind == REF_NON_NULL)
        return after->kind == REF_NON_NULL && output_is_safe(before->of, after->of);
    if (after->kind == REF_NON_NULL)
        return output_is_safe(before, after->of);
    if (before->kind == REF_LIST)
        return after->kind == REF_LIST && output_is_safe(before->of, after->of);
    return after->kind == REF_NAMED && strcmp(before->type->name, after->type->name) == 0;
}

/* True if whoever gives the old type gives the new one: it may become nullable. */
static bool input_is_safe(const struct type_ref *before, const struct type_ref *after)
{
    if (before->kind == REF_LIST)
        return after->kind == REF_LIST && input_is_safe(before->of, after->of);
    if (before->kind == REF_NON_NULL)
        return input_is_safe(before->of, after->kind == REF_NON_NULL ? after->of : after);
    return after->kind == REF_NAMED && strcmp(before->type->name, after->type->name) == 0;
}

/* Defaults. */

static int member_compare(const void *left, const void *right)
{
    const struct node *const *a = left, *const *b = right;

    return suggest_compare((*a)->name, (*b)->name);
}

/* A copy with the fields of objects in the order of their names, which is no difference. */
static struct node *sorted(struct ts_arena *arena, const struct node *value)
{
    struct node *copy = TS_NEW(arena, struct node), **end = &copy->children;
    struct node **members;
    size_t count = 0;

    *copy = *value;
    for (const struct node *child = value->children; child; child = child->next)
        count++;
    members = TS_NEW_ARRAY(arena, struct node *, count);
    count = 0;
    for (const struct node *child = value->children; child; child = child->next)
        members[count++] = sorted(arena, child);
    if (value->kind == NODE_OBJECT)
        qsort(members, count, sizeof(*members), member_compare);
    for (size_t i = 0; i < count; i++, end = &(*end)->next)
        *end = members[i];
    *end = NULL;
    if (value->value)
        copy->value = sorted(arena, value->value);
    return copy;
}

static const char *default_text(struct ts_arena *arena, const struct node *value)
{
    const char *copy;
    struct buf text;

    if (!value)
        return NULL;
    buf_init(&text, DEFAULT_TEXT_MAX);
    value_print(sorted(arena, value), &text);
    copy = ts_strndup(arena, text.data, text.size);
    buf_done(&text);
    return copy;
}

/* Arguments and input fields. */

/* What differs between the two in classes and words. */
struct input_words {
    const char *changed, *changed_safe, *changed_default, *added_default; /* classes */
    const char *type_changes;                                             /* "Argument %s has changed type" */
    const char *described;                                                /* "argument" */
};

static const struct input_words argument_words = {
    "ARG_CHANGED_KIND",        "ARG_CHANGED_KIND_SAFE", "ARG_DEFAULT_VALUE_CHANGE",
    "ARG_DEFAULT_VALUE_ADDED", "has changed type",      "argument",
};
static const struct input_words input_field_words = {
    "FIELD_CHANGED_KIND",
    "FIELD_CHANGED_KIND_SAFE",
    "INPUT_FIELD_DEFAULT_VALUE_CHANGE",
    "INPUT_FIELD_DEFAULT_VALUE_ADDED",
    "changed type",
    "input field",
};

static void type_change(struct changes *changes, enum gql_change_kind kind, const char *class, const char *subject,
                        const struct type_ref *before, const struct type_ref *after)
{
    change_add(changes, kind, class, "%s from %s to %s.", subject, type_ref_print(changes->arena, before),
               type_ref_print(changes->arena, after));
}

static bool same_type(struct changes *changes, const struct type_ref *before, const struct type_ref *after)
{
    return strcmp(type_ref_print(changes->arena, before), type_ref_print(changes->arena, after)) == 0;
}

/* `name` is "Query.event(id:)", "EventFilter.word" or "@skip(if:)". */
static void compare_input(struct changes *changes, const struct input_words *words, const char *name,
                          const struct input_value *before, const struct input_value *after)
{
    const char *old_default = default_text(changes->arena, before->default_value);
    const char *new_default = default_text(changes->arena, after->default_value);
    const char *what = words == &argument_words ? "Argument" : "Field";
    const char *subject = ts_printf(changes->arena, "%s %s %s", what, name, words->type_changes);

    if (!input_is_safe(before->type, after->type))
        type_change(changes, GQL_BREAKING, words->changed, subject, before->type, after->type);
    else if (old_default && !new_default)
        change_add(changes, GQL_DANGEROUS, words->changed_default, "%s defaultValue was removed.", name);
    else if (old_default && strcmp(old_default, new_default) != 0)
        change_add(changes, GQL_DANGEROUS, words->changed_default, "%s has changed defaultValue from %s to %s.", name,
                   old_default, new_default);
    else if (!old_default && new_default)
        change_add(changes, GQL_SAFE, words->added_default, "%s added a defaultValue %s.", name, new_default);
    else if (!same_type(changes, before->type, after->type))
        type_change(changes, GQL_SAFE, words->changed_safe, subject, before->type, after->type);
    compare_description(changes, ts_printf(changes->arena, "%s %s", words->described, name), before->description,
                        after->description);
}

static const struct input_value *find_input(const struct input_value *inputs, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(inputs[i].name, name) == 0)
            return &inputs[i];
    }
    return NULL;
}

/* The arguments of a field or directive. */
struct arguments {
    const struct input_value *items;
    unsigned count;
};

/* What adding and removing arguments is called; of directives, an optional one is safe. */
struct argument_words {
    const char *removed, *required, *optional;
    enum gql_change_kind optional_kind;
};

static void compare_arguments(struct changes *changes, const struct argument_words *words, const char *owner,
                              struct arguments before, struct arguments after)
{
    for (unsigned i = 0; i < before.count; i++) {
        const struct input_value *now = find_input(after.items, after.count, before.items[i].name);
        const char *name = ts_printf(changes->arena, "%s(%s:)", owner, before.items[i].name);

        if (now)
            compare_input(changes, &argument_words, name, &before.items[i], now);
        else
            change_add(changes, GQL_BREAKING, words->removed, "Argument %s was removed.", name);
    }
    for (unsigned i = 0; i < after.count; i++) {
        const struct input_value *added = &after.items[i];

        if (find_input(before.items, before.count, added->name))
            continue;
        if (input_is_required(added))
            change_add(changes, GQL_BREAKING, words->required, "A required argument %s(%s:) was added.", owner,
                       added->name);
        else
            change_add(changes, words->optional_kind, words->optional, "An optional argument %s(%s:) was added.", owner,
                       added->name);
    }
}

/* Types. */

static void compare_field(struct changes *changes, const struct field *before, const struct field *after)
{
    static const struct argument_words words = { "ARG_REMOVED", "REQUIRED_ARG_ADDED", "OPTIONAL_ARG_ADDED",
                                                 GQL_DANGEROUS };
    const char *name = ts_printf(changes->arena, "%s.%s", before->parent->name, before->name);
    const char *subject = ts_printf(changes->arena, "Field %s changed type", name);

    compare_arguments(changes, &words, name, (struct arguments){ before->arguments, before->argument_count },
                      (struct arguments){ after->arguments, after->argument_count });
    if (!output_is_safe(before->type, after->type))
        type_change(changes, GQL_BREAKING, "FIELD_CHANGED_KIND", subject, before->type, after->type);
    else if (!same_type(changes, before->type, after->type))
        type_change(changes, GQL_SAFE, "FIELD_CHANGED_KIND_SAFE", subject, before->type, after->type);
    compare_description(changes, ts_printf(changes->arena, "field %s", name), before->description, after->description);
}

static void compare_fields(struct changes *changes, const struct type *before, const struct type *after)
{
    for (unsigned i = 0; i < before->field_count; i++) {
        const struct field *field = &before->fields[i], *now = table_find(&after->field_table, field->name);

        if (now)
            compare_field(changes, field, now);
        else
            change_add(changes, GQL_BREAKING, "FIELD_REMOVED", "Field %s.%s was removed.", before->name, field->name);
    }
    for (unsigned i = 0; i < after->field_count; i++) {
        if (!table_find(&before->field_table, after->fields[i].name))
            change_add(changes, GQL_SAFE, "FIELD_ADDED", "Field %s.%s was added.", after->name, after->fields[i].name);
    }
}

static bool names_type(struct type *const *types, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(types[i]->name, name) == 0)
            return true;
    }
    return false;
}

static void compare_interfaces(struct changes *changes, const struct type *before, const struct type *after)
{
    for (unsigned i = 0; i < after->interface_count; i++) {
        if (!names_type(before->interfaces, before->interface_count, after->interfaces[i]->name))
            change_add(changes, GQL_DANGEROUS, "IMPLEMENTED_INTERFACE_ADDED",
                       "%s added to interfaces implemented by %s.", after->interfaces[i]->name, before->name);
    }
    for (unsigned i = 0; i < before->interface_count; i++) {
        if (!names_type(after->interfaces, after->interface_count, before->interfaces[i]->name))
            change_add(changes, GQL_BREAKING, "IMPLEMENTED_INTERFACE_REMOVED", "%s no longer implements interface %s.",
                       before->name, before->interfaces[i]->name);
    }
}

static void compare_union(struct changes *changes, const struct type *before, const struct type *after)
{
    for (unsigned i = 0; i < after->possible_count; i++) {
        if (!names_type(before->possible, before->possible_count, after->possible[i]->name))
            change_add(changes, GQL_DANGEROUS, "TYPE_ADDED_TO_UNION", "%s was added to union type %s.",
                       after->possible[i]->name, before->name);
    }
    for (unsigned i = 0; i < before->possible_count; i++) {
        if (!names_type(after->possible, after->possible_count, before->possible[i]->name))
            change_add(changes, GQL_BREAKING, "TYPE_REMOVED_FROM_UNION", "%s was removed from union type %s.",
                       before->possible[i]->name, before->name);
    }
}

static void compare_enum(struct changes *changes, const struct type *before, const struct type *after)
{
    for (unsigned i = 0; i < after->value_count; i++) {
        if (!type_value(before, after->values[i].name))
            change_add(changes, GQL_DANGEROUS, "VALUE_ADDED_TO_ENUM", "Enum value %s.%s was added.", after->name,
                       after->values[i].name);
    }
    for (unsigned i = 0; i < before->value_count; i++) {
        const struct enum_value *value = &before->values[i], *now = type_value(after, value->name);

        if (now)
            compare_description(changes, ts_printf(changes->arena, "enum value %s.%s", before->name, value->name),
                                value->description, now->description);
        else
            change_add(changes, GQL_BREAKING, "VALUE_REMOVED_FROM_ENUM", "Enum value %s.%s was removed.", before->name,
                       value->name);
    }
}

static void compare_input_object(struct changes *changes, const struct type *before, const struct type *after)
{
    for (unsigned i = 0; i < after->input_count; i++) {
        const struct input_value *added = &after->inputs[i];

        if (type_input(before, added->name))
            continue;
        if (input_is_required(added))
            change_add(changes, GQL_BREAKING, "REQUIRED_INPUT_FIELD_ADDED", "A required field %s.%s was added.",
                       after->name, added->name);
        else
            change_add(changes, GQL_DANGEROUS, "OPTIONAL_INPUT_FIELD_ADDED", "An optional field %s.%s was added.",
                       after->name, added->name);
    }
    for (unsigned i = 0; i < before->input_count; i++) {
        const struct input_value *input = &before->inputs[i], *now = type_input(after, input->name);
        const char *name = ts_printf(changes->arena, "%s.%s", before->name, input->name);

        if (now)
            compare_input(changes, &input_field_words, name, input, now);
        else
            change_add(changes, GQL_BREAKING, "FIELD_REMOVED", "Field %s was removed.", name);
    }
}

static void compare_type(struct changes *changes, const struct type *before, const struct type *after)
{
    static const char *const kinds[] = { "a Scalar type", "an Object type", "an Interface type",
                                         "a Union type",  "an Enum type",   "an Input type" };

    compare_description(changes, before->name, before->description, after->description);
    if (before->kind != after->kind) {
        change_add(changes, GQL_BREAKING, "TYPE_CHANGED_KIND", "%s changed from %s to %s.", before->name,
                   kinds[before->kind], kinds[after->kind]);
        return;
    }
    if (before->kind == TYPE_OBJECT || before->kind == TYPE_INTERFACE) {
        compare_fields(changes, before, after);
        compare_interfaces(changes, before, after);
    } else if (before->kind == TYPE_UNION) {
        compare_union(changes, before, after);
    } else if (before->kind == TYPE_ENUM) {
        compare_enum(changes, before, after);
    } else if (before->kind == TYPE_INPUT) {
        compare_input_object(changes, before, after);
    }
}

static const struct type *shown_type(const struct gql_schema *schema, const char *name)
{
    const struct type *type = schema_type(schema, name);

    return type && !type->hidden ? type : NULL;
}

static void compare_types(struct changes *changes, const struct gql_schema *before, const struct gql_schema *after)
{
    for (unsigned i = 0; i < before->type_count; i++) {
        const struct type *type = before->types[i], *now = shown_type(after, type->name);

        if (type->hidden)
            continue;
        if (now)
            compare_type(changes, type, now);
        else if (type->builtin)
            change_add(changes, GQL_BREAKING, "TYPE_REMOVED",
                       "Standard scalar %s was removed because it is not referenced anymore.", type->name);
        else
            change_add(changes, GQL_BREAKING, "TYPE_REMOVED", "%s was removed.", type->name);
    }
    for (unsigned i = 0; i < after->type_count; i++) {
        if (!after->types[i]->hidden && !shown_type(before, after->types[i]->name))
            change_add(changes, GQL_SAFE, "TYPE_ADDED", "%s was added.", after->types[i]->name);
    }
}

/* Directives. */

static void compare_locations(struct changes *changes, const struct directive *before, const struct directive *after)
{
    for (int i = 0; i < DIRECTIVE_LOCATION_COUNT; i++) {
        const char *name = directive_location_name((enum directive_location)i);

        if (before->locations & ~after->locations & 1u << i)
            change_add(changes, GQL_BREAKING, "DIRECTIVE_LOCATION_REMOVED", "%s was removed from @%s.", name,
                       before->name);
        if (after->locations & ~before->locations & 1u << i)
            change_add(changes, GQL_SAFE, "DIRECTIVE_LOCATION_ADDED", "%s was added to @%s.", name, before->name);
    }
}

static void compare_directive(struct changes *changes, const struct directive *before, const struct directive *after)
{
    static const struct argument_words words = { "DIRECTIVE_ARG_REMOVED", "REQUIRED_DIRECTIVE_ARG_ADDED",
                                                 "OPTIONAL_DIRECTIVE_ARG_ADDED", GQL_SAFE };
    const char *name = ts_printf(changes->arena, "@%s", before->name);

    compare_arguments(changes, &words, name, (struct arguments){ before->arguments, before->argument_count },
                      (struct arguments){ after->arguments, after->argument_count });
    if (before->repeatable && !after->repeatable)
        change_add(changes, GQL_BREAKING, "DIRECTIVE_REPEATABLE_REMOVED", "Repeatable flag was removed from %s.", name);
    if (!before->repeatable && after->repeatable)
        change_add(changes, GQL_SAFE, "DIRECTIVE_REPEATABLE_ADDED", "Repeatable flag was added to %s.", name);
    compare_description(changes, name, before->description, after->description);
    compare_locations(changes, before, after);
}

static void compare_directives(struct changes *changes, const struct gql_schema *before, const struct gql_schema *after)
{
    for (unsigned i = 0; i < before->directive_count; i++) {
        const struct directive *directive = before->directives[i], *now = schema_directive(after, directive->name);

        if (now)
            compare_directive(changes, directive, now);
        else
            change_add(changes, GQL_BREAKING, "DIRECTIVE_REMOVED", "Directive @%s was removed.", directive->name);
    }
    for (unsigned i = 0; i < after->directive_count; i++) {
        if (!schema_directive(before, after->directives[i]->name))
            change_add(changes, GQL_SAFE, "DIRECTIVE_ADDED", "Directive @%s was added.", after->directives[i]->name);
    }
}

const struct gql_change *gql_schema_diff(const struct gql_schema *before, const struct gql_schema *after,
                                         struct ts_arena *arena)
{
    struct changes changes = { .arena = arena };

    for (int i = GQL_BREAKING; i <= GQL_SAFE; i++)
        changes.end[i] = &changes.first[i];
    compare_types(&changes, before, after);
    compare_directives(&changes, before, after);
    *changes.end[GQL_BREAKING] = changes.first[GQL_DANGEROUS];
    if (!changes.first[GQL_DANGEROUS])
        *changes.end[GQL_BREAKING] = changes.first[GQL_SAFE];
    else
        *changes.end[GQL_DANGEROUS] = changes.first[GQL_SAFE];
    return changes.first[GQL_BREAKING];
}
