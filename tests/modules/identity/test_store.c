/*
 * Addresses under crashes: two accounts that move and one that is made want the same one, at once and again and again,
 * while the store crashes between any two documents. It is never that of two, and in the end it is to be had.
 */
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

#include "identity/v1/identity.rpc.h"
#include "renew.h"
#include "store.h"
#include "store/crash.h"
#include "tessera/cleanup.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/store.h"
#include "token.h"

extern const struct ts_module identity_module;

static const struct ts_module *const modules[] = { &identity_module, NULL };

/* What the store is before the module has started on it. */
static const struct ts_module unstarted = { .name = "identity", .collections = identity_collections };
static const struct ts_module *const nothing_started[] = { &unstarted, NULL };

enum { SEEDS = 100, LIVES = 8, PEOPLE = 3 };

#define WANTED "wanted@example.org"
static const char *const ids[PEOPLE] = { "usr_01jwnrc0000000000000000001", "usr_01jwnrc0000000000000000002",
                                         "usr_01jwnrc0000000000000000003" };
static const char *const homes[PEOPLE] = { "ada@example.org", "bob@example.org", WANTED };

static struct {
    uint64_t state;
    unsigned crashes, moves;
} run;

/* splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators"). */
static uint64_t random_next(void *data)
{
    uint64_t bits = run.state += UINT64_C(0x9e3779b97f4a7c15);

    (void)data;
    bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
    return bits ^ bits >> 31;
}

static int make(struct ts_call *call, unsigned person)
{
    Identity__Account account = IDENTITY__ACCOUNT__INIT;

    account.id = (char *)ids[person];
    account.email = (char *)homes[person];
    return store_make_account(call, &account);
}

/* To the wanted address, or home again: whichever it has not. The third is made there, and stays away once it left. */
static int move(struct ts_call *call, void *item)
{
    unsigned person = (unsigned)((const char *const *)item - ids);
    const Identity__Account *before;
    Identity__Account account;
    int64_t version;
    int r = store_get_account(call, ids[person], &before, &version);

    if (r)
        return 0; /* crashed */
    if (!before) {
        (void)make(call, person);
        return 0;
    }
    account = *before;
    account.email = strcmp(before->email, WANTED) == 0 ? "elsewhere@example.org" : WANTED;
    if (person < 2 && strcmp(before->email, WANTED) == 0)
        account.email = (char *)homes[person];
    r = store_move_account(call, &account, version);
    run.moves += r == 0;
    return 0;
}

/* How many have this address; and that looking it up finds who has. */
static unsigned count(struct ts_call *call, const char *email)
{
    const Identity__Account *account, *found;
    unsigned having = 0;
    int64_t version;

    assert_int_equal(store_find_account(call, email, &found, &version), 0);
    for (unsigned i = 0; i < PEOPLE; i++) {
        assert_int_equal(store_get_account(call, ids[i], &account, &version), 0);
        if (!account || strcmp(account->email, email) != 0)
            continue;
        having++;
        assert_non_null(found);
        assert_string_equal(found->id, ids[i]);
    }
    assert_int_equal(found != NULL, having == 1);
    return having;
}

static void live(struct ts_call *call, void *data)
{
    void *items[PEOPLE];

    (void)data;
    for (unsigned i = 0; i < PEOPLE; i++)
        items[i] = (void *)&ids[(i + run.state) % PEOPLE];
    for (unsigned round = 0; round < 3 && !call->runtime->crashed; round++)
        (void)ts_all(call, move, items, PEOPLE);
    run.crashes += call->runtime->crashed;
}

static void check(struct ts_call *call, void *data)
{
    unsigned having = count(call, WANTED);

    (void)data;
    assert_in_range(having, 0, 1);
    (void)count(call, homes[0]);
    (void)count(call, homes[1]);
    (void)count(call, "elsewhere@example.org");
    for (unsigned i = 0; having == 0 && i < PEOPLE; i++) {
        void *item = (void *)&ids[i];

        (void)move(call, item);
        having = count(call, WANTED);
    }
    assert_int_equal(having, 1);
}

static void begin(struct ts_call *call, void *data)
{
    (void)data;
    assert_int_equal(make(call, 0), 0);
    assert_int_equal(make(call, 1), 0);
}

/* ---- undoing a change */

static void link_identity(struct ts_call *call, char *id, int64_t linked_at_ms)
{
    Identity__ProviderIdentity identity = IDENTITY__PROVIDER_IDENTITY__INIT;

    identity.id = id;
    identity.account_id = (char *)ids[0];
    identity.has_linked_at_ms = true;
    identity.linked_at_ms = linked_at_ms;
    assert_int_equal(store_put_identity(call, &identity, 0), 0);
}

static void assert_identities(struct ts_call *call, const char *id)
{
    const char *const *found;
    size_t count;

    assert_int_equal(store_list_identities(call, ids[0], &found, &count), 0);
    assert_int_equal(count, 1);
    assert_string_equal(found[0], id);
}

static const struct ts_collection *collection_named(const char *name)
{
    for (size_t i = 0; identity_collections[i]; i++) {
        if (strcmp(identity_collections[i]->name, name) == 0)
            return identity_collections[i];
    }
    fail_msg("there are no %s", name);
    return NULL;
}

/* Nothing of an identity is left, in no version. */
static void assert_erased(struct ts_call *call, const char *id)
{
    struct ts_page page;

    assert_int_equal(ts_store_history(call, collection_named("linked_identities"), id, 0, TS_PAGE_SIZE_MAX, &page), 0);
    assert_int_equal(page.count, 2); /* that it was there, and that it was erased */
    for (size_t i = 0; i < page.count; i++)
        assert_true(page.docs[i].erased);
}

/* Whatever request to the store fails, the link undoes it when it is said again; once it has, it does no more. */
static void undo(struct ts_call *call, uint64_t nth, bool *ret_failed)
{
    Identity__Mail mail = IDENTITY__MAIL__INIT;
    Identity__PasswordRequest request = IDENTITY__PASSWORD_REQUEST__INIT;
    const Identity__SessionReply *reply;
    int r;

    assert_int_equal(make(call, 0), 0);
    mail.id = "mal_01jwnrc0000000000000000001";
    mail.has_kind = mail.has_created_at_ms = mail.has_expires_at_ms = true;
    mail.kind = IDENTITY__MAIL_KIND__EMAIL_CHANGED;
    mail.email = "before@example.org";
    mail.account_id = (char *)ids[0];
    mail.created_at_ms = HARNESS_NOW_MS;
    mail.expires_at_ms = HARNESS_NOW_MS + 1000;
    assert_int_equal(store_insert_mail(call, &mail), 0);
    link_identity(call, "idp/before", HARNESS_NOW_MS - 1);
    link_identity(call, "idp/since", HARNESS_NOW_MS);
    request.token = link_token_make(call, &mail, NULL);
    request.password = "correct horse battery";
    harness_as(call, TS_PRINCIPAL_ANONYMOUS);
    harness_store_fail(harness_of(call), nth);
    r = identity_undo_email_change(call, &request, &reply);
    *ret_failed = harness_store_failed(harness_of(call));
    harness_store_fail(harness_of(call), 0);
    assert_int_equal(r != 0, *ret_failed);
    if (r)
        assert_int_equal(identity_undo_email_change(call, &request, &reply), 0);
    assert_int_equal(reply->n_refusals == 0 || *ret_failed, true);
    assert_int_equal(count(call, homes[0]), 0);
    assert_identities(call, "idp/before");
    assert_erased(call, "idp/since");
    assert_int_equal(identity_undo_email_change(call, &request, &reply), 0);
    harness_assert_refused(reply, LINK_INVALID, "token");
}

static struct {
    uint64_t nth;
    bool failed;
} failing;

static void undo_once(struct ts_call *call, void *data)
{
    (void)data;
    undo(call, failing.nth, &failing.failed);
}

static void undo_email_change__may_fail_anywhere(void **state)
{
    (void)state;
    failing.failed = true;
    for (failing.nth = 1; failing.failed; failing.nth++) {
        struct harness *harness = harness_begin(modules, NULL, NULL);

        harness_run(harness, undo_once, NULL);
        harness_free(harness);
    }
    assert_true(failing.nth > 8);
}

/* A process that is slow: it has written its claim, and not yet the account. Who comes between is right. */
static void slow(struct ts_call *call, void *data)
{
    const struct ts_collection *addresses = identity_collections[1];
    Identity__Address claim = IDENTITY__ADDRESS__INIT;
    const Identity__Account *before;
    Identity__Account late, account;
    struct ts_doc doc;
    int64_t version;

    begin(call, data);
    assert_int_equal(store_get_account(call, ids[0], &before, &version), 0);
    late = *before;
    late.email = WANTED;
    claim.account_id = late.id;
    claim.has_version = true;
    claim.version = version + 1;
    assert_int_equal(ts_store_insert(call, addresses, claim_id(call, WANTED, 1), &claim.base), 0);

    assert_int_equal(store_get_account(call, ids[1], &before, &version), 0);
    account = *before;
    account.email = WANTED;
    assert_int_equal(store_move_account(call, &account, version), 0);
    assert_int_equal(store_put_account(call, &late, claim.version - 1), STORE_CONFLICT);
    assert_int_equal(count(call, WANTED), 1);

    assert_int_equal(ts_store_get(call, addresses, claim_id(call, WANTED, 2), &doc), 0);
    assert_string_equal(((const Identity__Address *)doc.body)->account_id, ids[1]);
    assert_int_equal(((const Identity__Address *)doc.body)->version, version + 1);
}

static void store_move_account__passes_a_slow_claim(void **state)
{
    struct harness *harness = harness_begin(modules, NULL, NULL);

    (void)state;
    harness_run(harness, slow, NULL);
    harness_free(harness);
}

static void store_move_account__gives_an_address_to_one_whatever_crashes(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        struct crash_options stormy = { .random = random_next, .crash_per_million = 60000 };
        struct harness *harness = harness_begin(modules, NULL, NULL);
        struct crash_state *left;

        run.state = seed;
        harness_run(harness, begin, NULL);
        left = harness_end(harness);
        for (unsigned i = 0; i < LIVES; i++) {
            harness = harness_begin(modules, &stormy, left);
            harness_run(harness, live, NULL);
            left = harness_end(harness);
            harness = harness_begin(modules, NULL, left);
            harness_run(harness, check, NULL);
            left = harness_end(harness);
        }
        harness_free(harness_begin(modules, NULL, left));
    }
    assert_true(run.crashes > SEEDS); /* the weather was bad enough to mean something */
    assert_true(run.moves > SEEDS);
}

/* ---- a store of before */

#define FIRST "first@example.org"
#define SECOND "second@example.org"
#define GIVEN_UP "given-up@example.org"

static const char nobody[] = "usr_01jwnrc0000000000000000004", erased[] = "usr_01jwnrc0000000000000000005";

/* The next version of an account, with this address; claimed as it was before. */
static void have(struct ts_call *call, const char *id, int64_t version, const char *email, unsigned number)
{
    Identity__Account account = IDENTITY__ACCOUNT__INIT;
    Identity__Address claim = IDENTITY__ADDRESS__INIT;

    account.id = claim.account_id = (char *)id;
    account.email = (char *)email;
    claim.has_version = version > 0;
    claim.version = version + 1;
    assert_int_equal(ts_store_insert(call, collection_named("account_addresses"),
                                     ts_printf(call->arena, "email/%s@%u", email_hash(call, email), number),
                                     &claim.base),
                     0);
    assert_int_equal(ts_store_put(call, collection_named("accounts"), id, version, &account.base), 0);
}

/* One gave up what another has now; one has two behind him; one is void, one erased. */
static void write_before(struct ts_call *call, void *data)
{
    Identity__Account void_account = IDENTITY__ACCOUNT__INIT;

    (void)data;
    have(call, ids[0], 0, WANTED, 1);
    have(call, ids[0], 1, "Ada@example.org", 1);
    have(call, ids[1], 0, FIRST, 1);
    have(call, ids[1], 1, SECOND, 1);
    have(call, ids[1], 2, WANTED, 2);
    have(call, ids[2], 0, GIVEN_UP, 1);
    have(call, ids[2], 1, FIRST, 2);
    void_account.id = (char *)nobody;
    void_account.has_void_ = void_account.void_ = true;
    assert_int_equal(ts_store_insert(call, collection_named("accounts"), nobody, &void_account.base), 0);
    have(call, erased, 0, "erased@example.org", 1);
    assert_int_equal(store_erase_account(call, erased), 0);
}

static int renew_item(struct ts_call *call, void *item)
{
    (void)item;
    return renew_claims(call);
}

/* Two processes that start at once. */
static void renew_twice(struct ts_call *call, void *data)
{
    void *items[2] = { NULL, NULL };

    (void)data;
    (void)ts_all(call, renew_item, items, 2);
    run.crashes += call->runtime->crashed;
}

static void assert_has(struct ts_call *call, const char *email, const char *id)
{
    Identity__Account other = IDENTITY__ACCOUNT__INIT;
    const Identity__Account *account;
    int64_t version;

    assert_int_equal(store_find_account(call, email, &account, &version), 0);
    assert_non_null(account);
    assert_string_equal(account->id, id);
    other.id = "usr_01jwnrc0000000000000000009";
    other.email = (char *)email;
    assert_int_equal(store_make_account(call, &other), STORE_TAKEN);
}

/* Those accounts have claimed it, whoever first, and each of them once. */
static void assert_claimed(struct ts_call *call, const char *email, unsigned count, const char *const *by)
{
    const char **claimants;
    size_t found;
    struct ts_doc doc;

    assert_int_equal(store_list_claimants(call, email, &claimants, &found), 0);
    assert_int_equal(found, count);
    for (unsigned i = 0; i < count; i++)
        assert_true(strcmp(by[i], claimants[0]) == 0 || strcmp(by[i], claimants[count - 1]) == 0);
    assert_int_equal(ts_store_get(call, collection_named("address_claims"), claim_id(call, email, count + 1), &doc), 0);
    assert_int_equal(doc.version, 0);
}

static void check_renewed(struct ts_call *call, void *data)
{
    (void)data;
    assert_claimed(call, "ada@example.org", 1, (const char *const[]){ ids[0] });
    assert_claimed(call, WANTED, 2, (const char *const[]){ ids[0], ids[1] });
    assert_claimed(call, FIRST, 2, (const char *const[]){ ids[1], ids[2] });
    assert_claimed(call, SECOND, 1, (const char *const[]){ ids[1] });
    assert_claimed(call, GIVEN_UP, 1, (const char *const[]){ ids[2] });
    assert_claimed(call, "erased@example.org", 0, NULL);
    assert_has(call, "ada@example.org", ids[0]);
    assert_has(call, WANTED, ids[1]);
    assert_has(call, FIRST, ids[2]);
}

static void renew_claims__claims_what_there_was_whatever_crashes(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        struct crash_options stormy = { .random = random_next, .crash_per_million = 60000 };
        struct harness *harness = harness_begin(nothing_started, NULL, NULL);
        struct crash_state *left;

        run = (typeof(run)){ .state = seed, .crashes = run.crashes };
        harness_run(harness, write_before, NULL);
        left = harness_end(harness);
        for (unsigned i = 0; i < LIVES; i++) {
            harness = harness_begin(nothing_started, &stormy, left);
            harness_run(harness, renew_twice, NULL);
            left = harness_end(harness);
        }
        harness = harness_begin(modules, NULL, left);
        harness_run(harness, check_renewed, NULL);
        harness_free(harness);
    }
    assert_true(run.crashes > SEEDS);
}

/* More than one page of accounts. */
static void renew_many(struct ts_call *call, void *data)
{
    enum { MANY = 2 * TS_SCAN_MAX + 1 };
    const Identity__Account *found;
    int64_t version;

    (void)data;
    for (int i = 0; i < MANY; i++) {
        Identity__Account account = IDENTITY__ACCOUNT__INIT;

        account.id = ts_printf(call->arena, "usr_%026d", i);
        account.email = ts_printf(call->arena, "person-%d@example.org", i);
        assert_int_equal(store_insert_account(call, &account), 0);
    }
    assert_int_equal(renew_claims(call), 0);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(store_find_account(call, ts_printf(call->arena, "person-%d@example.org", i), &found, &version),
                         0);
        assert_non_null(found);
        assert_string_equal(found->id, ts_printf(call->arena, "usr_%026d", i));
    }
}

static void renew_claims__goes_through_all_pages(void **state)
{
    struct harness *harness = harness_begin(nothing_started, NULL, NULL);

    (void)state;
    harness_run(harness, renew_many, NULL);
    harness_free(harness);
}

/* Another installation's secret: what it claimed is not found. */
static void write_elsewhere(struct ts_call *call, void *data)
{
    write_before(call, data);
    assert_int_equal(store_put_claim_mark(call, "another", 0), 0);
}

static void renew_refused(struct ts_call *call, void *data)
{
    const Identity__Account *account;
    int64_t version;

    (void)data;
    assert_int_equal(renew_claims(call), TS_EINVALID);
    assert_non_null(strstr(call->failure, "keys.pem"));
    assert_int_equal(store_find_account(call, WANTED, &account, &version), 0);
    assert_null(account);
}

static void renew_alone(struct ts_call *call, void *data)
{
    assert_int_equal(renew_claims(call), 0);
    check_renewed(call, data);
}

static void renew_claims__follows_a_new_key_where_nobody_else_writes(void **state)
{
    struct crash_options alone = { .exact = true };
    struct harness *harness = harness_begin(nothing_started, NULL, NULL);

    (void)state;
    harness_run(harness, write_elsewhere, NULL);
    harness_run(harness, renew_refused, NULL);
    harness = harness_begin(nothing_started, &alone, harness_end(harness));
    harness_run(harness, renew_alone, NULL);
    harness_free(harness);
}

static void link_before(struct ts_call *call, const char *account_id, const char *subject)
{
    Identity__ProviderIdentity identity = IDENTITY__PROVIDER_IDENTITY__INIT;

    identity.id = (char *)identity_former_id(call, "https://issuer.example", subject);
    identity.account_id = (char *)account_id;
    identity.subject = (char *)subject;
    assert_int_equal(ts_store_insert(call, collection_named("provider_identities"), identity.id, &identity.base), 0);
}

static void write_identities(struct ts_call *call, void *data)
{
    write_before(call, data);
    link_before(call, ids[0], "stays");
    link_before(call, ids[0], "goes");
    link_before(call, erased, "restored");
}

/* One is unlinked by who has moved them, while another process begins to. */
static void move_identities(struct ts_call *call, void *data)
{
    const char *stays = identity_id(call, "https://issuer.example", "stays");
    const char *goes = identity_id(call, "https://issuer.example", "goes");
    const Identity__ProviderIdentity *identity;
    struct ts_page page;
    int64_t version;

    (void)data;
    assert_int_equal(store_get_identity(call, stays, &identity, &version), 0);
    assert_non_null(identity);
    assert_string_equal(identity->id, stays);
    assert_string_equal(identity->subject, "stays");
    assert_int_equal(
        store_get_identity(call, identity_id(call, "https://issuer.example", "restored"), &identity, &version), 0);
    assert_null(identity);
    assert_int_equal(store_erase_identity(call, goes), 0);
    link_before(call, ids[0], "goes too");
    assert_int_equal(renew_identities(call), 0);
    assert_int_equal(store_get_identity(call, goes, &identity, &version), 0);
    assert_null(identity);
    assert_int_equal(ts_store_history(call, collection_named("provider_identities"),
                                      identity_former_id(call, "https://issuer.example", "goes"), 0, TS_PAGE_SIZE_MAX,
                                      &page),
                     0);
    for (size_t i = 0; i < page.count; i++)
        assert_true(page.docs[i].erased);
    assert_int_equal(store_erase_identity(call, identity_id(call, "https://issuer.example", "goes too")), 0);
    assert_identities(call, stays);
}

static void renew_identities__moves_each_once(void **state)
{
    struct harness *harness = harness_begin(nothing_started, NULL, NULL);

    (void)state;
    harness_run(harness, write_identities, NULL);
    harness = harness_begin(modules, NULL, harness_end(harness));
    harness_run(harness, move_identities, NULL);
    harness_free(harness);
}

/* ---- organizers' providers */

#define PROVIDER_ID "oip_01jwnrc0000000000000000001"
#define SESSION_ID "ses_01jwnrc0000000000000000001"

static bool lives(struct ts_call *call)
{
    Identity__GetPrincipalRequest request = IDENTITY__GET_PRINCIPAL_REQUEST__INIT;
    const Identity__GetPrincipalReply *reply;

    request.session_id = SESSION_ID;
    assert_int_equal(identity_get_principal_as_system(call, &request, &reply), 0);
    return reply->live;
}

static bool goes_on(struct ts_call *call, int32_t turn)
{
    Identity__RefreshSessionRequest request = IDENTITY__REFRESH_SESSION_REQUEST__INIT;
    const Identity__SessionReply *reply;

    request.refresh_token = refresh_token_make(call, SESSION_ID, turn);
    assert_int_equal(identity_refresh_session(call, &request, &reply), 0);
    return reply->session != NULL;
}

static void insert_session(struct ts_call *call)
{
    Identity__Account account = IDENTITY__ACCOUNT__INIT;
    Identity__Session session = IDENTITY__SESSION__INIT;

    account.id = session.account_id = (char *)ids[0];
    account.organizer_id = "org_01jwnrc0000000000000000001";
    assert_int_equal(store_insert_account(call, &account), 0);
    session.id = SESSION_ID;
    session.provider_id = PROVIDER_ID;
    session.has_turn = session.has_created_at_ms = session.has_turned_at_ms = session.has_expires_at_ms = true;
    session.turn = 1;
    session.created_at_ms = session.turned_at_ms = ts_now_ms(call);
    session.expires_at_ms = session.created_at_ms + TS_HOUR_MS;
    assert_int_equal(store_insert_session(call, &session), 0);
}

/* It began while the provider was being removed, when the end of all had passed. */
static void get_principal__of_a_removed_provider_is_nobody(struct ts_call *call)
{
    Identity__OidcProvider provider = IDENTITY__OIDC_PROVIDER__INIT;
    const Identity__OidcProvider **listed;
    size_t count = 0;

    provider.id = PROVIDER_ID;
    provider.organizer_id = "org_01jwnrc0000000000000000001";
    assert_int_equal(store_insert_oidc_provider(call, &provider, NULL), 0);
    insert_session(call);
    assert_true(lives(call));
    assert_true(goes_on(call, 1));
    assert_int_equal(store_list_oidc_providers(call, provider.organizer_id, &listed, &count), 0);
    assert_int_equal(count, 1);
    provider.has_removed_at_ms = true;
    provider.removed_at_ms = ts_now_ms(call);
    assert_int_equal(store_put_oidc_provider(call, &provider, 1), 0);
    assert_false(lives(call));
    assert_false(goes_on(call, 2));
    assert_int_equal(store_list_oidc_providers(call, provider.organizer_id, &listed, &count), 0);
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(undo_email_change__may_fail_anywhere),
                                        cmocka_unit_test(store_move_account__passes_a_slow_claim),
                                        cmocka_unit_test(store_move_account__gives_an_address_to_one_whatever_crashes),
                                        cmocka_unit_test(renew_claims__claims_what_there_was_whatever_crashes),
                                        cmocka_unit_test(renew_claims__goes_through_all_pages),
                                        cmocka_unit_test(renew_claims__follows_a_new_key_where_nobody_else_writes),
                                        cmocka_unit_test(renew_identities__moves_each_once),
                                        harness_unit_test(get_principal__of_a_removed_provider_is_nobody, modules) };

    return cmocka_run_group_tests_name("modules/identity/store", tests, NULL, NULL);
}
