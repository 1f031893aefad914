/*
 * Who may ask for what. Of himself whoever has signed in lately, so that a session which somebody else came by shows
 * and erases nothing; of others an organizer's owners, and only what its own orders say.
 */
#include "api.h"

#include <string.h>

#include "catalog/v1/catalog.rpc.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/id.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "tessera/text.h"

/* ---- oneself */

static int refuse_old_session(struct ts_call *call)
{
    return ts_refuse(call, COMMON__ERROR_CODE__SIGN_IN_AGAIN, NULL,
                     "Sign in again first: this shows, or erases, all that there is of you.");
}

static bool is_recent(struct ts_call *call, const Identity__Person *person)
{
    for (size_t i = 0; i < person->n_sessions; i++) {
        const Identity__PersonSession *session = person->sessions[i];

        if (strcmp(session->id, call->principal->session_id) == 0)
            return session_is_recent(session->created_at_ms, ts_now_ms(call));
    }
    return false;
}

/* Who asks. Return: 0 and *ret_self; TS_REFUSED: he has not signed in lately; a ts_error. */
static int self_read(struct ts_call *call, const Identity__ReadPersonReply **ret_self)
{
    Identity__ReadPersonRequest request = IDENTITY__READ_PERSON_REQUEST__INIT;
    int r;

    if (call->principal->kind != TS_PRINCIPAL_USER || !call->principal->session_id)
        return call->principal->kind == TS_PRINCIPAL_ANONYMOUS ? TS_EUNAUTHENTICATED : TS_EDENIED;
    request.account_id = (char *)call->principal->id;
    r = identity_read_person_as_system(call, &request, ret_self);
    if (r)
        return r;
    if (!(*ret_self)->person)
        return TS_EUNAUTHENTICATED;
    return is_recent(call, (*ret_self)->person) ? 0 : refuse_old_session(call);
}

int export_my_data(struct ts_call *call, const Privacy__ExportMyDataRequest *request, Privacy__ExportReply *ret_reply)
{
    const Identity__ReadPersonReply *self;
    int r = self_read(call, &self);

    (void)request; /* says nothing: the caller is meant */
    if (r)
        return r;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return document_make(call, self->person, self->person->addresses, self->person->n_addresses, NULL,
                         &ret_reply->document);
}

int erase_my_data(struct ts_call *call, const Privacy__EraseMyDataRequest *request, Privacy__ErasureReply *ret_reply)
{
    Privacy__Erasure erasure = PRIVACY__ERASURE__INIT;
    const Identity__ReadPersonReply *self;
    int r = self_read(call, &self);

    (void)request; /* says nothing: the caller is meant */
    if (r)
        return r;
    if (self->n_only_owner_of)
        return ts_refuse(call, COMMON__ERROR_CODE__CONFLICT, NULL,
                         "You are the only owner of an organizer: transfer its ownership first.");
    erasure.id = (char *)ts_id_sibling(call, self->person->id, "era");
    erasure.account_id = self->person->id;
    for (size_t i = 0; i < self->person->n_addresses; i++)
        erasure_add_address(call, &erasure, self->person->addresses[i]);
    r = erasure_check(call, &erasure, NULL);
    r = r ? r : erasure_begin(call, &erasure, &ret_reply->erasure);
    if (r)
        return r;
    ret_reply->grant = ret_reply->erasure->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return 0;
}

/* ---- others, by an organizer's owners */

/* An organizer of whose orders the caller may decide. Return: 0; TS_REFUSED; a ts_error. */
static int organizer_check(struct ts_call *call, char *organizer_id)
{
    Catalog__IdsRequest request = CATALOG__IDS_REQUEST__INIT;
    const Catalog__GetOrganizersReply *reply;
    bool named = ts_id_is(organizer_id, "org");
    int r = ts_require(call, TS_RIGHT_TEAMS, named ? organizer_id : "", NULL);

    if (r)
        return r;
    request.ids = &organizer_id;
    request.n_ids = named;
    r = catalog_get_organizers_as_system(call, &request, &reply);
    if (r)
        return r;
    return reply->n_organizers
               ? 0
               : ts_refuse(call, COMMON__ERROR_CODE__NOT_FOUND, "organizerId", "There is no such organizer.");
}

static int person_check(struct ts_call *call, const Privacy__PersonRequest *request)
{
    int r = organizer_check(call, request->organizer_id);

    if (r)
        return r;
    if (!ts_text_is_email(request->email))
        return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "email", "This is not an e-mail address.");
    return 0;
}

/* An organizer knows an address and no account: whoever had it is meant. */
static Identity__PersonAddress *address_of(struct ts_call *call, const Privacy__PersonRequest *request)
{
    Identity__PersonAddress *address = TS_NEW(call->arena, Identity__PersonAddress);

    identity__person_address__init(address);
    address->email = request->email;
    return address;
}

int export_person(struct ts_call *call, const Privacy__PersonRequest *request, Privacy__ExportReply *ret_reply)
{
    Identity__PersonAddress *address = address_of(call, request);
    int r = person_check(call, request);

    if (r)
        return r;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, request->organizer_id);
    return document_make(call, NULL, &address, 1, request->organizer_id, &ret_reply->document);
}

int erase_person(struct ts_call *call, const Privacy__PersonRequest *request, Privacy__ErasureReply *ret_reply)
{
    Privacy__Erasure erasure = PRIVACY__ERASURE__INIT;
    int r = person_check(call, request);

    if (r)
        return r;
    erasure.id = (char *)ts_id_new(call, "era");
    erasure.organizer_id = request->organizer_id;
    erasure_add_address(call, &erasure, address_of(call, request));
    r = erasure_check(call, &erasure, "email");
    r = r ? r : erasure_begin(call, &erasure, &ret_reply->erasure);
    if (r)
        return r;
    ret_reply->grant = ret_reply->erasure->grant =
        ts_grant_new(call, COMMON__GRANT__KIND__STAFF, request->organizer_id);
    return 0;
}

/* ---- retention */

int retention_days(struct ts_call *call, const char *organizer_id, int *ret_days, bool *ret_own)
{
    const struct privacy *privacy = call->state;
    const Privacy__Retention *retention = NULL;
    int64_t version = 0;
    int r = store_get_retention(call, organizer_id, &retention, &version);

    *ret_own = retention && retention->has_names_days;
    *ret_days = *ret_own ? retention->names_days : privacy->names_days;
    return r;
}

static int retention_view(struct ts_call *call, char *organizer_id, Privacy__Retention **ret_view)
{
    Privacy__Retention *view = TS_NEW(call->arena, Privacy__Retention);
    bool own = false;
    int days = 0, r = retention_days(call, organizer_id, &days, &own);

    privacy__retention__init(view);
    view->organizer_id = organizer_id;
    view->has_names_days = view->has_own = true;
    view->names_days = days;
    view->own = own;
    view->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, organizer_id);
    *ret_view = view;
    return r;
}

/* Return: 0; STORE_CONFLICT; a ts_error. */
static int retention_put(struct ts_call *call, const Privacy__SetRetentionRequest *request)
{
    Privacy__Retention retention = PRIVACY__RETENTION__INIT;
    const Privacy__Retention *before = NULL;
    int64_t version = 0;
    int r = store_get_retention(call, request->organizer_id, &before, &version);

    if (r)
        return r;
    if (before)
        retention = *before;
    retention.id = (char *)ts_id_sibling(call, request->organizer_id, "ret");
    retention.organizer_id = request->organizer_id;
    if (request->has_names_days || request->n_clear) {
        retention.has_names_days = request->has_names_days;
        retention.names_days = request->names_days;
    }
    return store_put_retention(call, &retention, version);
}

int set_retention(struct ts_call *call, const Privacy__SetRetentionRequest *request,
                  Privacy__SetRetentionReply *ret_reply)
{
    int r = organizer_check(call, request->organizer_id);

    if (r)
        return r;
    if (request->has_names_days && (request->names_days < NAMES_DAYS_MIN || request->names_days > DAYS_MAX))
        return ts_refuse(call, COMMON__ERROR_CODE__INVALID_INPUT, "namesDays", "Names are kept for 1 to %d days.",
                         DAYS_MAX);
    r = STORE_CONFLICT;
    for (unsigned tries = 0; r == STORE_CONFLICT && tries < TRIES_MAX; tries++)
        r = retention_put(call, request);
    if (r)
        return r > 0 ? TS_EABORTED : r;
    r = round_hurry(call);
    r = r ? r : retention_view(call, request->organizer_id, &ret_reply->retention);
    if (r == 0)
        ret_reply->grant = ret_reply->retention->grant;
    return r;
}

int get_retentions(struct ts_call *call, const Privacy__OrganizerIdsRequest *request,
                   Privacy__GetRetentionsReply *ret_reply)
{
    ret_reply->retentions = TS_NEW_ARRAY(call->arena, Privacy__Retention *, request->n_organizer_ids);
    for (size_t i = 0; i < request->n_organizer_ids; i++) {
        char *organizer_id = request->organizer_ids[i];
        int r = ts_require(call, TS_RIGHT_TEAMS | TS_RIGHT_ORDERS, organizer_id, NULL);

        r = r ? r : retention_view(call, organizer_id, &ret_reply->retentions[i]);
        if (r)
            return r;
        ret_reply->n_retentions++;
    }
    return 0;
}
