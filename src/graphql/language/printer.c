/* Recursion is bounded by the parser's depth. */
#include "graphql/language/printer.h"

#include <string.h>

#include "base/json.h"

enum { SHOWN_SIZE_MAX = 200 };

static void print_children(const struct node *value, const char *open, const char *close, struct buf *text)
{
    buf_add_string(text, open);
    for (const struct node *child = value->children; child && !text->full; child = child->next) {
        if (child != value->children)
            buf_add_literal(text, ", ");
        value_print(child, text);
    }
    buf_add_string(text, close);
}

void value_print(const struct node *value, struct buf *ret_text)
{
    switch (value->kind) {
    case NODE_VARIABLE:
        buf_add_char(ret_text, '$');
        buf_add_string(ret_text, value->name);
        break;
    case NODE_STRING:
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
        print_children(value, "[", "]", ret_text);
        break;
    case NODE_OBJECT:
        print_children(value, "{", "}", ret_text);
        break;
    case NODE_OBJECT_FIELD:
        buf_add_string(ret_text, value->name);
        buf_add_literal(ret_text, ": ");
        value_print(value->value, ret_text);
        break;
    default:
        buf_add_string(ret_text, value->name);
        break;
    }
}

const char *value_text(struct ts_arena *arena, const struct node *value)
{
    struct buf text;
    const char *copy;

    buf_init(&text, SHOWN_SIZE_MAX);
    value_print(value, &text);
    copy = ts_printf(arena, "%.*s%s", (int)text.size, text.size ? text.data : "", text.full ? "..." : "");
    buf_done(&text);
    return copy;
}
