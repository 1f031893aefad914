/*
 * The published SDL: what introspection shows, as text. Types in the order of definition, each once and whole,
 * whatever slices it came in; built-in types and directives are left out, as every reader knows them.
 */
#include <string.h>

#include "graphql/language/printer.h"
#include "graphql/type/schema.h"

static void print_string(struct buf *sdl, const char *text)
{
    const struct node node = { .kind = NODE_STRING, .text = text };

    value_print(&node, sdl);
}

/* Tabs and line feeds apart. */
static bool has_controls(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' && *text != '\t' && *text != '\n')
            return true;
    }
    return false;
}

/*
 * Can a block string on lines of its own hold the text? Read again it loses blank lines at both ends, what all lines
 * are indented by, and the difference between line ends.
 */
static bool fits_block(const char *text)
{
    const char *line = text, *end;
    bool is_blank, is_indented = true;

    do {
        size_t blanks = strspn(line, " \t");

        end = strchrnul(line, '\n');
        is_blank = line + blanks == end;
        if (is_blank && line == text)
            return false;
        is_indented &= is_blank || blanks;
        line = end + 1;
    } while (*end);
    return !is_blank && !is_indented && !has_controls(text);
}

static void print_description(struct buf *sdl, const char *indent, const char *text)
{
    if (!text)
        return;
    buf_add_string(sdl, indent);
    if (!fits_block(text)) {
        print_string(sdl, text);
        buf_add_char(sdl, '\n');
        return;
    }
    buf_printf(sdl, "\"\"\"\n%s", indent);
    for (const char *at = text; *at; at++) {
        if (strncmp(at, "\"\"\"", 3) == 0)
            buf_add_char(sdl, '\\');
        buf_add_char(sdl, *at);
        if (*at == '\n' && at[1] != '\n')
            buf_add_string(sdl, indent);
    }
    buf_printf(sdl, "\n%s\"\"\"\n", indent);
}

static void print_ref(struct buf *sdl, const struct type_ref *ref)
{
    switch (ref->kind) {
    case REF_LIST:
        buf_add_char(sdl, '[');
        print_ref(sdl, ref->of);
        buf_add_char(sdl, ']');
        break;
    case REF_NON_NULL:
        print_ref(sdl, ref->of);
        buf_add_char(sdl, '!');
        break;
    default:
        buf_add_string(sdl, ref->type->name);
        break;
    }
}

static void print_deprecation(struct buf *sdl, const char *reason)
{
    if (!reason)
        return;
    buf_add_literal(sdl, " @deprecated(reason: ");
    print_string(sdl, reason);
    buf_add_char(sdl, ')');
}

static void print_input(struct buf *sdl, const struct input_value *input)
{
    buf_printf(sdl, "%s: ", input->name);
    print_ref(sdl, input->type);
    if (input->default_value) {
        buf_add_literal(sdl, " = ");
        value_print(input->default_value, sdl);
    }
    print_deprecation(sdl, input->deprecation);
}

/* On one line, or one each when some have a description. */
static void print_arguments(struct buf *sdl, const struct input_value *arguments, unsigned count, const char *indent)
{
    bool described = false;

    for (unsigned i = 0; i < count; i++)
        described |= arguments[i].description != NULL;
    for (unsigned i = 0; i < count; i++) {
        buf_add_string(sdl, i ? (described ? "" : ", ") : "(");
        if (described) {
            const char *inner = *indent ? "    " : "  ";

            buf_add_char(sdl, '\n');
            print_description(sdl, inner, arguments[i].description);
            buf_add_string(sdl, inner);
        }
        print_input(sdl, &arguments[i]);
    }
    if (count)
        buf_printf(sdl, "%s%s)", described ? "\n" : "", described ? indent : "");
}

static void print_fields(struct buf *sdl, const struct type *type)
{
    buf_add_literal(sdl, " {\n");
    for (unsigned i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];

        if (field->hidden)
            continue;
        print_description(sdl, "  ", field->description);
        buf_printf(sdl, "  %s", field->name);
        print_arguments(sdl, field->arguments, field->argument_count, "  ");
        buf_add_literal(sdl, ": ");
        print_ref(sdl, field->type);
        print_deprecation(sdl, field->deprecation);
        buf_add_char(sdl, '\n');
    }
    buf_add_literal(sdl, "}\n");
}

static void print_composite(struct buf *sdl, const struct type *type)
{
    buf_printf(sdl, "%s %s", type->kind == TYPE_OBJECT ? "type" : "interface", type->name);
    for (unsigned i = 0; i < type->interface_count; i++)
        buf_printf(sdl, "%s%s", i ? " & " : " implements ", type->interfaces[i]->name);
    print_fields(sdl, type);
}

static void print_enum(struct buf *sdl, const struct type *type)
{
    buf_printf(sdl, "enum %s {\n", type->name);
    for (unsigned i = 0; i < type->value_count; i++) {
        print_description(sdl, "  ", type->values[i].description);
        buf_printf(sdl, "  %s", type->values[i].name);
        print_deprecation(sdl, type->values[i].deprecation);
        buf_add_char(sdl, '\n');
    }
    buf_add_literal(sdl, "}\n");
}

static void print_inputs(struct buf *sdl, const struct type *type)
{
    buf_printf(sdl, "input %s%s {\n", type->name, type->one_of ? " @oneOf" : "");
    for (unsigned i = 0; i < type->input_count; i++) {
        print_description(sdl, "  ", type->inputs[i].description);
        buf_add_literal(sdl, "  ");
        print_input(sdl, &type->inputs[i]);
        buf_add_char(sdl, '\n');
    }
    buf_add_literal(sdl, "}\n");
}

static void print_union(struct buf *sdl, const struct type *type)
{
    buf_printf(sdl, "union %s", type->name);
    for (unsigned i = 0; i < type->possible_count; i++)
        buf_printf(sdl, "%s%s", i ? " | " : " = ", type->possible[i]->name);
    buf_add_char(sdl, '\n');
}

static void print_scalar(struct buf *sdl, const struct type *type)
{
    buf_printf(sdl, "scalar %s", type->name);
    if (type->specified_by) {
        buf_add_literal(sdl, " @specifiedBy(url: ");
        print_string(sdl, type->specified_by);
        buf_add_char(sdl, ')');
    }
    buf_add_char(sdl, '\n');
}

static void print_type(struct buf *sdl, const struct type *type)
{
    print_description(sdl, "", type->description);
    switch (type->kind) {
    case TYPE_SCALAR:
        print_scalar(sdl, type);
        break;
    case TYPE_OBJECT:
    case TYPE_INTERFACE:
        print_composite(sdl, type);
        break;
    case TYPE_UNION:
        print_union(sdl, type);
        break;
    case TYPE_ENUM:
        print_enum(sdl, type);
        break;
    case TYPE_INPUT:
        print_inputs(sdl, type);
        break;
    }
}

static void print_directive(struct buf *sdl, const struct directive *directive)
{
    bool first = true;

    print_description(sdl, "", directive->description);
    buf_printf(sdl, "directive @%s", directive->name);
    print_arguments(sdl, directive->arguments, directive->argument_count, "");
    buf_add_string(sdl, directive->repeatable ? " repeatable on " : " on ");
    for (int i = 0; i < DIRECTIVE_LOCATION_COUNT; i++) {
        if (!(directive->locations >> i & 1))
            continue;
        buf_printf(sdl, "%s%s", first ? "" : " | ", directive_location_name((enum directive_location)i));
        first = false;
    }
    buf_add_char(sdl, '\n');
}

/* Readers know the roots by their names, unless these are others or something else has them. */
static bool has_usual_roots(const struct gql_schema *schema)
{
    static const char *const names[] = { "Query", "Mutation", "Subscription" };

    for (unsigned i = 0; i < 3; i++) {
        const struct type *type = schema_type(schema, names[i]);

        if (schema->roots[i] != (type && type->kind == TYPE_OBJECT ? type : NULL))
            return false;
    }
    return true;
}

static void print_roots(struct buf *sdl, const struct gql_schema *schema)
{
    print_description(sdl, "", schema->description);
    buf_add_literal(sdl, "schema {\n");
    for (unsigned i = 0; i < 3; i++) {
        if (schema->roots[i])
            buf_printf(sdl, "  %s: %s\n", operation_word((enum operation_kind)i), schema->roots[i]->name);
    }
    buf_add_literal(sdl, "}\n");
}

static void print_parting(struct buf *sdl, size_t start)
{
    if (sdl->size != start)
        buf_add_char(sdl, '\n');
}

void gql_schema_print(const struct gql_schema *schema, struct buf *ret_sdl)
{
    size_t start = ret_sdl->size;

    if (schema->description || !has_usual_roots(schema))
        print_roots(ret_sdl, schema);
    for (unsigned i = 0; i < schema->directive_count; i++) {
        if (schema->directives[i]->builtin || schema->directives[i]->hidden)
            continue;
        print_parting(ret_sdl, start);
        print_directive(ret_sdl, schema->directives[i]);
    }
    for (unsigned i = 0; i < schema->type_count; i++) {
        if (schema->types[i]->builtin || schema->types[i]->hidden)
            continue;
        print_parting(ret_sdl, start);
        print_type(ret_sdl, schema->types[i]);
    }
}
