/* The shop's stock and its rpcs. */
#include "shop.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "shop.pb-c.h"
#include "support/test.h"
#include "tessera/err.h"

const ProtobufCServiceDescriptor *const shop_services[] = { &shop__shop__descriptor, NULL };
const ProtobufCMessageDescriptor *const shop_events[] = { &shop__item_changed__descriptor, NULL };

static Common__Grant *grant_new(struct shop *shop)
{
    Common__Grant *grant = TS_NEW(shop->env.arena, Common__Grant);

    common__grant__init(grant);
    if (!shop->grant_kind)
        return NULL;
    grant->has_kind = 1;
    grant->kind = (Common__Grant__Kind)shop->grant_kind;
    grant->subject = "org_1";
    return grant;
}

static Shop__Maker *maker_new(struct shop *shop, const char *id)
{
    Shop__Maker *maker = TS_NEW(shop->env.arena, Shop__Maker);

    shop__maker__init(maker);
    maker->id = (char *)id;
    maker->name = ts_printf(shop->env.arena, "Maker %s", id + 4);
    maker->secret = "hush";
    maker->grant = grant_new(shop);
    return maker;
}

static Shop__Tag *tag_new(struct shop *shop, const char *id, const char *item_id)
{
    Shop__Tag *tag = TS_NEW(shop->env.arena, Shop__Tag);

    shop__tag__init(tag);
    tag->id = (char *)id;
    tag->word = ts_printf(shop->env.arena, "word \"%s\"", id);
    tag->item_id = (char *)item_id;
    return tag;
}

static Shop__Size *size_new(struct shop *shop, int width)
{
    Shop__Size *size = TS_NEW(shop->env.arena, Shop__Size);

    shop__size__init(size);
    size->has_width = width > 0;
    size->width = width;
    size->has_weight = 1;
    size->weight = width / 4.0;
    return size;
}

/* itm_1 and itm_2 have everything, itm_bare nothing but its id, itm_flat a size without width. */
static Shop__Item *item_new(struct shop *shop, const char *id)
{
    struct ts_arena *arena = shop->env.arena;
    static char *tag_ids[] = { "tag_1", "tag_2", "tag_gone" };
    static char *words[] = { "one", "zwei", "\xE4\xB8\x89" };
    static Shop__Color colors[] = { SHOP__COLOR__GREEN, SHOP__COLOR__COLOR_RED };
    Shop__Item *item = TS_NEW(arena, Shop__Item);

    shop__item__init(item);
    item->id = (char *)id;
    item->grant = grant_new(shop);
    if (strcmp(id, "itm_bare") == 0)
        return item;
    item->title = ts_printf(arena, "Item %s", id + 4);
    item->maker_id = strcmp(id, "itm_2") == 0 ? "mkr_2" : strcmp(id, "itm_lost") == 0 ? "mkr_none" : "mkr_1";
    item->n_tag_ids = 3;
    item->tag_ids = tag_ids;
    item->price = TS_NEW(arena, Common__Money);
    common__money__init(item->price);
    item->price->has_minor = 1;
    item->price->minor = 1250;
    item->price->currency = "EUR";
    item->has_color = 1;
    item->color = SHOP__COLOR__COLOR_RED;
    item->n_colors = 2;
    item->colors = colors;
    item->has_made_at_ms = 1;
    item->made_at_ms = 1795460880123;
    item->size = size_new(shop, strcmp(id, "itm_flat") == 0 ? 0 : 3);
    item->n_sizes = 2;
    item->sizes = TS_NEW_ARRAY(arena, Shop__Size *, 2);
    item->sizes[0] = size_new(shop, 1);
    item->sizes[1] = size_new(shop, strcmp(id, "itm_flat") == 0 ? 0 : 2);
    item->has_sold = 1;
    item->n_words = 3;
    item->words = words;
    item->has_count = 1;
    item->count = strcmp(id, "itm_many") == 0 ? INT64_C(3000000000) : 42;
    return item;
}

static const ProtobufCMessage *get_item(struct shop *shop, struct gql_rpc *rpc)
{
    const Shop__GetItemRequest *request = (const Shop__GetItemRequest *)rpc->request;
    Shop__GetItemReply *reply = TS_NEW(shop->env.arena, Shop__GetItemReply);
    const char *id = request->id ? request->id : "itm_1";

    shop__get_item_reply__init(reply);
    if (strcmp(id, "itm_none") == 0)
        rpc->error = TS_ENOTFOUND;
    else if (strcmp(id, "itm_down") == 0)
        rpc->error = TS_EUNAVAILABLE;
    else if (strcmp(id, "itm_broken") == 0)
        rpc->error = TS_EINTERNAL;
    rpc->failure = rpc->error ? "The shop is closed." : NULL;
    if (strcmp(id, "itm_empty") != 0)
        reply->item = item_new(shop, id);
    reply->grant = grant_new(shop);
    return &reply->base;
}

static const ProtobufCMessage *list_items(struct shop *shop, const Shop__ListItemsRequest *request)
{
    static const char *const ids[] = { "itm_1", "itm_2", "itm_3" };
    Shop__ListItemsReply *reply = TS_NEW(shop->env.arena, Shop__ListItemsReply);
    size_t count = request->has_first ? (size_t)request->first : 3;

    shop__list_items_reply__init(reply);
    reply->has_total_count = 1;
    reply->total_count = 3;
    if (count > 3) {
        reply->n_refusals = 1;
        reply->refusals = TS_NEW_ARRAY(shop->env.arena, Common__Refusal *, 1);
        reply->refusals[0] = TS_NEW(shop->env.arena, Common__Refusal);
        common__refusal__init(reply->refusals[0]);
        reply->refusals[0]->code = COMMON__ERROR_CODE__INVALID_INPUT;
        reply->refusals[0]->message = "first may not exceed 3.";
        return &reply->base;
    }
    reply->n_edges = count;
    reply->edges = TS_NEW_ARRAY(shop->env.arena, Shop__ItemEdge *, count);
    for (size_t i = 0; i < count; i++) {
        reply->edges[i] = TS_NEW(shop->env.arena, Shop__ItemEdge);
        shop__item_edge__init(reply->edges[i]);
        reply->edges[i]->cursor = ts_printf(shop->env.arena, "c%zu", i);
        reply->edges[i]->node = item_new(shop, ids[i]);
    }
    return &reply->base;
}

/* Items in reverse, to show that order does not matter; what is called …none is left out. */
#define REVERSED(reply_type, reply_init, member, make)                                                                 \
    reply_type *reply = TS_NEW(shop->env.arena, reply_type);                                                           \
                                                                                                                       \
    reply_init(reply);                                                                                                 \
    reply->member = ts_alloc_array(shop->env.arena, count + 1, sizeof(void *));                                        \
    for (size_t i = count; i-- > 0;) {                                                                                 \
        if (!strstr(keys[i], "none") && !strstr(keys[i], "gone"))                                                      \
            reply->member[reply->n_##member++] = make;                                                                 \
    }                                                                                                                  \
    return &reply->base

static const ProtobufCMessage *get_items(struct shop *shop, char **keys, size_t count)
{
    REVERSED(Shop__GetItemsReply, shop__get_items_reply__init, items, item_new(shop, keys[i]));
}

static const ProtobufCMessage *get_makers(struct shop *shop, char **keys, size_t count)
{
    REVERSED(Shop__GetMakersReply, shop__get_makers_reply__init, makers, maker_new(shop, keys[i]));
}

static const ProtobufCMessage *get_tags(struct shop *shop, char **keys, size_t count)
{
    REVERSED(Shop__GetTagsReply, shop__get_tags_reply__init, tags, tag_new(shop, keys[i], NULL));
}

static const ProtobufCMessage *tags_of_items(struct shop *shop, const Shop__TagsOfItemsRequest *request)
{
    Shop__GetTagsReply *reply = TS_NEW(shop->env.arena, Shop__GetTagsReply);
    size_t each = request->has_first ? (size_t)request->first : 1;

    shop__get_tags_reply__init(reply);
    reply->tags = TS_NEW_ARRAY(shop->env.arena, Shop__Tag *, request->n_item_ids * each);
    for (size_t i = request->n_item_ids; i-- > 0;) {
        for (size_t j = 0; j < each; j++)
            reply->tags[reply->n_tags++] =
                tag_new(shop, ts_printf(shop->env.arena, "%s/%zu", request->item_ids[i], j), request->item_ids[i]);
    }
    return &reply->base;
}

static const ProtobufCMessage *items_of_makers(struct shop *shop, const Shop__ItemsOfMakersRequest *request)
{
    Shop__ItemsOfMakersReply *reply = TS_NEW(shop->env.arena, Shop__ItemsOfMakersReply);

    shop__items_of_makers_reply__init(reply);
    reply->n_makers = request->n_maker_ids;
    reply->makers = TS_NEW_ARRAY(shop->env.arena, Shop__MakerItems *, request->n_maker_ids);
    for (size_t i = 0; i < request->n_maker_ids; i++) {
        reply->makers[i] = TS_NEW(shop->env.arena, Shop__MakerItems);
        shop__maker_items__init(reply->makers[i]);
        reply->makers[i]->maker_id = request->maker_ids[i];
        reply->makers[i]->n_items = 1;
        reply->makers[i]->items = TS_NEW_ARRAY(shop->env.arena, Shop__Item *, 1);
        reply->makers[i]->items[0] = item_new(shop, strcmp(request->maker_ids[i], "mkr_2") == 0 ? "itm_2" : "itm_1");
    }
    return &reply->base;
}

/* A title "" is refused; "down" fails. */
static const ProtobufCMessage *write_item(struct shop *shop, struct gql_rpc *rpc, const char *title)
{
    Shop__CreateItemReply *reply = TS_NEW(shop->env.arena, Shop__CreateItemReply);

    shop__create_item_reply__init(reply);
    reply->grant = grant_new(shop);
    if (title && strcmp(title, "down") == 0) {
        rpc->error = TS_EUNKNOWN;
        rpc->failure = "It may or may not have happened.";
    } else if (title && !*title) {
        static char *path[] = { "title" };

        reply->n_refusals = 1;
        reply->refusals = TS_NEW_ARRAY(shop->env.arena, Common__Refusal *, 1);
        reply->refusals[0] = TS_NEW(shop->env.arena, Common__Refusal);
        common__refusal__init(reply->refusals[0]);
        reply->refusals[0]->has_code = 1;
        reply->refusals[0]->code = COMMON__ERROR_CODE__INVALID_INPUT;
        reply->refusals[0]->message = "A title is needed.";
        reply->refusals[0]->n_path = 1;
        reply->refusals[0]->path = path;
    } else {
        reply->item = item_new(shop, "itm_new");
        if (title)
            reply->item->title = (char *)title;
    }
    return &reply->base;
}

static const ProtobufCMessage *get_offers(struct shop *shop)
{
    Shop__GetOffersReply *reply = TS_NEW(shop->env.arena, Shop__GetOffersReply);

    shop__get_offers_reply__init(reply);
    reply->n_offers = 2;
    reply->offers = TS_NEW_ARRAY(shop->env.arena, Shop__Offer *, 2);
    for (int i = 0; i < 2; i++) {
        reply->offers[i] = TS_NEW(shop->env.arena, Shop__Offer);
        shop__offer__init(reply->offers[i]);
    }
    reply->offers[0]->what_case = SHOP__OFFER__WHAT_ITEM;
    reply->offers[0]->item = item_new(shop, "itm_1");
    reply->offers[1]->what_case = SHOP__OFFER__WHAT_MAKER;
    reply->offers[1]->maker = maker_new(shop, "mkr_2");
    return &reply->base;
}

/* itm_lost has a maker who is not there. */
static const ProtobufCMessage *get_shelf(struct shop *shop, const Shop__GetShelfRequest *request)
{
    static const char *const ids[] = { "itm_1", "itm_lost", "itm_2", "itm_bare", "itm_3" };
    enum { COUNT = sizeof(ids) / sizeof(ids[0]) };
    Shop__GetShelfReply *reply = TS_NEW(shop->env.arena, Shop__GetShelfReply);

    shop__get_shelf_reply__init(reply);
    reply->grant = grant_new(shop);
    reply->items = TS_NEW_ARRAY(shop->env.arena, Shop__Item *, COUNT);
    reply->makers_ahead = TS_NEW_ARRAY(shop->env.arena, Shop__Maker *, COUNT);
    for (int i = 0; i < COUNT; i++) {
        const Shop__Item *item = reply->items[reply->n_items++] = item_new(shop, ids[i]);

        if (request->makers_ahead && !shop->forgetful && item->maker_id && !strstr(item->maker_id, "none"))
            reply->makers_ahead[reply->n_makers_ahead++] = maker_new(shop, item->maker_id);
    }
    reply->has_ahead = reply->ahead = !shop->forgetful;
    return &reply->base;
}

static void log_keys(struct shop *shop, char **keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_printf(&shop->log, "%s%s", i ? "," : "(", keys[i]);
    if (count)
        buf_add_char(&shop->log, ')');
}

static void answer(struct shop *shop, struct gql_rpc *rpc)
{
    const char *name = rpc->service->methods[rpc->method_index].name;
    const Shop__IdsRequest *ids = (const Shop__IdsRequest *)rpc->request;

    buf_add_string(&shop->log, name);
    if (rpc->idempotency_key)
        (void)snprintf(shop->idempotency_key, sizeof(shop->idempotency_key), "%s", rpc->idempotency_key);
    if (strcmp(name, "GetItem") == 0) {
        rpc->reply = get_item(shop, rpc);
    } else if (strcmp(name, "ListItems") == 0) {
        rpc->reply = list_items(shop, (const Shop__ListItemsRequest *)rpc->request);
    } else if (strcmp(name, "GetItems") == 0) {
        log_keys(shop, ids->ids, ids->n_ids);
        rpc->reply = get_items(shop, ids->ids, ids->n_ids);
    } else if (strcmp(name, "GetMakers") == 0) {
        log_keys(shop, ids->ids, ids->n_ids);
        rpc->reply = get_makers(shop, ids->ids, ids->n_ids);
    } else if (strcmp(name, "GetTags") == 0) {
        log_keys(shop, ids->ids, ids->n_ids);
        rpc->reply = get_tags(shop, ids->ids, ids->n_ids);
    } else if (strcmp(name, "TagsOfItems") == 0) {
        log_keys(shop, ids->ids, ids->n_ids);
        rpc->reply = tags_of_items(shop, (const Shop__TagsOfItemsRequest *)rpc->request);
    } else if (strcmp(name, "ItemsOfMakers") == 0) {
        rpc->reply = items_of_makers(shop, (const Shop__ItemsOfMakersRequest *)rpc->request);
    } else if (strcmp(name, "GetShelf") == 0) {
        if (((const Shop__GetShelfRequest *)rpc->request)->makers_ahead)
            buf_add_literal(&shop->log, "[makers]");
        rpc->reply = get_shelf(shop, (const Shop__GetShelfRequest *)rpc->request);
    } else if (strcmp(name, "GetOffers") == 0) {
        rpc->reply = get_offers(shop);
    } else if (strcmp(name, "CreateItem") == 0) {
        rpc->reply = write_item(shop, rpc, ((const Shop__CreateItemRequest *)rpc->request)->title);
    } else {
        const Shop__UpdateItemRequest *request = (const Shop__UpdateItemRequest *)rpc->request;

        buf_printf(&shop->log, "[%zu%s%s]", request->n_clear, request->n_clear ? " " : "",
                   request->n_clear ? request->clear[0] : "");
        rpc->reply = write_item(shop, rpc, request->title);
    }
}

static void call_all(struct gql_env *env, struct gql_rpc *const *rpcs, size_t count)
{
    struct shop *shop = (struct shop *)env;

    if (shop->log.size)
        buf_add_literal(&shop->log, " | ");
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_char(&shop->log, ' ');
        answer(shop, rpcs[i]);
    }
}

void shop_init(struct shop *shop)
{
    static const struct gql_source source = { "shop.graphql", "shop.v1", shop_sdl };
    const struct gql_config config = {
        .sources = &source, .source_count = 1, .services = shop_services, .introspection = true, .suggestions = true
    };
    struct buf problems;

    memset(shop, 0, sizeof(*shop));
    arena_init(&shop->arena);
    buf_init(&shop->log, 1 << 20);
    buf_init(&shop->body, 16 << 20);
    buf_init(&problems, 1 << 20);
    shop->schema = gql_schema_new(&config, &problems);
    if (!shop->schema)
        fail_msg("%.*s", (int)problems.size, problems.data);
    buf_done(&problems);
    shop->env.arena = &shop->arena;
    shop->env.call_all = call_all;
    shop->env.request_id = "req_1";
}

void shop_done(struct shop *shop)
{
    gql_schema_free(shop->schema);
    arena_done(&shop->arena);
    buf_done(&shop->log);
    buf_done(&shop->body);
}

const char *shop_ask(struct shop *shop, const char *query, const char *variables)
{
    struct gql_request request = { .query = query, .query_size = strlen(query) };
    struct json_error error;
    struct json *json = NULL;

    arena_reset(&shop->arena);
    buf_clear(&shop->log);
    buf_clear(&shop->body);
    if (variables)
        assert_int_equal(json_parse(&shop->arena, variables, strlen(variables), &json, &error), 0);
    request.variables = json;
    shop->outcome = gql_execute(shop->schema, &shop->env, &request, &shop->body);
    buf_add_char(&shop->body, 0);
    return shop->body.data;
}

const char *shop_log(struct shop *shop)
{
    buf_add_char(&shop->log, 0);
    shop->log.size--;
    return shop->log.data;
}
