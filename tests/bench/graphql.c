/*
 * What a query costs in the engine alone: rpcs are answered from memory. Prints nanoseconds of CPU per request for a
 * cached plan and for the first time; and for what is refused, beside the bound of 60 us + 30 ns a byte (JSON of the
 * variables included) and, without variables, of 5 ms whatever the size. Fails when something refused costs more.
 * An argument chooses rows by a part of their name.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../unit/graphql/shop.h"
#include "base/json.h"

enum { REQUEST_SIZE_MAX = 1 << 20, DOCUMENT_NS_MAX = 5000000 };

static bool over;        /* some refusal cost more than its bound */
static const char *only; /* of the rows, those whose name has this */

static double now_ns(void)
{
    struct timespec at;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

/* The least of several runs: what it costs, not what the machine did meanwhile. */
static double cost_ns(struct shop *shop, const char *query, const char *variables)
{
    double least = 0, spent = 0;

    for (unsigned run = 0; run < 1000 && (run < 5 || spent < 2e8); run++) {
        double start = now_ns(), each;

        (void)shop_ask(shop, query, variables);
        each = now_ns() - start;
        spent += each;
        if (!run || each < least)
            least = each;
    }
    return least;
}

/* A request that runs: how long it takes, and the first time, when its plan is made. */
static void measure_served(struct shop *shop, const char *name, const char *query, const char *variables)
{
    double start = now_ns(), first;

    if (!strstr(name, only))
        return;
    (void)shop_ask(shop, query, variables);
    first = now_ns() - start;
    printf("graphql served:  %-26s %9.0f ns, at first %9.0f ns%s\n", name, cost_ns(shop, query, variables), first,
           shop->outcome == GQL_EXECUTED ? "" : "  REFUSED");
}

static void measure_refused(struct shop *shop, const char *name, const char *query, const char *variables)
{
    size_t size = strlen(query) + (variables ? strlen(variables) : 0);
    double bound = 60e3 + 30 * (double)size, each;

    if (!strstr(name, only))
        return;
    if (!variables && bound > DOCUMENT_NS_MAX)
        bound = DOCUMENT_NS_MAX;
    each = cost_ns(shop, query, variables);
    printf("graphql refused: %-26s %9.0f ns of %9.0f (%zu bytes)%s%s\n", name, each, bound, size,
           each > bound ? "  OVER" : "", shop->outcome == GQL_EXECUTED ? "  SERVED" : "");
    over |= each > bound;
}

/* Pieces may hold one %zu: the piece's number. The caller frees. */
static char *repeat(const char *before, const char *piece, size_t count, const char *after)
{
    size_t room = strlen(before) + (strlen(piece) + 20) * count + strlen(after) + 1;
    char *text = malloc(room), *at = text;

    if (!text)
        abort();
    at = stpcpy(at, before);
    for (size_t i = 0; i < count; i++) {
        const char *number = strstr(piece, "%zu");

        if (number) {
            at = mempcpy(at, piece, (size_t)(number - piece));
            at += snprintf(at, 20, "%zu", i);
            at = stpcpy(at, number + 3);
        } else {
            at = stpcpy(at, piece);
        }
    }
    (void)stpcpy(at, after);
    return text;
}

/* Documents that are refused: before, piece, how often, after. */
static const struct {
    const char *name, *before, *piece;
    size_t count;
    const char *after;
} documents[] = {
    { "syntax", "{ item(id: \"itm_1\") { id title ", "", 0, "}" },
    { "unknown field", "{ item(id: \"itm_1\") { id titel } }", "", 0, "" },
    { "10,000 deep", "", "{a", 10000, "" },
    { "10,000 deep inline", "", "{... on Item", 10000, "" },
    { "63 deep inline", "{item{", "...on Item{", 60, "nothing" },
    { "too many tokens", "{", "a ", 20000, "}" },
    { "9,990 unknown", "{", "a ", 9990, "}" },
    { "9,990 unknown, each other", "{", "a%zu ", 9990, "}" },
    { "9,900 equal, a conflict", "{ item {", "id ", 9900, "id: title } }" },
    { "4,900 typename, a conflict", "{", "__typename ", 9900, "__typename: item{id} }" },
    { "2,400 objects, a conflict", "{", "item{id} ", 2400, "item{id:title} }" },
    { "1,100 arguments, a conflict", "{", "item(id:\"a\"){id} ", 1100, "item(id:\"b\"){id} }" },
    { "fields that conflict", "{ item {", "id:title id ", 2490, "} }" },
    { "conflicts of objects", "{", "item{id} item{id:title}", 1400, "}" },
    { "inline fragments, conflict", "{item{", "...on Item{id}", 1600, "id:title}}" },
    { "fragment spreads, conflict", "fragment F on Item{id} {item{", "...F ", 4900, "id:title}}" },
    { "unused fragments", "{item{id}}", "fragment F%zu on Item{id}", 1200, "" },
    { "fragment chain", "{item{...F0}}", "fragment F%zu on Item{...F}", 1100, "fragment F on Item{id}" },
    { "unknown spreads", "{item{", "...F%zu ", 4900, "}}" },
    { "50 operations, one fragment", "fragment F on Item{id note title count}", "query Q%zu{item{...F nothing}}", 51,
      "" },
    { "variables unused", "query(", "$a%zu:Int ", 2400, "){item{id}}" },
    { "variables of no type", "query(", "$a%zu:Inth ", 2400, "){item{id}}" },
    { "variables with defaults", "query(", "$a%zu:Int=1 ", 1600, "){item{id}}" },
    { "variables undefined", "{", "items(first:$a%zu){totalCount}", 1100, "}" },
    { "a variable twice", "query(", "$a:Int ", 2400, "){items(first:$a){totalCount}}" },
    { "directives on one place", "{item{id ", "@skip(if:true) ", 1600, "}}" },
    { "directives on each place", "{item{", "id @skip(if:true)@include(if:1) ", 750, "}}" },
    { "unknown directives", "{item{", "id @a%zu ", 3300, "}}" },
    { "arguments on one field", "{item(", "a%zu:1 ", 3300, "){id}}" },
    { "an argument many times", "{item(", "id:1 ", 3300, "){id}}" },
    { "a list", "{nodes(ids:[", "{} ", 4900, "]){id}}" },
    { "a list of lists", "{nodes(ids:[", "[[]]", 2400, "]){id}}" },
    { "an object", "{items(filter:{", "a%zu:1 ", 3300, "}){totalCount}}" },
    { "an object, one field", "{items(filter:{", "word:\"\" ", 3300, "}){totalCount}}" },
    { "time zones", "mutation{createItem(input:{timeZone:[", "\"Europe/Nowhere\" ", 9900, "]){item{id}}}" },
    { "dates", "{items(filter:{madeAfter:[", "\"2099\" ", 9900, "]}){totalCount}}" },
    { "introspection", "{__schema{", "types{fields{name}}", 1400, "types{name:kind}}}" },
    { "a long name", "{", "aaaaaaaaaa", 100000, "}" },
    { "long names", "{", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%zu ", 9000, "}" },
    { "a long string", "{ item(id: \"", "aaaaaaaaaa", 100000, ") }" },
    { "a string of escapes", "{ item(id: \"", "\\u00e9\\n", 120000, ") }" },
    { "a string of braced escapes", "{ item(id: \"", "\\u{1F600}", 100000, ") }" },
    { "a string, wrong there", "{ items(first: \"", "\\u00e9\\n", 120000, "\"){totalCount} }" },
    { "a date of a megabyte", "{items(filter:{madeAfter:\"", "0", 1000000, "\"}){totalCount}}" },
    { "a block string", "{ items(first: \"\"\"", "\n  a", 250000, "\"\"\"){totalCount} }" },
    { "a block of blank lines", "{ items(first: \"\"\"", "\n", 1000000, "\"\"\"){totalCount} }" },
    { "a number of a megabyte", "{ items(first: 1", "0", 1000000, "){totalCount} }" },
    { "a float of a megabyte", "{ items(filter: {size: {weight: 1.", "9", 1000000, "e999}}){totalCount} }" },
    { "blanks", "", " ", REQUEST_SIZE_MAX, "" },
    { "line ends before errors", "", "\n", 1000000, "{ a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d }" },
    { "a comment before errors", "#", "aaaaaaaaaa", 100000,
      "\n{ a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d }" },
    { "a comment, UTF-8", "#", "\xE4\xB8\x89", 340000, "" },
    { "commas between errors", "{",
      "a ,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,", 9900, "}" },
};

/* Variables that do not fit. */
static const struct {
    const char *name, *query, *before, *piece;
    size_t count;
    const char *after;
} variables[] = {
    { "a list", "query($v:[ID!]!){nodes(ids:$v){id}}", "{\"v\":[", "1,", 500000, "null]}" },
    { "a list of objects", "query($v:[ID!]!){nodes(ids:$v){id}}", "{\"v\":[", "{},", 340000, "null]}" },
    { "an object", "query($v:ItemFilter){items(filter:$v){totalCount}}", "{\"v\":{", "\"a%zu\":1,", 90000,
      "\"b\":1}}" },
    { "a string", "query($v:Int){items(first:$v){totalCount}}", "{\"v\":\"", "\\u00e9\\n", 120000, "\"}" },
    { "a number", "query($v:Int){items(first:$v){totalCount}}", "{\"v\":1", "0", 1000000, "}" },
    { "a deep list", "query($v:[ID!]!){nodes(ids:$v){id}}", "{\"v\":", "[", 61,
      "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}" },
    { "others unused", "query($v:Int!){items(first:$v){totalCount}}", "{", "\"a%zu\":1,", 90000, "\"b\":1}" },
    { "lines", "mutation($v:CreateItemInput!){createItem(input:$v){item{id}}}", "{\"v\":{\"title\":\"a\",\"lines\":[",
      "{\"tag\":1},", 90000, "{}]}}" },
    { "zones", "query($v:[ID!]!){nodes(ids:$v){id}}", "{\"v\":[", "\"Europe/Nowhere\",", 60000, "null]}" },
};

/* Fragments that double at each step: `depth` doublings, the halves within `left` and `right`. */
static void measure_bomb(struct shop *shop, const char *left, const char *right, unsigned depth)
{
    char name[64];
    struct buf query;

    buf_init(&query, REQUEST_SIZE_MAX);
    buf_add_literal(&query, "{ theItem(id: \"a\") { ...F0 } }");
    for (unsigned i = 0; i < depth; i++)
        buf_printf(&query, " fragment F%u on Item { %s{ ...F%u } %s{ ...F%u }%s }", i, left, i + 1, right, i + 1,
                   right[0] == '}' ? "}}" : "");
    buf_printf(&query, " fragment F%u on Item { id id: title }", depth);
    buf_add_char(&query, 0);
    (void)snprintf(name, sizeof(name), "bomb of %u, %.20s", depth, left);
    measure_refused(shop, name, query.data, NULL);
    buf_done(&query);
}

/* As many operations as may be, all of which reach `count` of a piece in one fragment. */
static void measure_operations(struct shop *shop, const char *name, const char *piece, size_t count, const char *end)
{
    char *fragment = repeat("fragment F on Query{", piece, count, end), *query;

    query = repeat(fragment, " query Q%zu($a:Int){...F nothing}", 50, "");
    measure_refused(shop, name, query, NULL);
    free(fragment);
    free(query);
}

static void measure_all_refused(struct shop *shop)
{
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        char *query = repeat(documents[i].before, documents[i].piece, documents[i].count, documents[i].after);

        measure_refused(shop, documents[i].name, query, NULL);
        free(query);
    }
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        char *json = repeat(variables[i].before, variables[i].piece, variables[i].count, variables[i].after);

        measure_refused(shop, variables[i].name, variables[i].query, json);
        free(json);
    }
    for (unsigned depth = 8; depth <= 40; depth += 8) {
        measure_bomb(shop, "... on Item", "... on Item", depth);
        measure_bomb(shop, "maker{items{...on Item", "}} surely{items{...on Item", depth);
    }
    measure_operations(shop, "50 operations, spreads", "...G ", 4600, "} fragment G on Query{item{id}}");
    measure_operations(shop, "50 operations, variables", "items(first:$a){totalCount}", 850, "}");
    measure_operations(shop, "50 operations, fields", "item{id} ", 2200, "}");
    measure_operations(shop, "50 operations, leaves", "__typename ", 9200, "}");
}

/* Large documents that are served: planning happens on the loop. */
static void measure_large(struct shop *shop)
{
    char *query = repeat("{ item { ", "id ", 9900, "} }");

    measure_served(shop, "9,900 equal fields", query, NULL);
    free(query);
    query = repeat("{ item { ", "maker{id}", 2400, "} }");
    measure_served(shop, "2,400 equal objects", query, NULL);
    free(query);
    query = repeat("{ node(id: \"itm_1\") { ", "id ...on Item{id}", 1400, "} }");
    measure_served(shop, "1,400 inline fragments", query, NULL);
    free(query);
    query = repeat("fragment F on Node { ", "id ...on Item{ maker{ items{id} } }", 800,
                   "} { nodes(ids:[\"itm_1\"]) { ...F ...F } }");
    measure_served(shop, "800 joins merged", query, NULL);
    free(query);
    query = repeat("{ nodes(ids: [", "\"itm_1\" ", 9900, "]) { id } }");
    measure_served(shop, "9,900 ids", query, NULL);
    free(query);
}

int main(int argc, char **argv)
{
    struct shop shop;

    only = argc > 1 ? argv[1] : "";
    shop_init(&shop);
    measure_served(&shop, "one object", "{ item(id: \"itm_1\") { id title } }", NULL);
    measure_served(&shop, "list with a join", "{ items { nodes { id title maker { name } } } }", NULL);
    measure_large(&shop);
    measure_all_refused(&shop);
    shop_done(&shop);
    return over;
}
