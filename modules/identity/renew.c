/* See renew.h. */
#include "renew.h"

#include <string.h>

#include "address.h"
#include "store.h"
#include "tessera/bus.h"
#include "tessera/limits.h"

/* Those that an account had before the one that it has. */
static int add_former(struct ts_call *call, void *item)
{
    const struct ts_doc *doc = item;
    const char *email = ((const Identity__Account *)doc->body)->email, *emails[ADDRESS_EMAILS_MAX];
    size_t count;
    int r = address_emails(call, doc->id, emails, &count);

    for (size_t i = 0; i < count && r == 0; i++) {
        struct had_address had = { emails[i], doc->id, doc->version };

        if (!email || strcmp(emails[i], email) != 0)
            r = store_add_claim(call, &had);
    }
    return r;
}

/* What each has first: it is what decides. Then side by side what they had before: each is asked for by itself. */
static int add_page(struct ts_call *call, const struct ts_page *page)
{
    struct had_address *had = TS_NEW_ARRAY(call->arena, struct had_address, page->count);
    void **changed = TS_NEW_ARRAY(call->arena, void *, page->count);
    size_t count = 0, changed_count = 0;
    int r;

    for (size_t i = 0; i < page->count; i++) {
        const Identity__Account *account = (const Identity__Account *)page->docs[i].body;

        if (!account->void_ && account->email)
            had[count++] = (struct had_address){ account->email, page->docs[i].id, page->docs[i].version };
        if (page->docs[i].version > 1)
            changed[changed_count++] = (void *)&page->docs[i];
    }
    r = store_add_claims(call, had, count);
    return r ? r : ts_all(call, add_former, changed, changed_count);
}

/* A page; the cursor is in `whole`. */
static int add_next(struct ts_call *call, struct ts_arena *whole, const char **cursor)
{
    struct ts_page page;
    int r = store_list_accounts(call, *cursor, &page);

    r = r ? r : add_page(call, &page);
    *cursor = r == 0 && page.more ? ts_strdup(whole, page.cursor) : NULL;
    return r;
}

/* Each page in an arena of its own: there may be many. */
static int add_all(struct ts_call *call)
{
    const char *cursor = NULL;
    int r;

    do {
        struct ts_arena *whole = ts_part_begin(call);

        r = add_next(call, whole, &cursor);
        ts_part_end(call, whole);
    } while (r == 0 && cursor);
    return r;
}

/* Return: 0; STORE_CONFLICT: another process did it, look at what it says; a ts_error. */
static int renew(struct ts_call *call, const char *mark)
{
    const char *before;
    int64_t version;
    int r = store_get_claim_mark(call, &before, &version);

    if (r || (before && strcmp(before, mark) == 0))
        return r;
    if (before && ts_store_is_shared(call))
        return ts_fail(call, TS_EINVALID, "The addresses of this store are claimed under another keys.pem: copy that.");
    r = add_all(call);
    return r ? r : store_put_claim_mark(call, mark, version);
}

int renew_claims(struct ts_call *call)
{
    const char *mark = claim_mark(call);
    int r = renew(call, mark);

    return r == STORE_CONFLICT ? renew(call, mark) : r;
}

int renew_identities(struct ts_call *call)
{
    size_t count = 1;
    int r = 0;

    while (r == 0 && count)
        r = store_move_identities(call, &count);
    return r;
}
