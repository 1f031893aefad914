/* Recursion is bounded by the parser's depth. What a message shows is cut, and nothing behind that is looked at. */
#include "graphql/language/printer.h"

#include <string.h>

#include "base/json.h"
#include "graphql/error.h"

enum {
    SHOWN_SIZE_MAX = 200,
    TEXT_SIZE_MAX = 8 * SHOWN_SIZE_MAX, /* before it is cut: a byte takes six when it is escaped */
    BLOCK_LINE_MAX = 70,
};

/* `shown`: for a message; else whole, and block strings as plain ones. */
static void print_value(const struct node *value, struct buf *ret_text, bool shown);

static void print_children(const struct node *value, const char *open, const char *close, struct buf *text, bool shown)
{
    buf_add_string(text, open);
    for (const struct node *child = value->children; child && !text->full; child = child->next) {
        if (child != value->children)
            buf_add_literal(text, ", ");
        print_value(child, text, shown);
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

static void print_word(const char *word, struct buf *text, bool shown)
{
    buf_add(text, word, shown ? strnlen(word, SHOWN_SIZE_MAX) : strlen(word));
}

static void print_shown_string(const struct node *value, struct buf *text)
{
    char start[SHOWN_SIZE_MAX + 1];
    size_t size = strnlen(value->text, SHOWN_SIZE_MAX);

    memcpy(start, value->text, size);
    start[size] = 0;
    if (value->flag)
        print_block(start, text);
    else
        json_write_string(text, start, size);
}

static void print_value(const struct node *value, struct buf *ret_text, bool shown)
{
    switch (value->kind) {
    case NODE_VARIABLE:
        buf_add_char(ret_text, '$');
        print_word(value->name, ret_text, shown);
        break;
    case NODE_STRING:
        if (shown)
            print_shown_string(value, ret_text);
        else
            json_write_string(ret_text, value->text, strlen(value->text));
        break;
    case NODE_INT:
    case NODE_FLOAT:
        print_word(value->text, ret_text, shown);
        break;
    case NODE_BOOLEAN:
        buf_add_string(ret_text, value->flag ? "true" : "false");
        break;
    case NODE_NULL:
        buf_add_literal(ret_text, "null");
        break;
    case NODE_LIST:
        print_children(value, "[", "]", ret_text, shown);
        break;
    case NODE_OBJECT:
        print_children(value, "{", "}", ret_text, shown);
        break;
    case NODE_OBJECT_FIELD:
        print_word(value->name, ret_text, shown);
        buf_add_literal(ret_text, ": ");
        print_value(value->value, ret_text, shown);
        break;
    default:
        print_word(value->name, ret_text, shown);
        break;
    }
}

void value_print(const struct node *value, struct buf *ret_text)
{
    print_value(value, ret_text, /* shown= */ false);
}

const char *value_text(struct ts_arena *arena, const struct node *value)
{
    struct buf text;
    const char *copy;

    buf_init(&text, TEXT_SIZE_MAX);
    print_value(value, &text, /* shown= */ true);
    copy = text_cut(arena, text.size ? text.data : "", text.size, SHOWN_SIZE_MAX);
    buf_done(&text);
    return copy;
}
