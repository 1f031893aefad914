/* See address.h. Who had an address when, is read from the versions of all accounts that ever claimed it. */
#include "address.h"

#include <string.h>

#include "store.h"
#include "tessera/limits.h"
#include "tessera/text.h"

enum { HOLDINGS_MAX = 256 /* of one address */ };

/* The operation that takes a change back. */
static const char undoing[] = "undoEmailChange";

/* An account had an address. */
struct holding {
    const char *account_id;
    int64_t from_ms, until_ms; /* INT64_MAX: it has it */
    bool undone;
};

struct holdings {
    struct holding items[HOLDINGS_MAX];
    size_t count;
};

static const char *email_of(struct ts_call *call, const struct ts_doc *doc)
{
    const Identity__Account *account = (const Identity__Account *)doc->body;

    return doc->erased || !account || account->void_ || !account->email ? NULL
                                                                        : ts_text_lower(call->arena, account->email);
}

/* Walk an account's versions, the newest first. */
struct walk {
    const char *email;
    struct holding now; /* account_id NULL: the version before did not have it */
    int64_t next_ms;    /* of the version after: INT64_MAX, there is none */
    bool next_undoes;
    struct holdings *holdings;
};

static void walk_end(struct walk *walk)
{
    if (walk->now.account_id && walk->holdings->count < HOLDINGS_MAX)
        walk->holdings->items[walk->holdings->count++] = walk->now;
    walk->now.account_id = NULL;
}

static void walk_version(struct ts_call *call, struct walk *walk, const struct ts_doc *doc)
{
    const char *email = email_of(call, doc);

    if (!email || strcmp(email, walk->email) != 0)
        walk_end(walk);
    else if (!walk->now.account_id)
        walk->now = (struct holding){ .account_id = doc->id, .until_ms = walk->next_ms, .undone = walk->next_undoes };
    walk->now.from_ms = doc->written_at_ms;
    walk->next_ms = doc->written_at_ms;
    walk->next_undoes = doc->operation && strcmp(doc->operation, undoing) == 0;
}

/* When an account had an address, added to *holdings. Return: 0; a ts_error. */
static int find_holdings(struct ts_call *call, const char *account_id, const char *email, struct holdings *holdings)
{
    struct walk walk = { .email = email, .next_ms = INT64_MAX, .holdings = holdings };
    struct ts_page page = { .more = true };
    int64_t before = 0;

    while (page.more) {
        int r = store_list_account_versions(call, account_id, before, &page);

        if (r)
            return r;
        for (size_t i = 0; i < page.count; i++) {
            walk_version(call, &walk, &page.docs[i]);
            before = page.docs[i].version;
        }
    }
    walk_end(&walk);
    return 0;
}

/* The same for all accounts that claimed it. */
static int find_all_holdings(struct ts_call *call, const char *email, struct holdings *ret_holdings)
{
    const char **ids;
    size_t count;
    int r = store_list_claimants(call, email, &ids, &count);

    ret_holdings->count = 0;
    for (size_t i = 0; i < count && r == 0; i++)
        r = find_holdings(call, ids[i], email, ret_holdings);
    return r;
}

/* When the one before gave it up; 0: there was none. */
static int64_t given_up_before(const struct holdings *holdings, const struct holding *own)
{
    int64_t given_up_ms = 0;

    for (size_t i = 0; i < holdings->count; i++) {
        const struct holding *other = &holdings->items[i];

        if ((other->undone || strcmp(other->account_id, own->account_id) != 0) && other->until_ms <= own->from_ms &&
            other->until_ms > given_up_ms)
            given_up_ms = other->until_ms;
    }
    return given_up_ms;
}

/* Twice with nobody between is once. */
static bool is_told(const Identity__Person *person, size_t from, int64_t after_ms)
{
    for (size_t i = from; i < person->n_addresses; i++) {
        if (person->addresses[i]->after_ms == after_ms)
            return true;
    }
    return false;
}

static void add(struct ts_call *call, const char *email, int64_t after_ms, int64_t until_ms, Identity__Person *person)
{
    Identity__PersonAddress *address = TS_NEW(call->arena, Identity__PersonAddress);

    identity__person_address__init(address);
    address->email = (char *)email;
    address->has_after_ms = after_ms != 0;
    address->after_ms = after_ms;
    address->has_until_ms = until_ms != INT64_MAX;
    address->until_ms = address->has_until_ms ? until_ms : 0;
    person->addresses[person->n_addresses++] = address;
}

static int add_email(struct ts_call *call, const char *account_id, const char *email, Identity__Person *person)
{
    struct holdings *holdings = ts_alloc(call->arena, sizeof(*holdings));
    const char *lower = ts_text_lower(call->arena, email);
    size_t from = person->n_addresses;
    int r = find_all_holdings(call, lower, holdings);

    for (size_t i = 0; i < holdings->count && r == 0; i++) {
        const struct holding *own = &holdings->items[i];
        int64_t after_ms = given_up_before(holdings, own);

        if (!own->undone && strcmp(own->account_id, account_id) == 0 && !is_told(person, from, after_ms) &&
            person->n_addresses < ADDRESS_EMAILS_MAX)
            add(call, email, after_ms, own->until_ms, person);
    }
    return r;
}

int address_emails(struct ts_call *call, const char *account_id, const char *emails[ADDRESS_EMAILS_MAX],
                   size_t *ret_count)
{
    struct ts_page page = { .more = true };
    int64_t before = 0;

    for (*ret_count = 0; page.more;) {
        int r = store_list_account_versions(call, account_id, before, &page);

        if (r)
            return r;
        for (size_t i = 0; i < page.count; i++) {
            const char *email = email_of(call, &page.docs[i]);
            size_t seen = 0;

            before = page.docs[i].version;
            while (email && seen < *ret_count && strcmp(ts_text_lower(call->arena, emails[seen]), email) != 0)
                seen++;
            if (email && seen == *ret_count && seen < ADDRESS_EMAILS_MAX)
                emails[(*ret_count)++] = ((const Identity__Account *)page.docs[i].body)->email;
        }
    }
    return 0;
}

int address_list(struct ts_call *call, const Identity__Account *account, Identity__Person *person)
{
    const char *emails[ADDRESS_EMAILS_MAX];
    size_t count;
    int r = address_emails(call, account->id, emails, &count);

    person->addresses = TS_NEW_ARRAY(call->arena, Identity__PersonAddress *, ADDRESS_EMAILS_MAX);
    for (size_t i = 0; i < count && r == 0; i++)
        r = add_email(call, account->id, emails[i], person);
    return r;
}

int address_forget(struct ts_call *call, const char *account_id)
{
    const char *emails[ADDRESS_EMAILS_MAX];
    size_t count;
    int r = address_emails(call, account_id, emails, &count);

    for (size_t i = 0; i < count && r == 0; i++)
        r = store_erase_claims(call, emails[i], account_id);
    return r;
}
