/* Who asks, and what mails went out. */
#include "api.h"

#include "address.h"
#include "catalog/v1/catalog.rpc.h"
#include "factor.h"
#include "store.h"
#include "tessera/id.h"
#include "tessera/limits.h"
#include "tessera/mail.h"
#include "tessera/reply.h"
#include "tessera/right.h"
#include "token.h"

/* Whoever has the owner's token: a well-formed id that is the same in every installation. */
static const char owner_id[] = "usr_0000000000e008000000000000";

/* ---- the viewer */

static Identity__Membership *membership_new(struct ts_call *call, char *organizer_id, Identity__Role role)
{
    Identity__Membership *membership = TS_NEW(call->arena, Identity__Membership);

    identity__membership__init(membership);
    membership->organizer_id = organizer_id;
    membership->has_role = true;
    membership->role = role;
    return membership;
}

/* The owner is of all organizers. */
static int view_owner(struct ts_call *call, Identity__Viewer *viewer)
{
    Catalog__ListOrganizersRequest request = CATALOG__LIST_ORGANIZERS_REQUEST__INIT;
    const Catalog__ListOrganizersReply *reply;
    int r = catalog_list_organizers(call, &request, &reply);

    if (r)
        return r;
    viewer->id = (char *)owner_id;
    viewer->memberships = TS_NEW_ARRAY(call->arena, Identity__Membership *, reply->n_ids);
    for (size_t i = 0; i < reply->n_ids; i++)
        viewer->memberships[viewer->n_memberships++] = membership_new(call, reply->ids[i], IDENTITY__ROLE__OWNER);
    return 0;
}

/* One for each team. */
static int view_memberships(struct ts_call *call, const char *account_id, Identity__Viewer *viewer)
{
    const Identity__Team **teams;
    size_t count;
    int r = store_list_teams(call, NULL, account_id, &teams, &count);

    if (r)
        return r;
    viewer->memberships = TS_NEW_ARRAY(call->arena, Identity__Membership *, count);
    for (; viewer->n_memberships < count; viewer->n_memberships++) {
        const Identity__Team *team = teams[viewer->n_memberships];

        viewer->memberships[viewer->n_memberships] = membership_new(call, team->organizer_id, team->role);
    }
    return 0;
}

static int view_factor(struct ts_call *call, const char *account_id, Identity__Viewer *viewer)
{
    const Identity__SecondFactor *factor;
    Identity__SecondFactorView *view;
    int64_t version;
    int r = store_get_factor(call, account_id, &factor, &version);

    if (r || !factor_is_on(factor))
        return r;
    view = TS_NEW(call->arena, Identity__SecondFactorView);
    identity__second_factor_view__init(view);
    view->has_since_ms = view->has_recovery_codes_left = true;
    view->since_ms = factor->since_ms;
    view->recovery_codes_left = (int32_t)factor_recovery_left(factor);
    viewer->second_factor = view;
    return 0;
}

static int view_addresses(struct ts_call *call, const Identity__Account *account, Identity__Viewer *viewer)
{
    Identity__Person person = IDENTITY__PERSON__INIT;
    int r = address_list(call, account, &person);

    viewer->addresses = person.addresses;
    viewer->n_addresses = person.n_addresses;
    return r;
}

static int view_user(struct ts_call *call, bool say_addresses, Identity__Viewer *viewer)
{
    const Identity__Account *account;
    int64_t version;
    int r = store_get_account(call, call->principal->id, &account, &version);

    if (r || !account)
        return r ? r : TS_EUNAUTHENTICATED;
    viewer->id = account->id;
    viewer->email = account->email;
    viewer->name = account->name;
    viewer->password_set = account->secret_password != NULL;
    r = say_addresses ? view_addresses(call, account, viewer) : 0;
    r = r ? r : view_factor(call, account->id, viewer);
    return r ? r : view_memberships(call, account->id, viewer);
}

int get_viewer(struct ts_call *call, const Identity__GetViewerRequest *request, Identity__GetViewerReply *ret_reply)
{
    bool is_owner = call->principal->kind == TS_PRINCIPAL_OWNER;
    Identity__Viewer *viewer;
    int r;

    if (!is_owner && (call->principal->kind != TS_PRINCIPAL_USER || ts_id_has(call->principal->id, "key")))
        return 0; /* a machine is nobody */
    viewer = TS_NEW(call->arena, Identity__Viewer);
    identity__viewer__init(viewer);
    viewer->has_password_set = true;
    r = is_owner ? view_owner(call, viewer) : view_user(call, request->say_addresses, viewer);
    if (r)
        return r;
    ret_reply->viewer = viewer;
    ret_reply->grant = ts_grant_of_many(call);
    return 0;
}

/* ---- mails */

int mail_token(struct ts_call *call, const Identity__Mail *mail, char **ret_token)
{
    bool needs_account = link_needs_account(mail->kind);
    const Identity__Account *account = NULL;
    int64_t version;
    int r = 0;

    *ret_token = NULL;
    if (mail->has_used_at_ms || !link_is_there(mail->kind))
        return 0;
    if (needs_account)
        r = store_get_account(call, mail->account_id, &account, &version);
    if (r || (needs_account && !account))
        return r;
    *ret_token = link_token_make(call, mail, account);
    return 0;
}

static int mail_view(struct ts_call *call, const Identity__Mail *mail, char *cursor, Identity__MailEdge **ret_edge)
{
    Identity__MailEdge *edge = TS_NEW(call->arena, Identity__MailEdge);
    Identity__MailView *view = TS_NEW(call->arena, Identity__MailView);

    identity__mail_view__init(view);
    view->id = mail->id;
    view->has_kind = true;
    view->kind = mail->kind;
    view->email = mail->email;
    view->has_created_at_ms = view->has_expires_at_ms = true;
    view->created_at_ms = mail->created_at_ms;
    view->expires_at_ms = mail->expires_at_ms;
    identity__mail_edge__init(edge);
    edge->cursor = cursor;
    edge->node = view;
    *ret_edge = edge;
    return ts_mail_is_on(call) ? 0 : mail_token(call, mail, &view->token); /* it is for who has the mail */
}

/* Return: 0 and the connection; a ts_error. */
static int mails_view(struct ts_call *call, const struct mail_page *page, bool is_first,
                      Identity__MailConnection **ret_mails)
{
    Identity__MailConnection *mails = TS_NEW(call->arena, Identity__MailConnection);

    identity__mail_connection__init(mails);
    mails->edges = TS_NEW_ARRAY(call->arena, Identity__MailEdge *, page->count);
    for (size_t i = 0; i < page->count; i++) {
        int r = mail_view(call, page->mails[i], (char *)page->cursors[i], &mails->edges[mails->n_edges++]);

        if (r)
            return r;
    }
    mails->page_info = ts_page_info_new(call, !is_first, page->more, page->count ? page->cursors[0] : NULL,
                                        page->count ? page->cursors[page->count - 1] : NULL);
    *ret_mails = mails;
    return 0;
}

int list_mails(struct ts_call *call, const Identity__ListMailsRequest *request, Identity__ListMailsReply *ret_reply)
{
    unsigned limit = request->has_first ? (unsigned)request->first : TS_PAGE_SIZE_DEFAULT;
    struct mail_page page;
    int r = ts_require(call, TS_RIGHT_ANY, "", NULL) /* the owner */;

    if (r)
        return r;
    if (request->has_first && (request->first < 1 || request->first > TS_PAGE_SIZE_MAX))
        return ts_fail(call, TS_EINVALID, "`first` must be between 1 and %d.", TS_PAGE_SIZE_MAX);
    r = store_list_mails(call, request->after, limit, &page);
    r = r ? r : mails_view(call, &page, !request->after, &ret_reply->mails);
    if (r)
        return r;
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__STAFF, "");
    return 0;
}
