/*
 * Keys and indexes, and the claim that makes an address one account's. A claim is written before the version of the
 * account that is to have the address, and names that: it is dead once the account has reached that version without
 * it. A crash can leave a claim of nothing: whoever meets it inserts that account void, or puts it one version on as
 * it is, and claims the next number. So two accounts never have one address (as places and holds do it).
 */
#include "store.h"

#include <string.h>

#include "outbox.h"
#include "rules.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tessera/sign.h"
#include "tessera/store.h"
#include "tessera/text.h"

enum { CLAIMS_MAX = 64 /* dead ones before a living one: each is a crash, or an address given up */ };

static const struct ts_collection accounts = {
    .name = "accounts",
    .message = &identity__account__descriptor,
    .personal = true,
    .quiet = true,
};
static const struct ts_collection addresses = {
    .name = "address_claims",
    .message = &identity__address__descriptor,
    .personal = true,
    .quiet = true,
};
static const struct ts_collection claim_keys = {
    .name = "claim_keys",
    .message = &identity__claim_key__descriptor,
    .quiet = true,
};
static const struct ts_collection factors = {
    .name = "second_factors",
    .message = &identity__second_factor__descriptor,
    .personal = true,
    .quiet = true,
};
static const struct ts_collection passkeys = {
    .name = "passkeys",
    .message = &identity__passkey__descriptor,
    .indexes = { { "account", { "account_id", "created_at_ms" } } },
    .personal = true,
    .quiet = true,
};
static const struct ts_collection challenges = {
    .name = "challenges",
    .message = &identity__used_challenge__descriptor,
    .quiet = true,
    .keep_ms = TS_DAY_MS,
};
static const struct ts_collection brought = {
    .name = "brought",
    .message = &identity__brought_by__descriptor,
    .quiet = true,
    .keep_ms = TS_DAY_MS,
};
static const struct ts_collection sessions = {
    .name = "sessions",
    .message = &identity__session__descriptor,
    .indexes = { [SESSION_ACCOUNT] = { "account", { "account_id", "expires_at_ms" } },
                 [SESSION_IDENTITY] = { "identity", { "identity_id", "expires_at_ms" } },
                 [SESSION_PROVIDER_SESSION] = { "provider_session", { "provider_session", "expires_at_ms" } },
                 [SESSION_PROVIDER] = { "provider", { "provider_id", "expires_at_ms" } } },
    .personal = true,
    .quiet = true,
    .keep_ms = 90 * (int64_t)TS_DAY_MS,
    .keep_term = "sessions",
    .keep_min_ms = SESSION_IDLE_MS + TS_DAY_MS,
};
static const struct ts_collection identities = {
    .name = "linked_identities",
    .message = &identity__provider_identity__descriptor,
    .indexes = { { "account", { "account_id" } } },
    .personal = true,
    .quiet = true,
};
static const struct ts_collection mails = {
    .name = "mails",
    .message = &identity__mail__descriptor,
    .indexes = { { "address", { "email_hash", "created_at_ms" } },
                 { "account", { "account_id", "created_at_ms" } },
                 { "time", { "created_at_ms" } } },
    .personal = true,
    .quiet = true,
    .keep_ms = 30 * (int64_t)TS_DAY_MS,
    .keep_term = "mails",
    .keep_min_ms = UNDO_LINK_MS + TS_DAY_MS,
};

const struct ts_collection identity_outbox = {
    .name = "identity_outbox",
    .message = &common__mail_work__descriptor,
    .indexes = { { "due", { "due_ms" } } },
    .quiet = true,
    .keep_ms = 30 * (int64_t)TS_DAY_MS,
};

static const struct ts_collection teams = {
    .name = "teams",
    .message = &identity__team__descriptor,
    .indexes = { { "organizer", { "organizer_id" } }, { "member", { "member_ids" } } },
};

static const struct ts_collection machines = {
    .name = "machines",
    .message = &identity__machine__descriptor,
    .indexes = { { "organizer", { "organizer_id" } }, { "pairing", { "pairing_hash" } } },
};

static const struct ts_collection oidc_providers = {
    .name = "oidc_providers",
    .message = &identity__oidc_provider__descriptor,
    .indexes = { { "organizer", { "organizer_id" } } },
};

/* Both of before, when a key was the bare SHA-256 of a guess; nobody writes there any more (renew.h). */
static const struct ts_collection former_addresses = {
    .name = "account_addresses",
    .message = &identity__address__descriptor,
    .personal = true,
    .quiet = true,
    .keep_ms = TS_DAY_MS,
    .abandoned = true,
};
static const struct ts_collection former_identities = {
    .name = "provider_identities",
    .message = &identity__provider_identity__descriptor,
    .personal = true,
    .quiet = true,
    .keep_ms = TS_DAY_MS,
    .abandoned = true,
};

const struct ts_collection *const identity_collections[] = {
    &accounts,          &addresses,  &factors,
    &passkeys,          &challenges, &brought,
    &sessions,          &identities, &mails,
    &identity_outbox,   &teams,      &machines,
    &oidc_providers,    &claim_keys, &former_addresses,
    &former_identities, NULL,
};

static int outcome(int r)
{
    return r == TS_WRITE_CONFLICT ? STORE_CONFLICT : r;
}

/* Its body, unless it is absent or erased. An id that is none of `prefix` has none. */
static int find(struct ts_call *call, const struct ts_collection *collection, const char *prefix, const char *id,
                const ProtobufCMessage **ret_body, int64_t *ret_version)
{
    int r;

    *ret_body = NULL;
    *ret_version = 0;
    r = ts_id_is(id, prefix) ? ts_store_get_body(call, collection, id, ret_body, ret_version) : 0;
    if (r == 0 && !*ret_body)
        *ret_version = 0;
    return r;
}

/* Version 0: it is not there yet. Return: 0; STORE_CONFLICT; a ts_error. */
static int put(struct ts_call *call, const struct ts_collection *collection, const char *id, int64_t version,
               const ProtobufCMessage *body)
{
    if (version == 0)
        return outcome(ts_store_insert(call, collection, id, body));
    return outcome(ts_store_put(call, collection, id, version, body));
}

/* All of them, the newest too: they are to be ended, or to be left. */
static int scan_ids(struct ts_call *call, struct ts_scan *scan, const char *const **ret_ids, size_t *ret_count)
{
    struct ts_page page;
    const char **ids;
    int r;

    scan->exact = true;
    r = ts_store_scan(call, scan, &page);
    if (r)
        return r;
    ids = TS_NEW_ARRAY(call->arena, const char *, page.count);
    for (size_t i = 0; i < page.count; i++)
        ids[i] = page.docs[i].id;
    *ret_ids = ids;
    *ret_count = page.count;
    return 0;
}

/* For keys that outlive what they stand for: who has a copy of the store and no key of ours cannot try a guess. */
static const char *mac_of(struct ts_call *call, const char *purpose, const char *text)
{
    uint8_t mac[TS_MAC_SIZE];

    ts_mac(call, purpose, text, strlen(text), mac);
    return ts_hex(call->arena, mac, sizeof(mac));
}

const char *email_hash(struct ts_call *call, const char *email)
{
    return ts_text_hash(call, ts_text_lower(call->arena, email));
}

/* ---- accounts */

int store_get_account(struct ts_call *call, const char *id, const Identity__Account **ret_account, int64_t *ret_version)
{
    const ProtobufCMessage *body;
    int64_t version;
    int r = find(call, &accounts, "usr", id, &body, &version);

    if (r)
        return r;
    if (body && ((const Identity__Account *)body)->void_)
        body = NULL;
    *ret_account = (const Identity__Account *)body;
    *ret_version = body ? version : 0;
    return 0;
}

int store_put_account(struct ts_call *call, const Identity__Account *account, int64_t version)
{
    return outcome(ts_store_put(call, &accounts, account->id, version, &account->base));
}

int store_insert_account(struct ts_call *call, const Identity__Account *account)
{
    return outcome(ts_store_insert(call, &accounts, account->id, &account->base));
}

const char *claim_id(struct ts_call *call, const char *email, unsigned number)
{
    const char *lower = ts_text_lower(call->arena, email);

    return ts_printf(call->arena, "email/%s@%u", mac_of(call, "identity/address", lower), number);
}

/* The n-th claim of an address: whose it is, and whether that account is there. */
struct claim {
    const char *account_id; /* NULL: there is no such claim; "": of somebody who was erased */
    int64_t version;        /* of the account, that is to have it */
    struct ts_doc account;
    bool lives; /* that account has this address */
};

static int claim_read(struct ts_call *call, const char *email, unsigned number, struct claim *ret_claim)
{
    struct ts_doc doc;
    int r = ts_store_get(call, &addresses, claim_id(call, email, number), &doc);

    *ret_claim = (struct claim){ NULL };
    if (r || !doc.version)
        return r;
    ret_claim->account_id = "";
    if (doc.erased)
        return 0;
    ret_claim->account_id = ((const Identity__Address *)doc.body)->account_id;
    ret_claim->version = ((const Identity__Address *)doc.body)->version;
    r = ts_store_get(call, &accounts, ret_claim->account_id, &ret_claim->account);
    if (r)
        return r;
    if (ret_claim->account.body && !ret_claim->account.erased) {
        const Identity__Account *account = (const Identity__Account *)ret_claim->account.body;

        ret_claim->lives = !account->void_ && account->email &&
                           strcmp(ts_text_lower(call->arena, account->email), ts_text_lower(call->arena, email)) == 0;
    }
    return 0;
}

int store_find_account(struct ts_call *call, const char *email, const Identity__Account **ret_account,
                       int64_t *ret_version)
{
    *ret_account = NULL;
    *ret_version = 0;
    for (unsigned number = 1; number <= CLAIMS_MAX; number++) {
        struct claim claim;
        int r = claim_read(call, email, number, &claim);

        if (r || !claim.account_id)
            return r;
        if (claim.lives) {
            *ret_account = (const Identity__Account *)claim.account.body;
            *ret_version = claim.account.version;
            return 0;
        }
    }
    return 0;
}

/* Make sure that an account which was never written can never be. */
static int account_void(struct ts_call *call, const char *id)
{
    Identity__Account account = IDENTITY__ACCOUNT__INIT;

    account.id = (char *)id;
    account.has_void_ = account.void_ = true;
    return ts_store_insert(call, &accounts, id, &account.base);
}

/*
 * Make sure that what a claim names, which does not live, never will.
 * Return: 0; STORE_CONFLICT: it was written meanwhile, look at it again; a ts_error.
 */
static int claim_bury(struct ts_call *call, const struct claim *claim)
{
    const struct ts_doc *account = &claim->account;

    if (!*claim->account_id || account->erased || (account->body && account->version >= claim->version))
        return 0;
    if (!account->body)
        return outcome(account_void(call, claim->account_id));
    return outcome(ts_store_put(call, &accounts, claim->account_id, account->version, account->body));
}

/* Write claim `number` and what it names. Return: 0; STORE_CONFLICT: look at that claim again; a ts_error. */
static int claim_write(struct ts_call *call, const Identity__Account *account, unsigned number, bool claimed)
{
    Identity__Address address = IDENTITY__ADDRESS__INIT;
    struct ts_write writes[2] = {
        { .collection = &addresses, .id = claim_id(call, account->email, number), .body = &address.base },
        { .collection = &accounts, .id = account->id, .body = &account->base },
    };
    int r;

    address.account_id = account->id;
    r = ts_store_write(call, writes + claimed, claimed ? 1 : 2, TS_WRITE_ORDERED);
    if (r)
        return r;
    return writes[0].result == TS_WRITE_OK && writes[1].result == TS_WRITE_OK ? 0 : STORE_CONFLICT;
}

int store_make_account(struct ts_call *call, const Identity__Account *account)
{
    for (unsigned number = 1, tries = 0; number <= CLAIMS_MAX && tries < 2 * CLAIMS_MAX; tries++) {
        struct claim claim;
        bool ours;
        int r = claim_read(call, account->email, number, &claim);

        if (r)
            return r;
        ours = claim.account_id && strcmp(claim.account_id, account->id) == 0;
        if (ours && claim.account.body)
            return claim.lives ? 0 : STORE_TAKEN; /* void: somebody was faster */
        if (!claim.account_id || ours) {
            r = claim_write(call, account, number, ours);
            if (r != STORE_CONFLICT)
                return r;
            continue;
        }
        if (claim.lives)
            return STORE_TAKEN;
        r = claim_bury(call, &claim);
        if (r < 0)
            return r;
        number += r == 0;
    }
    return TS_EABORTED;
}

/* Claim an address for the next version of an account, and put that. Return: 0; STORE_CONFLICT; a ts_error. */
static int claim_and_put(struct ts_call *call, const Identity__Account *account, int64_t version, unsigned number)
{
    Identity__Address address = IDENTITY__ADDRESS__INIT;
    struct ts_write writes[2] = {
        { .collection = &addresses, .id = claim_id(call, account->email, number), .body = &address.base },
        { .collection = &accounts, .id = account->id, .version = version, .body = &account->base },
    };
    int r;

    address.account_id = account->id;
    address.has_version = true;
    address.version = version + 1;
    r = ts_store_write(call, writes, 2, TS_WRITE_ORDERED);
    if (r)
        return r;
    return writes[0].result == TS_WRITE_OK && writes[1].result == TS_WRITE_OK ? 0 : STORE_CONFLICT;
}

/* A conflict over the claim is one over the account to the caller, who looks again. */
int store_move_account(struct ts_call *call, const Identity__Account *account, int64_t version)
{
    for (unsigned number = 1, tries = 0; number <= CLAIMS_MAX && tries < 2 * CLAIMS_MAX; tries++) {
        struct claim claim;
        int r = claim_read(call, account->email, number, &claim);

        if (r)
            return r;
        if (!claim.account_id)
            return claim_and_put(call, account, version, number);
        if (claim.lives)
            return strcmp(claim.account_id, account->id) == 0 ? store_put_account(call, account, version) : STORE_TAKEN;
        r = claim_bury(call, &claim);
        if (r < 0)
            return r;
        number += r == 0;
    }
    return TS_EABORTED;
}

int store_list_account_versions(struct ts_call *call, const char *id, int64_t before, struct ts_page *ret_page)
{
    return ts_store_history(call, &accounts, id, before, TS_PAGE_SIZE_MAX, ret_page);
}

int store_list_claimants(struct ts_call *call, const char *email, const char ***ret_ids, size_t *ret_count)
{
    *ret_ids = TS_NEW_ARRAY(call->arena, const char *, CLAIMS_MAX);
    *ret_count = 0;
    for (unsigned number = 1; number <= CLAIMS_MAX; number++) {
        struct claim claim;
        size_t seen = 0;
        int r = claim_read(call, email, number, &claim);

        if (r || !claim.account_id)
            return r;
        while (seen < *ret_count && strcmp((*ret_ids)[seen], claim.account_id) != 0)
            seen++;
        if (*claim.account_id && seen == *ret_count)
            (*ret_ids)[(*ret_count)++] = claim.account_id;
    }
    return 0;
}

int store_erase_claims(struct ts_call *call, const char *email, const char *account_id)
{
    for (unsigned number = 1; number <= CLAIMS_MAX; number++) {
        struct claim claim;
        int r = claim_read(call, email, number, &claim);

        if (r || !claim.account_id)
            return r;
        if (strcmp(claim.account_id, account_id) == 0)
            r = ts_store_erase(call, &addresses, claim_id(call, email, number));
        if (r)
            return r;
    }
    return 0;
}

/* ---- claims anew */

int store_list_accounts(struct ts_call *call, const char *cursor, struct ts_page *ret_page)
{
    struct ts_scan scan = { .collection = &accounts, .cursor = cursor, .limit = TS_SCAN_MAX, .exact = true };

    return ts_store_scan(call, &scan, ret_page);
}

static struct ts_write claim_of(struct ts_call *call, const struct had_address *had, unsigned number)
{
    Identity__Address *address = TS_NEW(call->arena, Identity__Address);

    identity__address__init(address);
    address->account_id = (char *)had->account_id;
    address->has_version = true;
    address->version = had->version;
    return (
        struct ts_write){ .collection = &addresses, .id = claim_id(call, had->email, number), .body = &address->base };
}

int store_add_claim(struct ts_call *call, const struct had_address *had)
{
    for (unsigned number = 1; number <= CLAIMS_MAX;) {
        struct claim claim;
        int r = claim_read(call, had->email, number, &claim);

        if (r == 0 && !claim.account_id) {
            struct ts_write write = claim_of(call, had, number);

            r = ts_store_write(call, &write, 1, TS_WRITE_ORDERED);
            if (r == 0 && write.result == TS_WRITE_CONFLICT)
                continue; /* whose it is, is looked at */
            return r;
        }
        if (r || strcmp(claim.account_id, had->account_id) == 0)
            return r;
        number++;
    }
    return TS_EABORTED;
}

/* Of most addresses it is the first claim: those are one write. */
int store_add_claims(struct ts_call *call, const struct had_address *had, size_t count)
{
    struct ts_write *writes = TS_NEW_ARRAY(call->arena, struct ts_write, count);
    int r;

    for (size_t i = 0; i < count; i++)
        writes[i] = claim_of(call, &had[i], 1);
    r = ts_store_write(call, writes, count, TS_WRITE_INDEPENDENT);
    for (size_t i = 0; i < count && r == 0; i++)
        r = writes[i].result == TS_WRITE_OK ? 0 : store_add_claim(call, &had[i]);
    return r;
}

static const char claim_key_id[] = "claims";

int store_get_claim_mark(struct ts_call *call, const char **ret_mark, int64_t *ret_version)
{
    const ProtobufCMessage *body;
    int r = ts_store_get_body(call, &claim_keys, claim_key_id, &body, ret_version);

    if (r == 0)
        *ret_mark = body ? ((const Identity__ClaimKey *)body)->mark : NULL;
    return r;
}

int store_put_claim_mark(struct ts_call *call, const char *mark, int64_t version)
{
    Identity__ClaimKey key = IDENTITY__CLAIM_KEY__INIT;

    key.mark = (char *)mark;
    return put(call, &claim_keys, claim_key_id, version, &key.base);
}

const char *claim_mark(struct ts_call *call)
{
    return mac_of(call, "identity/address", "");
}

/* ---- second factors */

int store_get_factor(struct ts_call *call, const char *account_id, const Identity__SecondFactor **ret_factor,
                     int64_t *ret_version)
{
    const ProtobufCMessage *body;
    int r = find(call, &factors, "fac", ts_id_sibling(call, account_id, "fac"), &body, ret_version);

    if (r == 0)
        *ret_factor = (const Identity__SecondFactor *)body;
    return r;
}

int store_put_factor(struct ts_call *call, const Identity__SecondFactor *factor, int64_t version)
{
    return put(call, &factors, factor->id, version, &factor->base);
}

int store_get_passkey(struct ts_call *call, const char *id, const Identity__Passkey **ret_passkey, int64_t *ret_version)
{
    int r;

    *ret_passkey = NULL;
    *ret_version = 0;
    r = ts_id_is(id, "psk")
            ? ts_store_get_body(call, &passkeys, id, (const ProtobufCMessage **)ret_passkey, ret_version)
            : 0;
    if (r == 0 && *ret_passkey && !(*ret_passkey)->account_id)
        *ret_passkey = NULL; /* removed before such were erased */
    return r;
}

int store_list_passkeys(struct ts_call *call, const char *account_id, const Identity__Passkey *const **ret_passkeys,
                        size_t *ret_count)
{
    struct ts_scan scan = { .collection = &passkeys,
                            .index = "account",
                            .equal = { TS_STRING(account_id) },
                            .limit = TS_SCAN_MAX,
                            .exact = true };
    const Identity__Passkey **list;
    struct ts_page page;
    int r = ts_store_scan(call, &scan, &page);

    if (r)
        return r;
    list = TS_NEW_ARRAY(call->arena, const Identity__Passkey *, page.count);
    for (size_t i = 0; i < page.count; i++)
        list[i] = (const Identity__Passkey *)page.docs[i].body;
    *ret_count = page.count;
    *ret_passkeys = list;
    return 0;
}

int store_put_passkey(struct ts_call *call, const Identity__Passkey *passkey, int64_t version)
{
    return put(call, &passkeys, passkey->id, version, &passkey->base);
}

int store_erase_passkey(struct ts_call *call, const char *id)
{
    return ts_store_erase(call, &passkeys, id);
}

int store_insert_challenge(struct ts_call *call, const char *id)
{
    Identity__UsedChallenge used = IDENTITY__USED_CHALLENGE__INIT;

    return outcome(ts_store_insert(call, &challenges, id, &used.base));
}

int store_find_challenge(struct ts_call *call, const char *id, bool *ret_used)
{
    struct ts_doc doc;
    int r = ts_store_get(call, &challenges, id, &doc);

    if (r == 0)
        *ret_used = doc.version > 0;
    return r;
}

int store_insert_brought(struct ts_call *call, const char *id, const Identity__BroughtBy *by)
{
    return outcome(ts_store_insert(call, &brought, id, &by->base));
}

int store_get_brought(struct ts_call *call, const char *id, const Identity__BroughtBy **ret_by)
{
    return ts_store_get_body(call, &brought, id, (const ProtobufCMessage **)ret_by, NULL);
}

/* ---- sessions */

int store_insert_session(struct ts_call *call, const Identity__Session *session)
{
    return outcome(ts_store_insert(call, &sessions, session->id, &session->base));
}

int store_get_session(struct ts_call *call, const char *id, const Identity__Session **ret_session, int64_t *ret_version)
{
    const ProtobufCMessage *body;
    int r = find(call, &sessions, "ses", id, &body, ret_version);

    if (r == 0)
        *ret_session = (const Identity__Session *)body;
    return r;
}

int store_put_session(struct ts_call *call, const Identity__Session *session, int64_t version)
{
    return outcome(ts_store_put(call, &sessions, session->id, version, &session->base));
}

int store_list_sessions(struct ts_call *call, enum session_field field, const char *value, int64_t now_ms,
                        const char *const **ret_ids, size_t *ret_count)
{
    struct ts_scan scan = { .collection = &sessions,
                            .index = sessions.indexes[field].name,
                            .equal = { TS_STRING(value) },
                            .from = TS_INT(now_ms + 1),
                            .limit = TS_SCAN_MAX,
                            .keys_only = true };

    return scan_ids(call, &scan, ret_ids, ret_count);
}

/* ---- identities */

const char *pair_hash(struct ts_call *call, const char *first, const char *second)
{
    const char *both = ts_printf(call->arena, "%s%c%s", first, 0, second);
    uint8_t digest[32];

    ts_sha256(both, strlen(first) + 1 + strlen(second), digest);
    return ts_hex(call->arena, digest, sizeof(digest));
}

static const char *identity_id_of(struct ts_call *call, const char *hash)
{
    return ts_printf(call->arena, "idp/%s", mac_of(call, "identity/subject", hash));
}

const char *identity_id(struct ts_call *call, const char *scope, const char *subject)
{
    return identity_id_of(call, pair_hash(call, scope, subject));
}

const char *identity_former_id(struct ts_call *call, const char *scope, const char *subject)
{
    return ts_printf(call->arena, "idp/%s", pair_hash(call, scope, subject));
}

int store_get_identity(struct ts_call *call, const char *id, const Identity__ProviderIdentity **ret_identity,
                       int64_t *ret_version)
{
    int r = ts_store_get_body(call, &identities, id, (const ProtobufCMessage **)ret_identity, ret_version);

    if (r == 0 && *ret_identity && !(*ret_identity)->account_id)
        *ret_identity = NULL; /* unlinked before such were erased */
    return r;
}

int store_list_identities(struct ts_call *call, const char *account_id, const char *const **ret_ids, size_t *ret_count)
{
    struct ts_scan scan = { .collection = &identities,
                            .index = "account",
                            .equal = { TS_STRING(account_id) },
                            .limit = TS_SCAN_MAX,
                            .keys_only = true };

    return scan_ids(call, &scan, ret_ids, ret_count);
}

int store_put_identity(struct ts_call *call, const Identity__ProviderIdentity *identity, int64_t version)
{
    return put(call, &identities, identity->id, version, &identity->base);
}

int store_erase_identity(struct ts_call *call, const char *id)
{
    return ts_store_erase(call, &identities, id);
}

/* The same identity under its new key; NULL where there is no such account: a restore may bring back who was erased. */
static Identity__ProviderIdentity *identity_anew(struct ts_call *call, const struct ts_doc *doc, int *ret_result)
{
    const Identity__ProviderIdentity *before = (const Identity__ProviderIdentity *)doc->body;
    const Identity__Account *account = NULL;
    Identity__ProviderIdentity *identity;
    int64_t version;

    /* Without an account's id it was unlinked before such were erased. */
    *ret_result = before->account_id ? store_get_account(call, before->account_id, &account, &version) : 0;
    if (*ret_result || !account)
        return NULL;
    identity = ts_memdup(call->arena, before, sizeof(*before));
    identity->id = (char *)identity_id_of(call, doc->id + strlen("idp/"));
    return identity;
}

/* Under its new key, before the old one goes. Return: 0; a ts_error. */
static int move_identities(struct ts_call *call, const struct ts_page *page)
{
    struct ts_write *writes = TS_NEW_ARRAY(call->arena, struct ts_write, page->count);
    size_t count = 0;
    int r = 0;

    for (size_t i = 0; i < page->count && r == 0; i++) {
        Identity__ProviderIdentity *identity = identity_anew(call, &page->docs[i], &r);

        if (identity)
            writes[count++] =
                (struct ts_write){ .collection = &identities, .id = identity->id, .body = &identity->base };
    }
    r = r ? r : ts_store_write(call, writes, count, TS_WRITE_INDEPENDENT); /* one that is there was moved before */
    for (size_t i = 0; i < page->count && r == 0; i++)
        r = ts_store_erase(call, &former_identities, page->docs[i].id);
    return r;
}

int store_move_identities(struct ts_call *call, size_t *ret_count)
{
    struct ts_scan scan = { .collection = &former_identities, .limit = TS_SCAN_MAX, .exact = true };
    struct ts_page page;
    int r = ts_store_scan(call, &scan, &page);

    *ret_count = r ? 0 : page.count;
    return r ? r : move_identities(call, &page);
}

/* ---- teams */

int store_get_team(struct ts_call *call, const char *id, const Identity__Team **ret_team, int64_t *ret_version)
{
    const ProtobufCMessage *body;
    int r = find(call, &teams, "tea", id, &body, ret_version);

    if (r == 0)
        *ret_team = (const Identity__Team *)body;
    return r;
}

/* Insert one document, `first` before. Return: as store_insert_team(). */
static int insert_behind(struct ts_call *call, const struct ts_write *first, struct ts_write own)
{
    struct ts_write writes[2] = { own };
    size_t count = 1;
    int r;

    if (first) {
        writes[0] = *first;
        writes[1] = own;
        count = 2;
    }
    r = ts_store_write(call, writes, count, TS_WRITE_ORDERED);
    if (r)
        return r;
    return writes[count - 1].result == TS_WRITE_OK ? 0 : STORE_CONFLICT;
}

int store_insert_team(struct ts_call *call, const Identity__Team *team, const struct ts_write *first)
{
    return insert_behind(call, first, (struct ts_write){ .collection = &teams, .id = team->id, .body = &team->base });
}

int store_put_team(struct ts_call *call, const Identity__Team *team, int64_t version)
{
    return outcome(ts_store_put(call, &teams, team->id, version, &team->base));
}

int store_list_teams(struct ts_call *call, const char *organizer_id, const char *account_id,
                     const Identity__Team ***ret_teams, size_t *ret_count)
{
    struct ts_scan scan = { .collection = &teams,
                            .index = organizer_id ? "organizer" : "member",
                            .equal = { TS_STRING(organizer_id ? organizer_id : account_id) },
                            .limit = TS_SCAN_MAX,
                            .exact = true }; /* rights come of it */
    struct ts_page page;
    int r = ts_store_scan(call, &scan, &page);

    if (r)
        return r;
    *ret_teams = TS_NEW_ARRAY(call->arena, const Identity__Team *, page.count);
    for (size_t i = 0; i < page.count; i++)
        (*ret_teams)[i] = (const Identity__Team *)page.docs[i].body;
    *ret_count = page.count;
    return 0;
}

/* ---- machines */

int store_get_machine(struct ts_call *call, const char *id, const Identity__Machine **ret_machine, int64_t *ret_version)
{
    const ProtobufCMessage *body;
    int r = find(call, &machines, "key", id, &body, ret_version);

    if (r == 0)
        *ret_machine = (const Identity__Machine *)body;
    return r;
}

int store_insert_machine(struct ts_call *call, const Identity__Machine *machine, const struct ts_write *first)
{
    return insert_behind(call, first,
                         (struct ts_write){ .collection = &machines, .id = machine->id, .body = &machine->base });
}

int store_put_machine(struct ts_call *call, const Identity__Machine *machine, int64_t version)
{
    return outcome(ts_store_put(call, &machines, machine->id, version, &machine->base));
}

int store_list_machines(struct ts_call *call, const char *organizer_id, const Identity__Machine ***ret_machines,
                        size_t *ret_count)
{
    struct ts_scan scan = {
        .collection = &machines, .index = "organizer", .equal = { TS_STRING(organizer_id) }, .limit = TS_SCAN_MAX
    };
    struct ts_page page;
    int r = ts_store_scan(call, &scan, &page);

    if (r)
        return r;
    *ret_machines = TS_NEW_ARRAY(call->arena, const Identity__Machine *, page.count);
    for (size_t i = 0; i < page.count; i++)
        (*ret_machines)[i] = (const Identity__Machine *)page.docs[i].body;
    *ret_count = page.count;
    return 0;
}

int store_find_device(struct ts_call *call, const char *pairing_hash, const Identity__Machine **ret_machine,
                      int64_t *ret_version)
{
    struct ts_scan scan = {
        .collection = &machines, .index = "pairing", .equal = { TS_STRING(pairing_hash) }, .limit = 1, .exact = true
    };
    struct ts_page page;
    int r = ts_store_scan(call, &scan, &page);

    if (r)
        return r;
    *ret_machine = page.count ? (const Identity__Machine *)page.docs[0].body : NULL;
    *ret_version = page.count ? page.docs[0].version : 0;
    return 0;
}

/* ---- organizers' providers */

int store_get_oidc_provider(struct ts_call *call, const char *id, const Identity__OidcProvider **ret_provider,
                            int64_t *ret_version)
{
    const ProtobufCMessage *body;
    int r = find(call, &oidc_providers, "oip", id, &body, ret_version);

    if (r == 0)
        *ret_provider = (const Identity__OidcProvider *)body;
    return r;
}

int store_insert_oidc_provider(struct ts_call *call, const Identity__OidcProvider *provider,
                               const struct ts_write *first)
{
    return insert_behind(
        call, first, (struct ts_write){ .collection = &oidc_providers, .id = provider->id, .body = &provider->base });
}

int store_put_oidc_provider(struct ts_call *call, const Identity__OidcProvider *provider, int64_t version)
{
    return outcome(ts_store_put(call, &oidc_providers, provider->id, version, &provider->base));
}

int store_list_oidc_providers(struct ts_call *call, const char *organizer_id,
                              const Identity__OidcProvider ***ret_providers, size_t *ret_count)
{
    struct ts_scan scan = {
        .collection = &oidc_providers, .index = "organizer", .equal = { TS_STRING(organizer_id) }, .limit = TS_SCAN_MAX
    };
    struct ts_page page;
    int r = ts_store_scan(call, &scan, &page);

    if (r)
        return r;
    *ret_providers = TS_NEW_ARRAY(call->arena, const Identity__OidcProvider *, page.count);
    *ret_count = 0;
    for (size_t i = 0; i < page.count; i++) {
        const Identity__OidcProvider *provider = (const Identity__OidcProvider *)page.docs[i].body;

        if (!provider->has_removed_at_ms)
            (*ret_providers)[(*ret_count)++] = provider;
    }
    return 0;
}

/* ---- mails */

int store_insert_mail(struct ts_call *call, const Identity__Mail *mail)
{
    Common__MailWork *work = outbox_work_new(call, mail->id);
    struct ts_write writes[2] = { { .collection = &mails, .id = mail->id, .body = &mail->base } };
    int r;

    if (work)
        writes[1] = (struct ts_write){ .collection = &identity_outbox, .id = work->id, .body = &work->base };
    r = ts_store_write(call, writes, work ? 2 : 1, TS_WRITE_ORDERED);
    return r ? r : outcome((int)writes[0].result);
}

int store_get_mail(struct ts_call *call, const char *id, const Identity__Mail **ret_mail, int64_t *ret_version)
{
    const ProtobufCMessage *body;
    int r = find(call, &mails, "mal", id, &body, ret_version);

    if (r == 0)
        *ret_mail = (const Identity__Mail *)body;
    return r;
}

int store_put_mail(struct ts_call *call, const Identity__Mail *mail, int64_t version)
{
    return outcome(ts_store_put(call, &mails, mail->id, version, &mail->base));
}

int store_count_mails(struct ts_call *call, const char *email, int64_t since_ms, int64_t max, int64_t *ret_count)
{
    struct ts_scan scan = { .collection = &mails,
                            .index = "address",
                            .equal = { TS_STRING(email_hash(call, email)) },
                            .from = TS_INT(since_ms),
                            .limit = 1 };

    return ts_store_count(call, &scan, max, ret_count);
}

int store_list_mails(struct ts_call *call, const char *cursor, unsigned limit, struct mail_page *ret_page)
{
    struct ts_scan scan = {
        .collection = &mails, .index = "time", .descending = true, .cursor = cursor, .limit = limit
    };
    struct ts_page page;
    int r = ts_store_scan(call, &scan, &page);

    if (r)
        return r;
    ret_page->mails = TS_NEW_ARRAY(call->arena, const Identity__Mail *, page.count);
    ret_page->cursors = TS_NEW_ARRAY(call->arena, const char *, page.count);
    ret_page->count = 0;
    ret_page->more = page.more;
    for (size_t i = 0; i < page.count; i++) {
        ret_page->mails[ret_page->count] = (const Identity__Mail *)page.docs[i].body;
        ret_page->cursors[ret_page->count++] = ts_store_cursor(call, &scan, &page.docs[i]);
    }
    return 0;
}

/* ---- all that there is of an account */

static struct ts_scan own_scan(enum store_own own, const char *account_id)
{
    static const struct ts_collection *const collections[] = { [STORE_OWN_SESSIONS] = &sessions,
                                                               [STORE_OWN_PASSKEYS] = &passkeys,
                                                               [STORE_OWN_IDENTITIES] = &identities,
                                                               [STORE_OWN_MAILS] = &mails };

    return (struct ts_scan){ .collection = collections[own],
                             .index = "account",
                             .equal = { TS_STRING(account_id) },
                             .limit = TS_SCAN_MAX,
                             .exact = true };
}

/* Of mails that went to an address while it stood for somebody. */
static struct ts_scan address_scan(struct ts_call *call, const Identity__PersonAddress *address)
{
    struct ts_scan scan = { .collection = &mails,
                            .index = "address",
                            .equal = { TS_STRING(email_hash(call, address->email)) },
                            .limit = TS_SCAN_MAX,
                            .exact = true };

    if (address->has_after_ms)
        scan.from = TS_INT(address->after_ms);
    if (address->has_until_ms)
        scan.to = TS_INT(address->until_ms);
    return scan;
}

int store_list_own(struct ts_call *call, enum store_own own, const char *account_id, struct ts_page *ret_page)
{
    struct ts_scan scan = own_scan(own, account_id);

    scan.descending = true;
    return ts_store_scan(call, &scan, ret_page);
}

int store_list_address_mails(struct ts_call *call, const Identity__PersonAddress *address, struct ts_page *ret_page)
{
    struct ts_scan scan = address_scan(call, address);

    scan.descending = true;
    return ts_store_scan(call, &scan, ret_page);
}

/* Erase what a scan meets, up to its limit: what was erased it meets no more. */
static int erase_met(struct ts_call *call, const struct ts_scan *scan, size_t *ret_count)
{
    struct ts_scan keys = *scan;
    struct ts_page page;
    int r;

    keys.keys_only = true;
    r = ts_store_scan(call, &keys, &page);
    for (size_t i = 0; r == 0 && i < page.count; i++)
        r = ts_store_erase(call, keys.collection, page.docs[i].id);
    *ret_count = r ? 0 : page.count;
    return r;
}

static int erase_all_met(struct ts_call *call, const struct ts_scan *scan)
{
    size_t count = TS_SCAN_MAX;
    int r = 0;

    while (r == 0 && count == TS_SCAN_MAX)
        r = erase_met(call, scan, &count);
    return r;
}

int store_erase_own(struct ts_call *call, enum store_own own, const char *account_id)
{
    struct ts_scan scan = own_scan(own, account_id);

    return erase_all_met(call, &scan);
}

int store_erase_address_mails(struct ts_call *call, const Identity__PersonAddress *address)
{
    struct ts_scan scan = address_scan(call, address);

    return erase_all_met(call, &scan);
}

int store_erase_account(struct ts_call *call, const char *id)
{
    int r = ts_store_erase(call, &factors, ts_id_sibling(call, id, "fac"));

    return r ? r : ts_store_erase(call, &accounts, id);
}
