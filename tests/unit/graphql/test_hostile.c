/*
 * Hostile requests, for each rule and for what comes before and after the rules. What they take is counted (steps.h),
 * so the machine's speed does not matter: ten times as much of the same takes about ten times as many steps. What one
 * request may take at most, of steps and of the stack, has a bound.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "graphql/fixed.h"
#include "graphql/graphql.h"
#include "steps.h"
#include "support/test.h"
#include "tessera/limits.h"

enum {
    COUNT_MIN = 100,
    COUNT_MAX = 10000,
    COUNTS = 3,                  /* from the least to the most, ten times as much each */
    GROWTH_MAX = 16,             /* of the steps, for ten times as much: sorting makes 14, a square 100 */
    NESTED_MAX = 70,             /* a little more than limits.depth */
    STACK_MAX = 32 << 10,        /* half of a fiber's: the server and the C library need some, too */
    STEPS_MAX = 25 << 20,        /* of one request: a few milliseconds */
    ANSWER_SIZE_MAX = 200 << 10, /* fifty errors of some kilobytes each */
    TEXT_SIZE_MAX = 8 << 20,
    BODY_SIZE_MAX = 1 << 30,
};

static const char sdl[] =
    "schema { query: Query subscription: Live } "
    "type Query implements Face { a: Int b: Int o: Query face: Face union: Union list: [Query] must(x: Int! y: Int!): "
    "Int f(x: Int y: [Int] z: [[Int]] s: String id: ID e: Enum in: In ins: [In] one: One n: Float): Int } "
    "interface Face { a: Int b: Int o: Query } type Other { c: Int } union Union = Query | Other "
    "enum Enum { RED GREEN } "
    "input In { x: Int must: Int! in: In list: [In] e: Enum s: String } input One @oneOf { x: Int y: Int } "
    "type Live { a: Int b: Int } "
    "directive @many(x: Int) repeatable on FIELD | QUERY | VARIABLE_DEFINITION | FRAGMENT_DEFINITION ";

/*
 * A request: pieces many times between what stands once. In a piece `%` is its number, `^` the next one, and `~` its
 * number counted from the end; elsewhere `%` is how many there are. No two rows have one document: plans are cached.
 */
struct row {
    const char *says; /* in the answer */
    const char *before, *piece, *between, *other, *after;
    const char *json_before, *json_piece, *json_after; /* of variables, or NULL */
};

#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TEN(text) text text text text text text text text text text

// clang-format off
static const struct row rows[] = {
    /* text */
    { "\"a\"", "{a", " ", "}" },
    { "\"a\"", "{a", "\r\n", "}" },
    { "\"a\"", "{a", "\xEF\xBB\xBF", "}" },
    { "\"a\"", "{a", "#\n", "}" },
    { "\"a\"", "{a #", "\xE4\xB8\x89", "\n}" },
    { "\"f\"", "{f(s:\"", "x", "\")}" },
    { "\"f\"", "{f(s:\"", "\\u00e9\\n", "\")}" },
    { "\"f\"", "{f(s:\"", "\\u{1F600}", "\")}" },
    { "\"f\"", "{f(s:\"\"\"", "\n x", "\"\"\")}" },
    { "\"f\"", "{f(s:\"\"\"", "\n", "\"\"\")}" },
    { "\"f\"", "{f(s:\"\"\"", "\\\"\"\" ", "\"\"\")}" },
    { "\"f\"", "{f(y:[", "1 ", "])}" },
    { "Unterminated string", "{f(s:\"\"\"", "\\\"\"\" ", "" },
    { "Unterminated string", "{f(s:\"", "x", "" },
    { "Expected Name", "{", "a ", "" },
    { "Unexpected variable", "query(", "$a%:Int=1 ", "$b:Int=$b){a}" },
    { "Cannot query field", "{", "a", "}" },
    { "Int cannot represent", "{f(x:", "1", ")}" },
    { "String cannot represent", "{f(s:", "1", ")}" },
    { "Int cannot represent", "{f(x:\"", "1", "\")}" },
    { "\"f\"", "{f(n:1.", "1", ")}" },
    { "nested deeper", "{", "a{", "" },
    { "nested deeper", "{f(y:", "[", "" },
    { "nested deeper", "{", "o{", "a:b a", "}", "}" },
    { "nested deeper", "{f(in:{must:1 ", "in:{must:1 ", "", "}", "})}" },
    { "nested deeper", "{f(in:", "{a:", "" },
    { "nested deeper", "query($a:", "[", "" },
    /* 5.1.1 ExecutableDefinitions */
    { "is not executable", "{a} ", "type T%{a:Int}", "" },
    { "is not executable", "{a} ", "extend schema@many ", "" },
    { "is not executable", "{a} enum E {", "A% ", "}" },
    { "is not executable", "{a} union U = ", "|A", "" },
    { "is not executable", "{a} type T implements ", "&A", "" },
    { "is not executable", "{a} directive @d(", "a%:Int=1 ", ") on FIELD" },
    { "is not executable", "{a} directive @d on ", "|FIELD", "" },
    { "is not executable", "{a} \"", "x", "\" scalar S" },
    /* 5.2 operations */
    { "is not supported by the schema", "", "mutation M%{a}", "" },
    { "only one operation named", "", "query A{a}", "" },
    { "Must provide operation name", "", "query A%{a}", "" },
    { "only one operation named", "query #", "x", "\nA{a}", "query A{a}", "" },
    { "anonymous operation must be the only", "", "{a}", "" },
    { "\"a\"", "subscription{", "a ", "}" },
    { "select only one top level field", "subscription{", "x%:a ", "}" },
    { "select only one top level field", "subscription{", "x%:a ", "", "x%:a ", "}" },
    { "introspection top level field", "subscription{", "__typename ", "}" },
    { "introspection top level field", "subscription{", "x%:__typename ", "}" },
    { "select only one top level field", "subscription{...F}fragment F on Live{", "a%:a ", "}" },
    { "select only one top level field", "", "subscription S%{...F}", "fragment F on Live{", "a b ", "}" },
    { "select only one top level field", "subscription{", "...F% ", "}", "fragment F% on Live{a b}", "" },
    { "must select one top level field", "subscription{", "...on Query{a}", "}" },
    /* 5.3 fields */
    { "Cannot query field", "{", "x ", "}" },
    { "Cannot query field", "{", "x% ", "}" },
    { "Cannot query field", "{", LONG "% ", "}" },
    { "Cannot query field", "{union{", "a% ", "}}" },
    { "Cannot query field", "{union{", "a ", "}}" },
    { "Cannot query field", "{face{", "f ", "}}" },
    { "must have a selection", "{", "o ", "}" },
    { "must not have a selection", "{", "a{b}", "}" },
    { "must not have a selection", "{f(", "x%:1 ", "){a}}" },
    { "\"a\"", "{", "a ", "}" },
    { "\"x1\"", "{", "x%:a ", "}" },
    { "\"o\"", "{", "o{a}", "}" },
    { "\"o\"", "{", "o{a}", "", "o{b}", "}" },
    { "\"o\"", "{", "o{o{o{a b}}}", "}" },
    { "", "{face{", "o{a}...on Query{o{b}}", "}}" },
    { "\"union\"", "{union{", "...on Query{a}...on Other{c}", "}}" },
    { "\"f\"", "{", "f(x:1 y:[1])", "}" },
    { "\"f\"", "{f(y:[", "1 ", "]) f(y:[", "1 ", "])}" },
    { "differing arguments", "{f(y:[", "1 ", "]) f(y:[", "1 ", "2])}" },
    { "differing arguments", "{", "f(x:%)", "}" },
    { "differing arguments", "{f(", "x%:1 ", ")f(", "x~:1 ", ")}" },
    { "are different fields", "{", "a:b a ", "}" },
    { "are different fields", "{", "x%:b ", "", "x%:a ", "}" },
    { "are different fields", "{", "x%:b ", "", "x~:a ", "}" },
    { "are different fields", "{", "o{a:b a}", "}" },
    { "are different fields", "{", "o{a:b}", "", "o{a}", "}" },
    { "are different fields", "{", "...F% ", "x0:b}", "fragment F% on Query{x%:a}", "" },
    { "are different fields", "{", "...F% ", "x:b}", "fragment F% on Query{x:a}", "" },
    { "return conflicting types", "{union{", "...on Query{x:a}", "...on Other{x:__typename}}}" },
    { "return conflicting types", "{union{", "...on Query{x%:a}", "", "...on Other{x%:__typename}", "}}" },
    { "are different fields", "{x", "a", ":o{x:a}x", "a", ":o{x:b}}" },
    /* 5.4 arguments */
    { "Unknown argument", "{f(", "x%:1 ", ")}" },
    { "Unknown argument", "{", "f(nothing:1)", "}" },
    { "Unknown argument", "{a ", "@many(nothing:1)", "}" },
    { "only one argument named", "{f(", "x:1 ", ")}" },
    { "only one argument named", "{f(", "x%:1 ", "", "x%:1 ", ")}" },
    { "is required, but it was not", "{", "must ", "}" },
    { "is required, but it was not", "{must(", "x%:1 ", ")}" },
    /* 5.5 fragments */
    { "Unknown type", "{", "...on T%{a}", "}" },
    { "Unknown type", "{a}", "fragment F% on T%{a}", "" },
    { "cannot condition on non composite", "{", "...on Int{a}", "}" },
    { "only one fragment named", "{...F}", "fragment F on Query{a}", "" },
    { "only one fragment named", "{...F} fragment #", "x", "\nF on Query{a}", "fragment F on Query{a}", "" },
    { "Unknown fragment", "{", "...F%", "}" },
    { "Unknown fragment", "{", "...#\nF", "}" },
    { "is never used", "{a}", "fragment F% on Query{a}", "" },
    { "is never used", "{a}", "fragment F% on Query{...F^}", "" },
    { "cannot be spread here", "{", "...on Other{c}", "}" },
    { "cannot be spread here", "{", "...F%", "}", "fragment F% on Other{c}", "" },
    { "within itself", "{...F0}", "fragment F% on Query{...F%}", "" },
    { "within itself", "{...F}fragment F on Query{", "...F ", "}" },
    { "within itself", "{...F0}", "fragment F% on Query{...F^ ...F0}", "" },
    { "within itself", "{...F0}", "fragment F% on Query{...F0 ...F^}", "" },
    { "within itself", "{...F0}", "fragment F% on Query{o{...F^}...F%}", "" },
    { "within itself", "{...F0}fragment F0 on Query{", "...F^ ", "}", "fragment F^ on Query{...F0}", "" },
    { "within itself", "{...F}fragment F on Query{...F0}", "fragment F% on Query{...F^}", "fragment F% on Query{...F}", "", "" },
    { "within itself", "{...F}fragment F on Query{...F" LONG, "a", "}fragment F" LONG, "a",
      " on Query{...F ...F ...F ...F ...F}" },
    { "\"a\"", "{", "...F%", "}", "fragment F% on Query{a}", "" },
    { "\"a\"", "{", "...F ", "}fragment F on Query{", "a ", "}" },
    { "", "", "query Q%{...F}", "fragment F on Query{", "a ", "}" },
    { "", "", "query Q%{...F0}", "", "fragment F% on Query{a ...F^}", "fragment F% on Query{a}" },
    { "", "{...F0}", "fragment F% on Query{...F^}", "fragment F% on Query{a}" },
    { "", "{...F0}", "fragment F% on Query{a ...F^}", "fragment F% on Query{a}" },
    { "nested deeper", "{...F0}", "fragment F% on Query{" TEN("... on Query{") "...F^" TEN("}") "}", "fragment F% on Query{a}" },
    { "", "{...F0}", "fragment F% on Query{o{...F^}}", "fragment F% on Query{a}" },
    { "", "{...F0}", "fragment F% on Query{o{...F^}o{...F^}}", "fragment F% on Query{a}" },
    { "", "{...F0}", "fragment F% on Query{o{...F^}o{...F^}}", "fragment F% on Query{a:b a}" },
    { "nested deeper", "{...F0 x:b}", "fragment F% on Query{...F^}", "fragment F% on Query{x:a}" },
    { "nested deeper", "{...F0 x:b}", "fragment F% on Query{a ...F^}", "fragment F% on Query{x:a}" },
    { "", "{...F0}", "fragment F% on Query{o{a ...F^}o{b ...F^}}", "fragment F% on Query{a:b a}" },
    { "", "{o{...F0}o{...F0 a}}", "fragment F% on Query{...on Query{o{...F^}}o{...F^}}", "fragment F% on Query{a:b}" },
    { "nested deeper", "subscription{...F0}", "fragment F% on Live{...F^}", "fragment F% on Live{a}" },
    { "nested deeper", "subscription{...F0}", "fragment F% on Live{" TEN("... on Live{") "...F^" TEN("}") "}", "fragment F% on Live{a}" },
    /* 5.6 values */
    { "is not defined by type", "{f(in:{must:1 ", "x%:1 ", "})}" },
    { "of required type", "{f(in:{", "x%:1 ", "})}" },
    { "of required type", "{f(ins:[", "{} ", "])}" },
    { "of required type", "{f(in:{must:1 list:[", "{} ", "]})}" },
    { "only one input field named", "{f(in:{must:1 ", "x:1 ", "})}" },
    { "must specify exactly one key", "{f(one:{", "x%:1 ", "})}" },
    { "must specify exactly one key", "{", "f(one:{})", "}" },
    { "does not exist in", "{f(e:", "R", ")}" },
    { "does not exist in", "{", "f(e:R%)", "}" },
    { "cannot represent", "{f(y:[", "\"x\" ", "])}" },
    { "cannot represent", "{f(s:[", "{} ", "])}" },
    { "cannot represent", "{f(z:[", "[\"\"] ", "])}" },
    { "cannot represent", "{f(s:{", "a%:{b:1} ", "})}" },
    { "Expected value of type", "{f(in:[", "1 ", "])}" },
    /* 5.7 directives */
    { "Unknown directive", "{a ", "@d% ", "}" },
    { "Unknown directive", "{", "a@d% ", "}" },
    { "may not be used on", "query ", "@skip(if:true)", "{a}" },
    { "only be used once at this location", "{a ", "@skip(if:true)", "}" },
    { "\"a\"", "{a ", "@many(x:%)", "}" },
    /* 5.8 variables */
    { "only one variable named", "query(", "$a:Int ", "){f(x:$a)}" },
    { "only one variable named", "query(", "$a%:Int ", "", "$a%:Int ", "){a}" },
    { "cannot be non-input type", "query(", "$a%:Query ", "){a}" },
    { "Unknown type", "query(", "$a%:T% ", "){a}" },
    { "is not defined", "{", "f(x:$a%)", "}" },
    { "is not defined by operation", "", "query Q%{...F}", "fragment F on Query{f(x:$a)}" },
    { "is not defined by operation", "query A", "A", "{", "f(x:$a)", "}" },
    { "is not defined by operation", "", "query Q%{...F}", "fragment F on Query{f(x:$a", "a", ")}" },
    { "is never used", "query(", "$a%:Int ", "){a}" },
    { "is never used", "query A", "A", "(", "$a%:Int ", "){a}" },
    { "used in position expecting", "query(", "$a%:String ", "){", "f(x:$a%)", "}" },
    { "used in position expecting", "query($a:String){", "f(x:$a)", "}" },
    { "used in position expecting", "query A($a", "a", ":String){f(x:$a", "a", ")}" },
    { "must be non-nullable to be used for OneOf", "query($a:Int){", "f(one:{x:$a})", "}" },
    { "\"x1\"", "query(", "$a%:Int ", "){", "x%:f(x:$a%)", "}" },
    { "\"x1\"", "query(", "$a%:Int=1 ", "){", "x%:must(x:$a% y:1)", "}" },
    { "\"f\"", "query(", "$a%:Int ", "){f(y:[", "$a% ", "])}" },
    { "\"f\"", "query(", "$a%:Int ", "){f(y:[", "$a~ ", "])}" },
    { "\"a\"", "query(", "$a%:Boolean=false ", "){", "a@skip(if:$a%)", "}" },
    /* ours */
    { "Maximum introspection depth", "{", "__schema{types{fields{type{fields{type{fields{name}}}}}}}", "}" },
    { "\"__schema\"", "{", "__schema{...F}", "}fragment F on __Schema{", "description ", "}" },
    { "", "{", "__schema{...F0}", "}", "fragment F% on __Schema{...F^}", "fragment F% on __Schema{description}" },
    { "", "{__type(name:\"a\"){...F0}}", "fragment F% on __Type{ofType{...F^}}", "fragment F% on __Type{name}" },
    /* what @include may turn round */
    { "\"x1\"", "query($a:Boolean=false){...F@include(if:$a)", "x~:a ", "}fragment F on Query{", "x%:a ", "}" },
    { "\"a\"", "query($a:Boolean=false){", "...F@include(if:$a)", "a}fragment F on Query{a}" },
    { "", "query($a:Boolean=false){", "...F@include(if:$a)", "a}fragment F on Query{", "a ", "}" },
    /* variables' values */
    { "Field \\\"a1\\\" is not defined", "query($v:In){f(in:$v)}", "", "", "", "", "{\"v\":{\"must\":1,", "\"a%\":1,",
      "\"b\":1}}" },
    { "Field \\\"a1\\\" is not defined", "query($v:In){f(in:$v)}", "", "", "", "", "{\"v\":{\"must\":1,",
      "\"a%\":0.30000000000000004,", "\"b\":1}}" },
    { "cannot represent", "query($v:[Int]){f(y:$v)}", "", "", "", "", "{\"v\":[", "\"x\",", "1]}" },
    { "of required type", "query($v:[In]){f(ins:$v)}", "", "", "", "", "{\"v\":[", "{},", "{}]}" },
    { "of required type", "query($v:[In]){f(ins:$v)}", "", "", "", "", "{\"v\":[{", "\"a%\":[{},1.5,\"x\"],",
      "\"b\":1}]}" },
    { "Exactly one key", "query($v:One){f(one:$v)}", "", "", "", "", "{\"v\":{", "\"a%\":1,", "\"b\":1}}" },
    { "does not exist in", "query($v:Enum){f(e:$v)}", "", "", "", "", "{\"v\":\"", "R", "\"}" },
    { "Int cannot represent", "query($v:Int){f(x:$v)}", "", "", "", "", "{\"v\":\"", "\\n", "\"}" },
    { "Int cannot represent", "query($v:Int){f(x:$v)}", "", "", "", "", "{\"v\":1", "0", "}" },
    { "\"f\"", "query($v:Int){f(x:$v)}", "", "", "", "", "{", "\"a%\":1,", "\"b\":1}" },
    { "\"f\"", "query(", "$b%:Int ", "){f(y:[", "$b% ", "])}", "{", "\"x%\":1,", "\"y\":1}" },
    { "\"f\"", "query(", "$c%:Int ", "){f(y:[", "$c% ", "])}", "{", "\"c%\":1,", "\"y\":1}" },
    { "\"f\"", "query(", "$d%:Int ", "){f(y:[", "$d% ", "])}", "{", "\"d~\":1,", "\"y\":1}" },
    { "got invalid value", "query($v", "a", ":[Int]){f(y:$v", "a", ")}", "{\"v", "a", "\":[\"\",\"\",\"\"]}" },
};

/* A schema that grows with the request: members are as many as the pieces that name them. */
static const struct row large_sdl[] = {
    { "", "type Query { face: Face any: Any other: Other in(in: In needs: Needs): Int e(e: [Enum]): Int a: Int many(", "a%: Int ", "): Int needs(", "a%: Int! ", "): Int } " },
    { "", "input In { a: Int! ", "a%: Int ", "} input Needs { ", "a%: Int! ", "} " },
    { "", "enum Enum { ", "A% ", "} interface Face { x: Int } ", "type T% implements Face { x: Int f%: Int } ", "" },
    { "", "union Any = ", "| T~ ", "union Other = U union Late = U | T0 directive @many(", "a%: Int ", ") on FIELD type U { x: Int }" },
};

static const struct row large_rows[] = {
    { "\"many\"", "{many(", "a%:1 ", ")}" },
    { "\"many\"", "{many(", "a~:1 ", ")}" },
    { "Unknown argument", "{many(", "b%:1 ", ")}" },
    { "\"a\"", "{a@many(", "a~:1 ", ")}" },
    { "\"needs\"", "{needs(", "a~:1 ", ")}" },
    { "is required", "{", "needs ", "}" },
    { "is required", "{needs(", "b%:1 ", ")}" },
    { "\"in\"", "{in(in:{a:1 ", "a~:1 ", "})}" },
    { "\"in\"", "query($v:Int!=1){in(in:{a:$v ", "a~:1 ", "})}" },
    { "\"in\"", "{in(needs:{", "a~:1 ", "})}" },
    { "of required type", "{in(needs:{", "b%:1 ", "})}" },
    { "\"in\"", "query($v:In){in(in:$v)}", "", "", "", "", "{\"v\":{\"a\":1", ",\"a%\":1", "}}" },
    { "of required type", "query($v:Needs){in(needs:$v)}", "", "", "", "", "{\"v\":{\"a\":1", ",\"b%\":1", "}}" },
    { "\"e\"", "{e(e:[", "A~ ", "])}" },
    { "does not exist in", "{e(e:[", "B~ ", "])}" },
    { "Did you mean to use an inline fragment on", "{", "any{x}", "}" },
    { "Did you mean to use an inline fragment on", "{", "face{f%}", "}" },
    { "", "{face{", "...on T%{x}", "}}" },
    { "", "{any{", "...on T%{x f%}", "}}" },
    { "cannot be spread here", "{other{", "...on Any{__typename}", "}}" },
    { "cannot be spread here", "{any{", "...on Other{__typename}", "}}" },
    { "", "{any{", "...on Late{__typename}", "}}" },
    { "Unknown type", "{", "...on N%{x}", "}" },
};

// clang-format on

static struct ts_arena arena;
static struct buf query, variables, body;

/* The numbers of a piece; of what stands once, when it is its own number. */
static void add_text(struct buf *text, const char *piece, unsigned number, unsigned count)
{
    for (const char *at = piece ? piece : ""; *at; at++) {
        if (*at == '%')
            buf_add_int(text, number);
        else if (*at == '^')
            buf_add_int(text, number + 1);
        else if (*at == '~')
            buf_add_int(text, count - 1 - number);
        else
            buf_add_char(text, *at);
    }
}

static void add_pieces(struct buf *text, const char *piece, unsigned count)
{
    for (unsigned i = 0; i < count && piece && *piece; i++)
        add_text(text, piece, i, count);
}

static void make(const struct row *row, unsigned count)
{
    buf_clear(&query);
    add_text(&query, row->before, count, count);
    add_pieces(&query, row->piece, count);
    add_text(&query, row->between, count, count);
    add_pieces(&query, row->other, count);
    add_text(&query, row->after, count, count);
    buf_clear(&variables);
    add_text(&variables, row->json_before, count, count);
    add_pieces(&variables, row->json_piece, count);
    add_text(&variables, row->json_after, count, count);
    assert_false(query.full || variables.full);
}

/* Return: the steps that the request took. */
static uint64_t ask(struct gql_schema *schema)
{
    struct gql_env env = { .arena = &arena, .principal = GQL_SIGNED_IN };
    struct gql_request request = { .query = query.data, .query_size = query.size };
    struct json *parsed = NULL;
    struct json_error error;

    buf_clear(&body);
    arena_reset(&arena);
    steps_begin();
    if (variables.size)
        assert_int_equal(json_parse(&arena, variables.data, variables.size, &parsed, &error), 0);
    request.variables = parsed;
    (void)gql_execute(schema, &env, &request, &body);
    buf_add_char(&body, 0);
    return steps_taken();
}

static struct gql_schema *schema_new(const char *text, const struct gql_limits *limits)
{
    const struct gql_source source = { .name = "schema", .text = text };
    const struct gql_config config = { .sources = &source,
                                       .source_count = 1,
                                       .introspection = true,
                                       .suggestions = true,
                                       .plain = true,
                                       .resolve = fixed_resolve,
                                       .limits = limits };
    struct gql_schema *schema = gql_schema_new(&config, &body);

    if (!schema)
        fail_msg("%.*s", (int)body.size, body.data);
    return schema;
}

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    buf_init(&query, TEXT_SIZE_MAX);
    buf_init(&variables, TEXT_SIZE_MAX);
    buf_init(&body, BODY_SIZE_MAX);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_done(&query);
    buf_done(&variables);
    buf_done(&body);
    arena_done(&arena);
    return 0;
}

static void print_row(const struct row *row, unsigned count)
{
    print_error("%u times %s...%s...%s...%s...%s %s: ", count, row->before, row->piece, row->between,
                row->other ? row->other : "", row->after ? row->after : "", row->json_piece ? row->json_piece : "");
}

/* Each count has its schema. Return: false, and says so, when the growth of a row is more than it may be. */
static bool grows_well(struct gql_schema *const schemas[COUNTS], const struct row *row)
{
    unsigned count = COUNT_MIN;
    uint64_t last = 0;
    bool good = true;

    for (size_t i = 0; i < COUNTS; i++, count *= 10) {
        uint64_t steps;

        make(row, count);
        steps = ask(schemas[i]);
        if (!strstr(body.data, row->says)) {
            print_row(row, count);
            print_error("does not say \"%s\" but %.200s\n", row->says, body.data);
            good = false;
        }
        if (last && steps > GROWTH_MAX * last) {
            print_row(row, count);
            print_error("%.1f times the steps of a tenth\n", (double)steps / (double)last);
            good = false;
        }
        last = steps;
    }
    return good;
}

/*
 * Only those limits hold here that bound what multiplies by nature (steps, reach, fields) and what recurses; errors are
 * not even capped.
 */
static void gql_execute__takes_steps_by_size(void **state)
{
    struct gql_limits limits = fixed_limits;
    struct gql_schema *schemas[COUNTS];
    unsigned wrong = 0;

    (void)state;
    limits.steps = gql_limits_default.steps;
    limits.reach = gql_limits_default.reach;
    limits.fields = gql_limits_default.fields;
    limits.depth = gql_limits_default.depth;
    schemas[0] = schemas[1] = schemas[2] = schema_new(sdl, &limits);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        wrong += !grows_well(schemas, &rows[i]);
    gql_schema_free(schemas[0]);
    assert_int_equal(wrong, 0);
}

/* Errors are capped, for each may look at all names of the schema. */
static struct gql_schema *large_schema_new(unsigned count)
{
    struct gql_limits limits = fixed_limits;
    struct gql_schema *schema;
    struct buf text;

    limits.errors = gql_limits_default.errors;
    limits.steps = gql_limits_default.steps; /* a plan is for each concrete type */
    buf_init(&text, TEXT_SIZE_MAX);
    for (size_t i = 0; i < sizeof(large_sdl) / sizeof(large_sdl[0]); i++) {
        make(&large_sdl[i], count);
        buf_add(&text, query.data, query.size);
    }
    buf_add_char(&text, 0);
    schema = schema_new(text.data, &limits);
    buf_done(&text);
    return schema;
}

static void gql_execute__takes_steps_by_size_of_the_schema(void **state)
{
    struct gql_schema *schemas[COUNTS];
    unsigned wrong = 0, count = COUNT_MIN;

    (void)state;
    for (size_t i = 0; i < COUNTS; i++, count *= 10)
        schemas[i] = large_schema_new(count);
    for (size_t i = 0; i < sizeof(large_rows) / sizeof(large_rows[0]); i++)
        wrong += !grows_well(schemas, &large_rows[i]);
    for (size_t i = 0; i < COUNTS; i++)
        gql_schema_free(schemas[i]);
    assert_int_equal(wrong, 0);
}

/* Under the limits of production: whatever nests, and however it does. */
static void gql_execute__uses_little_stack(void **state)
{
    struct gql_schema *schema = schema_new(sdl, &gql_limits_default);
    size_t most = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (unsigned count = 1; count <= COUNT_MAX; count = count < NESTED_MAX ? count + 1 : count * 10) {
            make(&rows[i], count);
            (void)ask(schema);
            if (steps_stack() <= most)
                continue;
            most = steps_stack();
            if (most > STACK_MAX)
                print_row(&rows[i], count), print_error("%zu bytes of stack\n", most);
        }
    }
    gql_schema_free(schema);
    assert_in_range(most, 1, STACK_MAX);
}

/* How many pieces make a request as large as there may be. */
static unsigned count_max(const struct row *row)
{
    make(row, COUNT_MAX);
    return (unsigned)((uint64_t)COUNT_MAX * TS_BODY_SIZE_MAX / (query.size + variables.size));
}

/* Under the limits of production: whatever it is made of, and at a part of it too, where limits are just not reached.
 */
static void gql_execute__bounds_what_one_request_takes(void **state)
{
    struct gql_schema *schema = schema_new(sdl, &gql_limits_default);
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (unsigned count = count_max(&rows[i]); count; count /= 4) {
            uint64_t steps;

            make(&rows[i], count);
            steps = ask(schema);
            if (steps <= STEPS_MAX && body.size <= ANSWER_SIZE_MAX)
                continue;
            print_row(&rows[i], count);
            print_error("%llu steps, %zu bytes of answer\n", (unsigned long long)steps, body.size);
            wrong++;
        }
    }
    gql_schema_free(schema);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gql_execute__takes_steps_by_size, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__takes_steps_by_size_of_the_schema, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__uses_little_stack, setup, teardown),
        cmocka_unit_test_setup_teardown(gql_execute__bounds_what_one_request_takes, setup, teardown),
    };

    return cmocka_run_group_tests_name("graphql/hostile", tests, NULL, NULL);
}
