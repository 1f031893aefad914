/*
 * A hash says which words it was, for ever and without keeping them again for each order: every version of an
 * organizer's texts is in the store's history. It must be that of the text which stands there, or a buyer would agree
 * to what nobody can show.
 */
#include "consent.h"

#include <string.h>

#include "catalog/v1/catalog.rpc.h"
#include "tessera/clock.h"
#include "tessera/sign.h"

enum { HASH_SIZE = 64, LANGUAGE_SIZE_MAX = 35 /* BCP 47 has no longer ones in use */ };

static bool is_hash(const char *text)
{
    return strlen(text) == HASH_SIZE && strspn(text, "0123456789abcdef") == HASH_SIZE;
}

static bool is_language(const char *text)
{
    size_t size = strlen(text);

    return size >= 2 && size <= LANGUAGE_SIZE_MAX &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == size;
}

static void check_hash(struct ts_call *call, const char *hash, const char *path)
{
    if (hash && !is_hash(hash))
        (void)ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, path, "This is no SHA-256 in hexadecimal.");
}

int consent_check(struct ts_call *call, const Orders__ConsentRequest *request)
{
    unsigned before = ts_refusal_count(call);

    if (!request)
        return 0;
    check_hash(call, request->terms_hash, "consent.termsHash");
    check_hash(call, request->privacy_hash, "consent.privacyHash");
    if (request->language && !is_language(request->language))
        (void)ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "consent.language", "This is no language tag.");
    return ts_refusal_count(call) > before ? TS_REFUSED : 0;
}

static int refuse_changed(struct ts_call *call, const char *path)
{
    return ts_refuse(call, COMMON__ERROR_CODE__CONFLICT, path, "This is not the text that stands there now.");
}

/* Return: 0; TS_REFUSED. */
static int same_text(struct ts_call *call, const char *text, const char *hash, const char *path)
{
    if (!hash || (text && strcmp(ts_text_hash(call, text), hash) == 0))
        return 0;
    return refuse_changed(call, path);
}

int consent_take(struct ts_call *call, const Orders__ConsentRequest *request, const char *organizer_id,
                 Orders__Consent **ret_consent)
{
    Catalog__IdsRequest ids = CATALOG__IDS_REQUEST__INIT;
    const Catalog__GetOrganizersReply *reply;
    Orders__Consent *consent;
    int r;

    *ret_consent = NULL;
    if (!request)
        return 0;
    ids.ids = (char *[]){ (char *)organizer_id };
    ids.n_ids = 1;
    r = catalog_get_organizers_as_system(call, &ids, &reply);
    if (r || !reply->n_organizers)
        return r ? r : TS_EABORTED;
    r = same_text(call, reply->organizers[0]->terms, request->terms_hash, "consent.termsHash");
    r = r ? r : same_text(call, reply->organizers[0]->privacy, request->privacy_hash, "consent.privacyHash");
    if (r)
        return r;
    consent = TS_NEW(call->arena, Orders__Consent);
    orders__consent__init(consent);
    consent->terms_hash = request->terms_hash;
    consent->privacy_hash = request->privacy_hash;
    consent->language = request->language;
    consent->has_marketing = consent->has_at_ms = true;
    consent->marketing = request->marketing;
    consent->at_ms = ts_now_ms(call);
    *ret_consent = consent;
    return 0;
}
