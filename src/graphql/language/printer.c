/* Recursion is bounded by the parser's depth. */
#include "graphql/language/printer.h"

#include <string.h>

#include "base/json.h"

enum { SHOWN_SIZE_MAX = 200, BLOCK_LINE_MAX = 70 };

static void print_value(const struct node *value, struct buf *ret_text, bool blocks);

static void print_children(const struct node *value, const char *open, const char *close, struct buf *text, bool blocks)
{
    buf_add_string(text, open);
    for (const struct node *child = value->children; child && !text->full; child = child->next) {
        if (child != value->children)
            buf_add_literal(text, ", ");
        print_value(child, text, blocks);
    }
    buf_add_string(text, close);
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == 0;
}

/* As the reference prints it: on lines of its own when it is long, has lines, or ends in what would end it. */
static void print_block(const char *value, struct buf *text)
{
    size_t size = strlen(value);
    const char *second = strpbrk(value, "\r\n");
    bool quoted = size >= 3 && memcmp(value + size - 3, "\"\"\"", 3) == 0;
    bool ends_open = size && (value[size - 1] == '\\' || (value[size - 1] == '"' && !quoted));
    bool leads = second && is_blank(second);
    bool lines = second || size > BLOCK_LINE_MAX || ends_open || quoted;
    bool indented = !second && (value[0] == ' ' || value[0] == '\t');

    buf_add_literal(text, "\"\"\"");
    if ((lines && !indented) || leads)
        buf_add_char(text, '\n');
    for (const char *at = value; *at;) {
        bool escape = strncmp(at, "\"\"\"", 3) == 0;

        buf_add_string(text, escape ? "\\\"\"\"" : "");
        if (!escape)
            buf_add_char(text, *at);
        at += escape ? 3 : 1;
    }
    if (lines)
        buf_add_char(text, '\n');
    buf_add_literal(text, "\"\"\"");
}

static void print_value(const struct node *value, struct buf *ret_text, bool blocks)
{
    switch (value->kind) {
    case NODE_VARIABLE:
        buf_add_char(ret_text, '$');
        buf_add_string(ret_text, value->name);
        break;
    case NODE_STRING:
        if (value->flag && blocks)
            print_block(value->text, ret_text);
        else
            json_write_string(ret_text, value->text, strlen(value->text));
        break;
    case NODE_INT:
    case NODE_FLOAT:
        buf_add_string(ret_text, value->text);
        break;
    case NODE_BOOLEAN:
        buf_add_string(ret_text, value->flag ? "true" : "false");
        break;
    case NODE_NULL:
        buf_add_literal(ret_text, "null");
        break;
    case NODE_LIST:
        print_children(value, "[", "]", ret_text, blocks);
        break;
    case NODE_OBJECT:
        print_children(value, "{", "}", ret_text, blocks);
        break;
    case NODE_OBJECT_FIELD:
        buf_add_string(ret_text, value->name);
        buf_add_literal(ret_text, ": ");
        print_value(value->value, ret_text, blocks);
        break;
    default:
        buf_add_string(ret_text, value->name);
        break;
    }
}

void value_print(const struct node *value, struct buf *ret_text)
{
    print_value(value, ret_text, /* blocks= */ false);
}

const char *value_text(struct ts_arena *arena, const struct node *value)
{
    struct buf text;
    const char *copy;

    buf_init(&text, SHOWN_SIZE_MAX);
    print_value(value, &text, /* blocks= */ true);
    copy = ts_printf(arena, "%.*s%s", (int)text.size, text.size ? text.data : "", text.full ? "..." : "");
    buf_done(&text);
    return copy;
}
