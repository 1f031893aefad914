/*
 * An account's orders, of all addresses that stand for it, in order of time: page by page, whatever the page's size,
 * each once, those of one moment too; and none of who had an address before, or has it next.
 */
#include <string.h>

#include "host/modules.h"
#include "identity/v1/identity.rpc.h"
#include "orders/v1/orders.rpc.h"
#include "support/shop.h"
#include "tessera/cleanup.h"
#include "tessera/clock.h"
#include "tessera/limits.h"

#define ONE "one@example.org"
#define TWO "two@example.org"
#define PASSWORD "correct horse battery"

enum { ORDERS_MAX = 32 };

/* Those that are his, the newest first; of one moment the greater id. */
static struct {
    const Orders__Order *orders[ORDERS_MAX];
    size_t count;
} own;

static bool is_before(const Orders__Order *left, const Orders__Order *right)
{
    if (left->created_at_ms != right->created_at_ms)
        return left->created_at_ms > right->created_at_ms;
    return strcmp(left->id, right->id) > 0;
}

static void expect(const Orders__Order *order)
{
    size_t at = own.count++;

    for (; at > 0 && is_before(order, own.orders[at - 1]); at--)
        own.orders[at] = own.orders[at - 1];
    own.orders[at] = order;
}

static const Orders__Order *buy(struct ts_call *call, const struct shop *shop, const char *email)
{
    Orders__PlaceOrderRequest request = ORDERS__PLACE_ORDER_REQUEST__INIT;
    const Orders__PlaceOrderReply *reply;

    request.hold_token = shop_hold(call, shop, 1);
    request.email = (char *)email;
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(orders_place_order(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    harness_as(call, TS_PRINCIPAL_OWNER);
    return reply->order;
}

/* The token in the newest mail to whoever was meant. */
static char *mailed(struct ts_call *call, const char *email, Identity__MailKind kind)
{
    Identity__ListMailsRequest request = IDENTITY__LIST_MAILS_REQUEST__INIT;
    const Identity__ListMailsReply *reply;

    harness_as(call, TS_PRINCIPAL_OWNER);
    assert_int_equal(identity_list_mails(call, &request, &reply), 0);
    for (size_t i = 0; i < reply->mails->n_edges; i++) {
        const Identity__MailView *mail = reply->mails->edges[i]->node;

        if (mail->kind == kind && strcmp(mail->email, email) == 0)
            return mail->token;
    }
    fail_msg("no mail to %s", email);
    return NULL;
}

static struct ts_principal *sign_up(struct ts_call *call, const char *email)
{
    Identity__SignUpRequest request = IDENTITY__SIGN_UP_REQUEST__INIT;
    Identity__PasswordRequest verify = IDENTITY__PASSWORD_REQUEST__INIT;
    Identity__GetPrincipalRequest ask = IDENTITY__GET_PRINCIPAL_REQUEST__INIT;
    struct ts_principal *user = TS_NEW(call->arena, struct ts_principal);
    const Identity__AcceptedReply *accepted;
    const Identity__SessionReply *reply;
    const Identity__GetPrincipalReply *principal;

    request.email = (char *)email;
    request.name = "Ada";
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(identity_sign_up(call, &request, &accepted), 0);
    verify.token = mailed(call, email, IDENTITY__MAIL_KIND__VERIFY_EMAIL);
    verify.password = PASSWORD;
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    assert_int_equal(identity_verify_email(call, &verify, &reply), 0);
    assert_non_null(reply->session);
    ask.session_id =
        ts_strndup(call->arena, reply->session->refresh_token, strcspn(reply->session->refresh_token, "."));
    assert_int_equal(identity_get_principal_as_system(call, &ask, &principal), 0);
    *user =
        (struct ts_principal){ .kind = TS_PRINCIPAL_USER, .id = principal->account_id, .session_id = ask.session_id };
    harness_as(call, TS_PRINCIPAL_OWNER);
    return user;
}

static void move(struct ts_call *call, const struct ts_principal *user, const char *email)
{
    Identity__RequestEmailChangeRequest request = IDENTITY__REQUEST_EMAIL_CHANGE_REQUEST__INIT;
    Identity__TokenRequest confirm = IDENTITY__TOKEN_REQUEST__INIT;
    const Identity__AcceptedReply *reply;

    harness_advance(call, TS_SECOND_MS);
    request.new_email = (char *)email;
    request.password = PASSWORD;
    call->principal = user;
    assert_int_equal(identity_request_email_change(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    confirm.token = mailed(call, email, IDENTITY__MAIL_KIND__CHANGE_EMAIL);
    call->principal = user;
    assert_int_equal(identity_confirm_email_change(call, &confirm, &reply), 0);
    assert_int_equal(reply->n_refusals, 0);
    harness_as(call, TS_PRINCIPAL_OWNER);
    harness_advance(call, TS_SECOND_MS);
}

static const Orders__OrderConnection *list(struct ts_call *call, const struct ts_principal *user, int32_t first,
                                           const char *after)
{
    Orders__ListViewerOrdersRequest request = ORDERS__LIST_VIEWER_ORDERS_REQUEST__INIT;
    const Orders__ListViewerOrdersReply *reply;

    request.has_first = true;
    request.first = first;
    request.after = (char *)after;
    call->principal = user;
    assert_int_equal(orders_list_viewer_orders(call, &request, &reply), 0);
    harness_as(call, TS_PRINCIPAL_OWNER);
    for (size_t i = 0; i < reply->orders->n_edges; i++)
        assert_non_null(strstr(reply->grant->subject, reply->orders->edges[i]->node->id));
    return reply->orders;
}

/* By pages of this size he sees what is expected, to the end. */
static void assert_listed(struct ts_call *call, const struct ts_principal *user, int32_t first)
{
    const char *after = NULL;
    size_t seen = 0;

    for (bool more = true; more;) {
        const Orders__OrderConnection *page = list(call, user, first, after);

        assert_int_equal(page->total_count, own.count);
        assert_int_equal(page->page_info->has_previous_page, after != NULL);
        for (size_t i = 0; i < page->n_edges; i++, seen++) {
            assert_true(seen < own.count);
            assert_string_equal(page->edges[i]->node->id, own.orders[seen]->id);
        }
        more = page->page_info->has_next_page;
        assert_int_equal(more, seen < own.count);
        assert_true(page->n_edges == (size_t)first || !more);
        after = page->page_info->end_cursor;
    }
}

static void assert_all_pages(struct ts_call *call, const struct ts_principal *user)
{
    for (int32_t first = 1; first <= (int32_t)own.count + 1; first++)
        assert_listed(call, user, first);
}

static void of_former_addresses_all_is_listed_in_order_of_time(struct ts_call *call)
{
    struct shop shop = shop_open(call, 100);
    struct ts_principal *ada, *bob;

    own.count = 0;
    for (unsigned i = 0; i < 3; i++) { /* all at one moment: an address that he will have is his from the beginning */
        expect(buy(call, &shop, ONE));
        expect(buy(call, &shop, TWO));
    }
    ada = sign_up(call, ONE);
    assert_int_equal(list(call, ada, 10, NULL)->total_count, 3); /* the other one is nobody's yet */
    harness_advance(call, TS_SECOND_MS);
    expect(buy(call, &shop, ONE));
    move(call, ada, TWO);
    expect(buy(call, &shop, TWO));
    expect(buy(call, &shop, TWO));
    assert_all_pages(call, ada);
    (void)buy(call, &shop, ONE); /* whoever proves it next */
    assert_all_pages(call, ada);

    bob = sign_up(call, ONE);
    (void)buy(call, &shop, ONE);
    assert_int_equal(list(call, bob, 10, NULL)->total_count, 2);
    move(call, bob, "three@example.org");
    expect(buy(call, &shop, ONE)); /* she has it again, and had it before him */
    move(call, ada, ONE);
    expect(buy(call, &shop, ONE));
    assert_all_pages(call, ada);
    assert_int_equal(list(call, bob, 10, NULL)->total_count, 2);
    expect(buy(call, &shop, ONE));
    assert_all_pages(call, ada);
}

static void what_is_no_cursor_is_refused(struct ts_call *call)
{
    struct shop shop = shop_open(call, 100);
    struct ts_principal *ada;
    const char *good;
    static const char *const wrong[] = { "", "x", "AAAA", "MC5vcmRf", "MA" };

    (void)buy(call, &shop, ONE);
    ada = sign_up(call, ONE);
    good = list(call, ada, 1, NULL)->edges[0]->cursor;
    assert_int_equal(list(call, ada, 1, good)->n_edges, 0);
    for (size_t i = 0; i < TS_ARRAY_SIZE(wrong) + 1; i++) {
        Orders__ListViewerOrdersRequest request = ORDERS__LIST_VIEWER_ORDERS_REQUEST__INIT;
        const Orders__ListViewerOrdersReply *reply;

        request.after = i < TS_ARRAY_SIZE(wrong) ? (char *)wrong[i] : ts_printf(call->arena, "%sA", good);
        call->principal = ada;
        assert_int_equal(orders_list_viewer_orders(call, &request, &reply), TS_EINVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        harness_unit_test(of_former_addresses_all_is_listed_in_order_of_time, ts_modules),
        harness_unit_test(what_is_no_cursor_is_refused, ts_modules),
    };

    return cmocka_run_group_tests_name("modules/orders/viewer", tests, NULL, NULL);
}
