/* Tickets through the bus, with every module real: who sees what, and what a change does. */
#include "support/shop.h"

#include <openssl/evp.h>
#include <string.h>

#include "host/modules.h"
#include "orders/v1/orders.rpc.h"
#include "tessera/id.h"
#include "tessera/sign.h"
#include "tickets/v1/tickets.rpc.h"

#define STANDING(name) TICKETS__VERIFY_CODE_REPLY__STANDING__##name

static Common__Grant a_grant(Common__Grant__Kind kind, const char *subject)
{
    Common__Grant grant = COMMON__GRANT__INIT;

    grant.has_kind = true;
    grant.kind = kind;
    grant.subject = (char *)subject;
    return grant;
}

/* The ticket of an order's first position, as `grant` sees it; NULL when it may not. */
static const Tickets__Ticket *see(struct ts_call *call, const Orders__Order *order, Common__Grant *grant)
{
    Tickets__PositionIdsRequest request = TICKETS__POSITION_IDS_REQUEST__INIT;
    const Tickets__GetPositionTicketsReply *reply;

    request.position_ids = &order->positions[0]->id;
    request.n_position_ids = 1;
    request.grant = grant;
    assert_int_equal(tickets_get_position_tickets(call, &request, &reply), 0);
    return reply->n_tickets ? reply->tickets[0] : NULL;
}

static const Tickets__Ticket *see_as_buyer(struct ts_call *call, const Orders__Order *order)
{
    Common__Grant buyer = a_grant(COMMON__GRANT__KIND__BUYER, order->id);

    return see(call, order, &buyer);
}

static const Tickets__Ticket *by_secret(struct ts_call *call, const char *secret)
{
    Tickets__GetTicketRequest request = TICKETS__GET_TICKET_REQUEST__INIT;
    const Tickets__GetTicketReply *reply;

    request.secret = (char *)secret;
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(tickets_get_ticket(call, &request, &reply), 0);
    harness_as(call, TS_PRINCIPAL_OWNER);
    return reply->ticket;
}

static Tickets__VerifyCodeReply__Standing standing_of(struct ts_call *call, const char *code)
{
    Tickets__VerifyCodeRequest request = TICKETS__VERIFY_CODE_REQUEST__INIT;
    const Tickets__VerifyCodeReply *reply;

    request.code = (char *)code;
    assert_int_equal(tickets_verify_code(call, &request, &reply), 0);
    return reply->standing;
}

typedef int ticket_rpc(struct ts_call *call, const Tickets__TicketRequest *request, const Tickets__TicketReply **reply);

static const Tickets__TicketReply *change(struct ts_call *call, ticket_rpc *rpc, const char *ticket_id)
{
    Tickets__TicketRequest request = TICKETS__TICKET_REQUEST__INIT;
    const Tickets__TicketReply *reply;

    request.ticket_id = (char *)ticket_id;
    assert_int_equal(rpc(call, &request, &reply), 0);
    return reply;
}

/* ---- who sees what */

static void get_position_tickets__none_before_the_order_is_paid(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    const Orders__Order *order = shop_order(call, &shop, 1);

    assert_null(see_as_buyer(call, order));
    shop_pay(call, order);
    assert_non_null(see_as_buyer(call, order));
}

static void get_position_tickets__the_code_is_the_buyers_alone(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    const Orders__Order *order = shop_sell(call, &shop, 1), *other = shop_sell(call, &shop, 1);
    Common__Grant staff = a_grant(COMMON__GRANT__KIND__STAFF, shop.organizer_id);
    Common__Grant rival = a_grant(COMMON__GRANT__KIND__STAFF, "org_00000000000000000000000000");
    Common__Grant stranger = a_grant(COMMON__GRANT__KIND__BUYER, other->id);
    Common__Grant everybody = a_grant(COMMON__GRANT__KIND__PUBLIC, NULL);

    assert_non_null(see_as_buyer(call, order)->qr);
    assert_non_null(see(call, order, &staff));
    assert_null(see(call, order, &staff)->qr);
    assert_null(see(call, order, &staff)->secret);
    assert_null(see(call, order, &rival));
    assert_null(see(call, order, &stranger));
    assert_null(see(call, order, &everybody));
}

static void get_tickets__by_id_is_staffs_right(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    char *id = see_as_buyer(call, shop_sell(call, &shop, 1))->id;
    Tickets__IdsRequest request = TICKETS__IDS_REQUEST__INIT;
    const Tickets__GetTicketsReply *reply;

    request.ids = &id;
    request.n_ids = 1;
    assert_int_equal(tickets_get_tickets(call, &request, &reply), 0);
    assert_int_equal(reply->n_tickets, 1);
    assert_null(reply->tickets[0]->qr);
    assert_int_equal(reply->tickets[0]->grant->kind, COMMON__GRANT__KIND__STAFF);
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(tickets_get_tickets(call, &request, &reply), 0);
    assert_int_equal(reply->n_tickets, 0);
}

static void get_ticket__wants_the_whole_secret(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    const Tickets__Ticket *ticket = see_as_buyer(call, shop_sell(call, &shop, 1));
    char *wrong = ts_strdup(call->arena, ticket->secret);

    assert_string_equal(by_secret(call, ticket->secret)->qr, ticket->qr);
    wrong[51] = wrong[51] == '0' ? '1' : '0';
    assert_null(by_secret(call, wrong));
    wrong = ts_strdup(call->arena, ticket->secret);
    wrong[20] = wrong[20] == '0' ? '1' : '0';
    assert_null(by_secret(call, wrong));
    assert_null(by_secret(call, ""));
    assert_null(by_secret(call, NULL));
    assert_null(by_secret(call, ts_printf(call->arena, "%s0", ticket->secret)));
}

/* ---- codes and changes */

static void verify_code__follows_the_ticket(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    const Tickets__Ticket *ticket = see_as_buyer(call, shop_sell(call, &shop, 1));
    const char *first = ticket->qr, *second;

    assert_int_equal(standing_of(call, first), STANDING(GOOD));
    second = change(call, tickets_reissue_ticket, ticket->id)->ticket->qr;
    assert_int_equal(standing_of(call, first), STANDING(REVOKED));
    assert_int_equal(standing_of(call, second), STANDING(GOOD));
    assert_null(change(call, tickets_block_ticket, ticket->id)->ticket->qr);
    assert_int_equal(standing_of(call, second), STANDING(BLOCKED));
    change(call, tickets_revoke_ticket, ticket->id);
    assert_int_equal(standing_of(call, second), STANDING(REVOKED));
}

static void verify_code__a_code_of_another_instance_is_unknown(struct ts_call *call)
{
    /* Signed by a key that is not ours, in the right form. */
    static const char foreign[] =
        "T1.AQGiCmjpVHc5qfjlKAh02AEBogpo5rF2MI5ZE2yy4oZyAaIKaOdgcxm_h28ZwA_wEAA."
        "AoVsahqPwk6saOoczq0Aicga8pPlhsUMhEm--k1kzl8ZqVF6LS9Sk0K9QUyYBJhQ90I_eDENZcTfIxvyu17VCA";

    assert_int_equal(standing_of(call, foreign), STANDING(UNKNOWN));
    assert_int_equal(standing_of(call, NULL), STANDING(UNKNOWN));
}

/* True if `key`, 32 bytes as base64url, verifies the code; by another library than the one that signs. */
static bool verifies(struct ts_call *call, const char *key, const char *code)
{
    const char *payload = strchr(code, '.') + 1, *dot = strchr(payload, '.');
    size_t key_size, size, signature_size;
    const uint8_t *bytes = ts_base64url_decode(call, ts_strndup(call->arena, payload, (size_t)(dot - payload)), &size);
    const uint8_t *signature = ts_base64url_decode(call, dot + 1, &signature_size);
    const uint8_t *public = ts_base64url_decode(call, key, &key_size);
    EVP_PKEY *verifier = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public, key_size);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good;

    assert_non_null(verifier);
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, NULL, NULL, verifier), 1);
    good = EVP_DigestVerify(context, signature, signature_size, bytes, size) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(verifier);
    return good;
}

static void get_verifying_key__is_enough_to_verify_codes(struct ts_call *call)
{
    Tickets__GetVerifyingKeyRequest request = TICKETS__GET_VERIFYING_KEY_REQUEST__INIT;
    const Tickets__GetVerifyingKeyReply *reply;
    struct shop shop = shop_open(call, 10);
    char *code = see_as_buyer(call, shop_sell(call, &shop, 1))->qr;

    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(tickets_get_verifying_key(call, &request, &reply), 0);
    assert_true(verifies(call, reply->key, code));
    code[10] = code[10] == 'A' ? 'B' : 'A';
    assert_false(verifies(call, reply->key, code));
}

static void reissue_ticket__retires_the_old_secret(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    const Orders__Order *order = shop_sell(call, &shop, 1);
    const Tickets__Ticket *before = see_as_buyer(call, order), *fresh;

    fresh = change(call, tickets_reissue_ticket, before->id)->ticket;
    assert_string_not_equal(fresh->secret, before->secret);
    assert_null(by_secret(call, before->secret));
    assert_string_equal(by_secret(call, fresh->secret)->qr, fresh->qr);
    assert_string_equal(see_as_buyer(call, order)->secret, fresh->secret);
}

static void reissue_ticket__makes_a_revoked_ticket_good_again(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    const Tickets__Ticket *ticket = see_as_buyer(call, shop_sell(call, &shop, 1));

    assert_false(change(call, tickets_revoke_ticket, ticket->id)->ticket->valid);
    assert_true(change(call, tickets_reissue_ticket, ticket->id)->ticket->valid);
}

static void changes__are_staffs_alone(struct ts_call *call)
{
    static ticket_rpc *const rpcs[] = { tickets_revoke_ticket, tickets_reissue_ticket, tickets_block_ticket };
    struct shop shop = shop_open(call, 10);
    Tickets__TicketRequest request = TICKETS__TICKET_REQUEST__INIT;
    const Tickets__TicketReply *reply;

    request.ticket_id = see_as_buyer(call, shop_sell(call, &shop, 1))->id;
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(rpcs[i](call, &request, &reply), TS_EUNAUTHENTICATED);
}

static void changes__refuse_what_is_no_ticket(struct ts_call *call)
{
    static ticket_rpc *const rpcs[] = { tickets_revoke_ticket, tickets_reissue_ticket, tickets_block_ticket };
    struct shop shop = shop_open(call, 10);
    const char *pending = ts_id_sibling(call, shop_order(call, &shop, 1)->positions[0]->id, "tic");

    for (size_t i = 0; i < 3; i++) {
        harness_assert_refused(change(call, rpcs[i], "tic_00000000000000000000000000"), NOT_FOUND, "ticketId");
        harness_assert_refused(change(call, rpcs[i], shop.event_id), NOT_FOUND, "ticketId");
        harness_assert_refused(change(call, rpcs[i], pending), NOT_FOUND, "ticketId");
    }
}

static void reissue_ticket__refuses_a_cancelled_order(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    const Orders__Order *order = shop_sell(call, &shop, 1);
    const Tickets__Ticket *ticket = see_as_buyer(call, order);
    Orders__CancelOrderRequest request = ORDERS__CANCEL_ORDER_REQUEST__INIT;
    const Orders__CancelOrderReply *reply;

    request.order_id = order->id;
    assert_int_equal(orders_cancel_order(call, &request, &reply), 0);
    harness_assert_refused(change(call, tickets_reissue_ticket, ticket->id), CONFLICT, "ticketId");
    assert_false(see_as_buyer(call, order)->valid);
    assert_null(see_as_buyer(call, order)->qr);
    assert_int_equal(standing_of(call, ticket->qr), STANDING(CANCELLED));
}

static void changes__a_failing_store_changes_nothing_or_is_done_again(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    const Tickets__Ticket *ticket = see_as_buyer(call, shop_sell(call, &shop, 1));
    Tickets__TicketRequest request = TICKETS__TICKET_REQUEST__INIT;
    const Tickets__TicketReply *reply;

    request.ticket_id = ticket->id;
    for (uint64_t n = 1;; n++) {
        int r;

        harness_store_fail(harness_of(call), n);
        r = tickets_revoke_ticket(call, &request, &reply);
        if (!harness_store_failed(harness_of(call))) {
            assert_int_equal(r, 0);
            break;
        }
        assert_true(r < 0);
        harness_store_fail(harness_of(call), 0);
        assert_int_equal(standing_of(call, ticket->qr), STANDING(GOOD));
    }
    harness_store_fail(harness_of(call), 0);
    assert_int_equal(standing_of(call, ticket->qr), STANDING(REVOKED));
}

static void draw__shows_valid_tickets_only(struct ts_call *call)
{
    struct shop shop = shop_open(call, 10);
    const Tickets__Ticket *ticket = see_as_buyer(call, shop_sell(call, &shop, 1));
    Tickets__DrawRequest request = TICKETS__DRAW_REQUEST__INIT;
    const Common__Blob *blob;

    request.secret = ticket->secret;
    assert_int_equal(tickets_draw_svg(call, &request, &blob), 0);
    assert_string_equal(blob->content_type, "image/svg+xml");
    assert_memory_equal(blob->data.data, "<svg ", 5);
    assert_int_equal(tickets_draw_png(call, &request, &blob), 0);
    assert_string_equal(blob->content_type, "image/png");
    assert_memory_equal(blob->data.data, "\x89PNG\r\n\x1a\n", 8);
    change(call, tickets_block_ticket, ticket->id);
    assert_int_equal(tickets_draw_svg(call, &request, &blob), TS_ENOTFOUND);
    assert_int_equal(tickets_draw_png(call, &request, &blob), TS_ENOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(get_position_tickets__none_before_the_order_is_paid, ts_modules),
        harness_unit_test(get_position_tickets__the_code_is_the_buyers_alone, ts_modules),
        harness_unit_test(get_tickets__by_id_is_staffs_right, ts_modules),
        harness_unit_test(get_ticket__wants_the_whole_secret, ts_modules),
        harness_unit_test(verify_code__follows_the_ticket, ts_modules),
        harness_unit_test(verify_code__a_code_of_another_instance_is_unknown, ts_modules),
        harness_unit_test(get_verifying_key__is_enough_to_verify_codes, ts_modules),
        harness_unit_test(reissue_ticket__retires_the_old_secret, ts_modules),
        harness_unit_test(reissue_ticket__makes_a_revoked_ticket_good_again, ts_modules),
        harness_unit_test(changes__are_staffs_alone, ts_modules),
        harness_unit_test(changes__refuse_what_is_no_ticket, ts_modules),
        harness_unit_test(reissue_ticket__refuses_a_cancelled_order, ts_modules),
        harness_unit_test(changes__a_failing_store_changes_nothing_or_is_done_again, ts_modules),
        harness_unit_test(draw__shows_valid_tickets_only, ts_modules),
    };

    return cmocka_run_group_tests_name("modules/tickets/api", tests, NULL, NULL);
}
