/* Rules against descriptors: what does not fit stops the start, with the text's name and line. */
#include <string.h>

#include "shop.h"
#include "support/test.h"

/* A second text beside the shop's, and the problem it makes. */
static const struct {
    const char *text, *problem;
} rows[] = {
    { "extend type Query { a: Item @rpc(method: \"Shop.Nothing\", reply: \"item\") }",
      "bad.graphql:1: there is no rpc \"Shop.Nothing\"" },
    { "extend type Query { a: Item @rpc(method: \"Shop.GetItem\", reply: \"thing\") }",
      "bad.graphql:1: message shop.v1.GetItemReply has no field \"thing\"" },
    { "extend type Query { a: Maker @rpc(method: \"Shop.GetItem\", reply: \"item\") }",
      "Query.a: type Maker does not fit field \"item\" of message shop.v1.GetItemReply" },
    { "extend type Query { a: [Item] @rpc(method: \"Shop.GetItem\", reply: \"item\") }", "type [Item] does not fit" },
    { "extend type Query {\n\n  a(key: ID): Item @rpc(method: \"Shop.GetItem\", reply: \"item\")\n}",
      "bad.graphql:3: key: message shop.v1.GetItemRequest has no field \"key\"" },
    { "extend type Query { a(id: Int): Item @rpc(method: \"Shop.GetItem\", reply: \"item\") }",
      "id: type Int does not fit field \"id\" of message shop.v1.GetItemRequest" },
    { "extend type Query { a: Item }", "Query.a: a root field needs @rpc or @nodes" },
    { "type Thing @allow(grants: [PUBLIC]) { id: ID }", "type Thing: there is no message shop.v1.Thing in any rpc" },
    { "type LineInput2 @message(name: \"LineInput\") { tag: ID }",
      "LineInput2.tag: nothing says who may see it (@allow)" },
    { "extend type Item { nothing: String }", "message shop.v1.Item has no field \"nothing\"" },
    { "extend type Item { a: Int @field(name: \"title\") }", "type Int does not fit field \"title\"" },
    { "extend type Item { a: Int @field(name: \"sizes.width\") }", "type Int does not fit the list field \"width\"" },
    { "extend type Item { a: [[Int]] @field(name: \"sizes.width\") }", "does not fit" },
    { "extend type Item { a(b: Int): String @field(name: \"note\") }", "a plain field has no use for arguments" },
    { "extend type Item { a: Decimal @money }", "@money needs a common.v1.Money, not shop.v1.Item" },
    { "extend type Item { a: Maker @join(method: \"Shop.GetMakers\", key: \"nix\", keys: \"ids\", items: \"makers\", "
      "by: "
      "\"id\") }",
      "message shop.v1.Item has no field \"nix\"" },
    { "extend type Item { a: Maker @join(method: \"Shop.GetMakers\", key: \"count\", keys: \"ids\", items: \"makers\", "
      "by: \"id\") }",
      "the key \"count\" is no string" },
    { "extend type Item { a: Maker @join(method: \"Shop.GetMakers\", key: \"id\", keys: \"id\", items: \"makers\", by: "
      "\"id\") }",
      "message shop.v1.IdsRequest has no repeated string \"id\"" },
    { "extend type Item { a: Maker @join(method: \"Shop.GetMakers\", key: \"id\", keys: \"ids\", items: \"ids\", by: "
      "\"id\") }",
      "message shop.v1.GetMakersReply has no repeated message \"ids\"" },
    { "extend type Item { a: Maker @join(method: \"Shop.GetMakers\", key: \"id\", keys: \"ids\", items: \"makers\", "
      "by: "
      "\"x\") }",
      "message shop.v1.Maker has no field \"x\"" },
    { "extend type Item { a: Maker @join(method: \"Shop.GetMakers\", key: \"id\", keys: \"ids\", items: \"makers\", "
      "by: \"id\", ahead: \"nobody_ahead\") }",
      "Item.a: no rpc of Query has a bool \"nobody_ahead\"" },
    { "extend type Item { a: [Tag!]! @join(method: \"Shop.GetTags\", key: \"tag_ids\", keys: \"ids\", items: \"tags\", "
      "by: \"id\", ahead: \"makers_ahead\") }",
      "Item.a: ahead is for one key and no arguments" },
    { "extend type Query { a: Item @rpc(method: \"Shop.GetItem\", reply: \"item\") @cacheControl(maxAge: -1) }",
      "@cacheControl: maxAge is not negative" },
    { "extend type Query { a: Item @rpc(method: \"Shop.GetItem\", reply: \"item\") @cacheControl(maxAge: 1, "
      "inheritMaxAge: true) }",
      "and excludes inheritMaxAge" },
    { "extend enum Color { BLUE }", "enum shop.v1.Color has no value BLUE of Color" },
    { "extend type Query { a: Boolean @rpc(method: \"Shop.GetItem\") @http(path: \"/x\") }",
      "@http needs an rpc that answers common.v1.Blob" },
    { "extend type Query { a(id: String): Boolean @rpc(method: \"Shop.GetPicture\") @http(path: \"/x\", cookie: \"b\") "
      "@allow(grants: [PUBLIC]) }",
      "@http has no argument for its cookie" },
    { "extend type Query { a(id: String): Boolean @rpc(method: \"Shop.GetPicture\") @http(path: \"/x\", post: true, "
      "header: \"b\") @allow(grants: [PUBLIC]) }",
      "@http has no argument for its header" },
    { "extend type Query { a(id: String): Boolean @rpc(method: \"Shop.GetPicture\") @http(path: \"/x\", post: true, "
      "body: \"b\") @allow(grants: [PUBLIC]) }",
      "@http has no argument for its body" },
    { "extend type Query { a(id: String): Boolean @rpc(method: \"Shop.GetPicture\") @http(path: \"/x\", body: \"id\") "
      "@allow(grants: [PUBLIC]) }",
      "@http has a body only with post" },
    { "extend type Query { a: Item @rpc(method: \"Shop.GetItem\", reply: \"item\") @allow(grants: [BUYER]) }",
      "BUYER alone means nothing on a root field" },
    { "type Item { id: ID! }", "There can be only one type named \"Item\"." },
    { "extend type Nobody { id: ID! }", "Cannot extend type \"Nobody\" because it is not defined." },
    { "extend type Item { id: ID! }", "Field \"Item.id\" can only be defined once." },
    { "extend type Item { a: Nothing }", "Unknown type \"Nothing\"." },
    { "extend type Item { a: ItemFilter }", "The type of Item.a must be Output Type but got: ItemFilter." },
    { "extend type Item { __a: String }",
      "Name \"__a\" must not begin with \"__\", which is reserved by GraphQL introspection." },
    { "scalar Sound", "scalar Sound is none that the engine knows" },
    { "extend interface Node { title: String! }",
      "Interface field Node.title expected but Maker does not provide it." },
    { "extend schema { subscription: Subscription } extend type Subscription { a(id: ID!): Item @rpc(method: "
      "\"Shop.GetItem\", reply: \"item\") @allow(grants: "
      "[PUBLIC]) }",
      "a: a subscription needs @subscribe" },
    { "extend schema { subscription: Subscription } extend type Subscription { a(id: ID!): Item @rpc(method: "
      "\"Shop.GetItem\", reply: \"item\") @allow(grants: "
      "[PUBLIC]) @subscribe(events: [\"shop.v1.Nothing\"], key: \"item_id\", argument: \"id\") }",
      "a: no module publishes an event \"shop.v1.Nothing\"" },
    { "extend schema { subscription: Subscription } extend type Subscription { a(id: ID!): Item @rpc(method: "
      "\"Shop.GetItem\", reply: \"item\") @allow(grants: "
      "[PUBLIC]) @subscribe(events: [], key: \"item_id\", argument: \"id\") }",
      "a: @subscribe needs an event" },
    { "extend schema { subscription: Subscription } extend type Subscription { a(id: ID!): Item @rpc(method: "
      "\"Shop.GetItem\", reply: \"item\") @allow(grants: "
      "[PUBLIC]) @subscribe(events: [\"shop.v1.ItemChanged\"], key: \"count\", argument: \"id\") }",
      "a: event shop.v1.ItemChanged has no string \"count\"" },
    { "extend schema { subscription: Subscription } extend type Subscription { a(id: ID!): Item @rpc(method: "
      "\"Shop.GetItem\", reply: \"item\") @allow(grants: "
      "[PUBLIC]) @subscribe(events: [\"shop.v1.ItemChanged\"], key: \"item_id\") }",
      "a: @subscribe needs an argument or a value, not both" },
    { "extend schema { subscription: Subscription } extend type Subscription { a(id: ID!): Item @rpc(method: "
      "\"Shop.GetItem\", reply: \"item\") @allow(grants: "
      "[PUBLIC]) @subscribe(events: [\"shop.v1.ItemChanged\"], key: \"item_id\", argument: \"slug\") }",
      "a: there is no required argument \"slug\"" },
    { "extend schema { subscription: Subscription } extend type Subscription { a(id: ID): Item @rpc(method: "
      "\"Shop.GetItem\", reply: \"item\") @allow(grants: "
      "[PUBLIC]) @subscribe(events: [\"shop.v1.ItemChanged\"], key: \"item_id\", argument: \"id\") }",
      "a: there is no required argument \"id\"" },
    { "extend schema { subscription: Subscription } extend type Subscription { a(id: ID!): Item @rpc(method: "
      "\"Shop.GetItem\", reply: \"item\") @allow(grants: "
      "[PUBLIC]) @subscribe(events: [\"shop.v1.ItemChanged\"], key: \"item_id\", value: \"item.count\") }",
      "a: \"item.count\" is no string" },
    { "extend schema { subscription: Subscription } extend type Subscription { a(id: ID!): Item @rpc(method: "
      "\"Shop.GetItem\", reply: \"item\") @allow(grants: "
      "[PUBLIC]) @subscribe(events: [\"shop.v1.ItemChanged\"], key: \"item_id\", argument: \"id\", cursor: \"after\") "
      "}",
      "a: request and reply need a string \"after\"" },
    { "extend schema { subscription: Subscription } extend type Subscription { a(id: ID!): Item @rpc(method: "
      "\"Shop.GetItem\", reply: \"item\") @allow(grants: "
      "[PUBLIC]) @subscribe(events: [\"shop.v1.ItemChanged\"], key: \"item_id\", argument: \"id\", cursor: \"after\") "
      "}",
      "a: a stream's value is a list of messages" },
    { "extend schema { subscription: Subscription } extend type Subscription { a(id: ID!): Item @rpc(method: "
      "\"Shop.GetItem\", reply: \"item\") @subscribe(events: "
      "[\"shop.v1.ItemChanged\"], key: \"item_id\", argument: \"id\") }",
      "Subscription.a: nothing says who may see it (@allow)" },
    { "extend type Query { a(id: ID!): Item @rpc(method: \"Shop.GetItem\", reply: \"item\") @allow(grants: [PUBLIC]) "
      "@subscribe(events: [\"shop.v1.ItemChanged\"], key: \"item_id\", argument: \"id\") }",
      "a: @subscribe is for fields of Subscription" },
    { "type A {", "Syntax Error: Expected Name, found <EOF>." },
};

static void gql_schema_new__names_what_does_not_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct gql_source sources[] = { { "shop.graphql", "shop.v1", shop_sdl },
                                              { "bad.graphql", "shop.v1", rows[i].text } };
        const struct gql_config config = {
            .sources = sources, .source_count = 2, .services = shop_services, .events = shop_events
        };
        struct buf problems;

        buf_init(&problems, 1 << 16);
        if (gql_schema_new(&config, &problems))
            fail_msg("accepted: %s", rows[i].text);
        buf_add_char(&problems, 0);
        if (!strstr(problems.data, rows[i].problem))
            fail_msg("%s\n  wanted %s\n  got %s", rows[i].text, rows[i].problem, problems.data);
        buf_done(&problems);
    }
}

/* The published text has no rule in it, and is a schema that says the same again. */
static void gql_schema_print__leaves_rules_out(void **state)
{
    static const char *const wanted[] = {
        "type Maker implements Node {\n  id: ID!\n  name: String\n  secret: String\n  items(first: Int): [Item!]!\n}\n",
        "\"\"\"\nWhat has an id.\n\"\"\"\ninterface Node {\n  id: ID!\n}\n",
        "union Offer = Item | Maker\n",
        "input SizeInput {\n  width: Int! = 7\n  weight: Float\n}\n",
        "  old: String @deprecated(reason: \"Use note.\")\n",
    };
    struct shop shop;
    struct buf sdl;

    (void)state;
    shop_init(&shop);
    buf_init(&sdl, 1 << 20);
    gql_schema_print(shop.schema, &sdl);
    buf_add_char(&sdl, 0);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (!strstr(sdl.data, wanted[i]))
            fail_msg("not there: %s\nin %s", wanted[i], sdl.data);
    }
    assert_null(strstr(sdl.data, "@rpc"));
    assert_null(strstr(sdl.data, "@allow"));
    assert_null(strstr(sdl.data, "GrantKind"));
    assert_null(strstr(sdl.data, "picture"));
    buf_done(&sdl);
    shop_done(&shop);
}

/* Limits that a schema was given hold instead of those of production. */
static void gql_schema_new__takes_limits(void **state)
{
    const struct gql_source source = { "shop.graphql", "shop.v1", shop_sdl };
    struct gql_limits limits = gql_limits_default;
    const struct gql_config config = {
        .sources = &source, .source_count = 1, .services = shop_services, .limits = &limits
    };
    struct shop shop;

    (void)state;
    limits.aliases = 1;
    shop_init(&shop);
    assert_null(strstr(shop_ask(&shop, "{ a: __typename b: __typename }", NULL), "errors"));
    gql_schema_free(shop.schema);
    buf_clear(&shop.body);
    shop.schema = gql_schema_new(&config, &shop.body);
    assert_non_null(shop.schema);
    assert_non_null(strstr(shop_ask(&shop, "{ a: __typename b: __typename }", NULL),
                           "Too many aliases in the document: at most 1 are accepted."));
    shop_done(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gql_schema_new__names_what_does_not_fit),
        cmocka_unit_test(gql_schema_print__leaves_rules_out),
        cmocka_unit_test(gql_schema_new__takes_limits),
    };

    return cmocka_run_group_tests_name("graphql/rules", tests, NULL, NULL);
}
