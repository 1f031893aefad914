/*
 * Signing in with a provider (OpenID Connect Core 1.0: code flow with PKCE; RFC 9207, RFC 9700). A browser comes here,
 * goes there, and comes back with a code, which is exchanged for a signed statement of who it is. What it shows is
 * looked at from the cheapest on; each refusal is a page that says why, and leaves no session.
 */
#include <string.h>

#include "api.h"
#include "catalog/v1/catalog.rpc.h"
#include "challenge.h"
#include "consent.h"
#include "factor.h"
#include "flow.h"
#include "guess.h"
#include "id_token.h"
#include "issuer.h"
#include "link.h"
#include "page.h"
#include "provider.h"
#include "store.h"
#include "tessera/clock.h"
#include "tessera/http.h"
#include "tessera/id.h"
#include "tessera/json.h"
#include "tessera/limits.h"
#include "tessera/reply.h"
#include "tessera/security.h"
#include "tessera/sign.h"
#include "tessera/text.h"

enum { CODE_SIZE_MAX = 2048 };

static const char flow_cookie[] = "flow";

int oidc_check_settings(struct ts_call *call)
{
    const struct provider *providers;
    size_t count;

    return provider_list(call, &providers, &count);
}

static const char *start_path(struct ts_call *call, const char *name)
{
    return ts_printf(call->arena, "/oidc/%s/start", name);
}

static void provider_add(struct ts_call *call, const char *label, const char *name, Identity__ListProvidersReply *reply)
{
    Identity__Provider *provider = TS_NEW(call->arena, Identity__Provider);

    identity__provider__init(provider);
    provider->name = (char *)label;
    provider->start_url = (char *)start_path(call, name);
    reply->providers[reply->n_providers++] = provider;
}

/* Those of the organizer whose pages somebody comes from (NULL: of none). Return: 0; a ts_error. */
static int list_organizers(struct ts_call *call, const char *slug, const Identity__OidcProvider ***ret_providers,
                           size_t *ret_count)
{
    Catalog__GetOrganizerRequest request = CATALOG__GET_ORGANIZER_REQUEST__INIT;
    const Catalog__GetOrganizerReply *reply;
    int r;

    *ret_count = 0;
    if (!slug)
        return 0;
    request.slug = (char *)slug;
    r = catalog_get_organizer_as_system(call, &request, &reply);
    if (r || !reply->organizer)
        return r == TS_ENOTFOUND ? 0 : r;
    return store_list_oidc_providers(call, reply->organizer->id, ret_providers, ret_count);
}

int list_providers(struct ts_call *call, const Identity__ListProvidersRequest *request,
                   Identity__ListProvidersReply *ret_reply)
{
    const Identity__OidcProvider **own = NULL;
    const struct provider *providers;
    size_t count, own_count;
    int r = provider_list(call, &providers, &count);

    r = r ? r : list_organizers(call, request->organizer_slug, &own, &own_count);
    if (r)
        return r;
    ret_reply->providers = TS_NEW_ARRAY(call->arena, Identity__Provider *, own_count + count);
    for (size_t i = 0; i < own_count; i++)
        provider_add(call, own[i]->name, own[i]->id, ret_reply);
    for (size_t i = 0; i < count; i++)
        provider_add(call, providers[i].label, providers[i].name, ret_reply);
    ret_reply->grant = ts_grant_new(call, COMMON__GRANT__KIND__PUBLIC, NULL);
    return 0;
}

/* ---- there */

static const char *authorization_url(struct ts_call *call, const struct provider *provider,
                                     const struct issuer_facts *facts, const struct flow *flow)
{
    struct ts_arena *arena = call->arena;

    return ts_printf(arena,
                     "%s%cresponse_type=code&scope=openid%%20email%%20profile&client_id=%s&redirect_uri=%s&state=%s"
                     "&nonce=%s&code_challenge=%s&code_challenge_method=S256",
                     facts->authorization_endpoint, strchr(facts->authorization_endpoint, '?') ? '&' : '?',
                     ts_url_escape(arena, provider->client_id),
                     ts_url_escape(arena, provider_redirect_uri(call, provider->name)), flow->state, flow->nonce,
                     flow_code_challenge(call, flow));
}

/* A provider that is away, or not as it should be: said on a page. Return: 0; other errors as they are. */
static int answer_failure(struct ts_call *call, int r, Common__Blob *ret_reply)
{
    if (r != TS_EUNAVAILABLE && r != TS_EUNKNOWN && r != TS_EDENIED && r != TS_ERANGE && r != TS_EINVALID)
        return r;
    page_problem(call, 502, PROBLEM_AWAY, ts_call_failure(call), NULL, ret_reply);
    return 0;
}

int start_oidc(struct ts_call *call, const Identity__StartOidcRequest *request, Common__Blob *ret_reply)
{
    const char *return_to = request->return_to ? request->return_to : "/";
    struct provider provider;
    struct issuer_facts facts;
    struct flow flow;
    int r;

    r = provider_find(call, request->provider, &provider);
    if (r)
        return r;
    if (!return_path_is_own(return_to)) {
        page_problem(call, 400, PROBLEM_PATH, NULL, NULL, ret_reply);
        return 0;
    }
    if (request->link && !consent_is_good(call, request->link, provider.name)) {
        page_problem(call, 400, PROBLEM_LATE, NULL, NULL, ret_reply);
        return 0;
    }
    r = guess_charge(call, NULL);
    if (r)
        return r;
    r = issuer_find(call, provider.purpose, provider.issuer, &facts);
    if (r)
        return answer_failure(call, r, ret_reply);
    flow = flow_begin(call, provider.name, return_to, request->link);
    page_cookie(call, flow_cookie, flow.cookie, FLOW_MS / TS_SECOND_MS, /* lax= */ true, ret_reply);
    page_redirect(call, authorization_url(call, &provider, &facts, &flow), ret_reply);
    return 0;
}

/* ---- and back */

/* One that comes back. */
struct arrival {
    const Identity__FinishOidcRequest *request;
    struct provider provider;
    struct issuer_facts facts;
    struct flow flow;
    struct id_token_claims claims;
    const char *access_token; /* NULL: none was given */
    enum problem problem;     /* set when it is refused */
};

/* What the browser shows, before anybody is asked. Return: what is wrong. */
static enum problem check_answer(const struct arrival *arrival)
{
    const Identity__FinishOidcRequest *request = arrival->request;

    if (strcmp(arrival->flow.provider, arrival->provider.name) != 0)
        return PROBLEM_OTHER_PROVIDER;
    if (!ts_secret_equal(request->state, arrival->flow.state))
        return PROBLEM_OTHER_SIGN_IN;
    if (request->iss ? strcmp(request->iss, arrival->provider.issuer) != 0 : arrival->facts.says_iss)
        return PROBLEM_OTHER_ISSUER;
    if (request->error)
        return PROBLEM_NOT_LET_IN;
    if (!request->code || !*request->code || strlen(request->code) > CODE_SIZE_MAX)
        return PROBLEM_NO_CODE;
    return PROBLEM_NONE;
}

/* Base64 (RFC 4648, 4) out of its URL-safe spelling. */
static const char *base64(struct ts_call *call, const char *text)
{
    char *url_safe = ts_base64url_encode(call, text, strlen(text));

    for (char *at = url_safe; *at; at++)
        *at = (char)(*at == '-' ? '+' : *at == '_' ? '/' : *at);
    return ts_printf(call->arena, "%s%s", url_safe, &"=="[strlen(url_safe) % 4 == 0 ? 2 : strlen(url_safe) % 4 - 2]);
}

/* How we show the provider that we are its client: in a header, or in the form. */
static void show_client(struct ts_call *call, const struct arrival *arrival, struct ts_http_header *header,
                        const char **ret_form)
{
    const char *id = ts_url_escape(call->arena, arrival->provider.client_id);
    const char *secret =
        arrival->provider.client_secret ? ts_url_escape(call->arena, arrival->provider.client_secret) : NULL;

    if (!secret)
        *ret_form = ts_printf(call->arena, "&client_id=%s", id);
    else if (arrival->facts.secret_in_form)
        *ret_form = ts_printf(call->arena, "&client_id=%s&client_secret=%s", id, secret);
    else
        *header = (struct ts_http_header){ "authorization",
                                           ts_printf(call->arena, "Basic %s",
                                                     base64(call, ts_printf(call->arena, "%s:%s", id, secret))) };
}

/* The code for tokens. Return: 0, and an ID token or a problem; a ts_error. */
static int exchange(struct ts_call *call, struct arrival *arrival, const char **ret_id_token)
{
    struct ts_http_header headers[3] = { { "accept", "application/json" } };
    struct issuer_request asked = { arrival->provider.purpose, arrival->facts.token_endpoint, headers, NULL };
    const struct json *answer;
    const char *client = "";
    int status, r;

    show_client(call, arrival, &headers[1], &client);
    asked.form = ts_printf(call->arena, "grant_type=authorization_code&code=%s&redirect_uri=%s&code_verifier=%s%s",
                           ts_url_escape(call->arena, arrival->request->code),
                           ts_url_escape(call->arena, provider_redirect_uri(call, arrival->provider.name)),
                           arrival->flow.verifier, client);
    r = issuer_ask(call, &asked, &status, &answer);
    if (r)
        return r;
    *ret_id_token = ts_json_string(ts_json_member(answer, "id_token"));
    arrival->access_token = ts_json_string(ts_json_member(answer, "access_token"));
    if (status != 200 || !*ret_id_token)
        arrival->problem = PROBLEM_CODE;
    return 0;
}

typedef enum problem token_check(const struct json *payload, const struct id_token_wish *wish,
                                 struct id_token_claims *ret_claims);

/* A token of the arrival's provider, by the check of its kind. Return: 0, and its claims or a problem; a ts_error. */
static int read_token(struct ts_call *call, struct arrival *arrival, const char *text, token_check *check)
{
    const struct id_token_wish wish = { arrival->provider.issuer, arrival->provider.client_id, arrival->flow.nonce,
                                        ts_now_ms(call) / TS_SECOND_MS };
    const struct json *payload = NULL;
    struct ts_jws jws;
    int r = ts_jws_read(call->arena, text, TS_JWS_SIZE_MAX, &jws)
                ? issuer_check(call, arrival->provider.purpose, arrival->provider.issuer, &jws)
                : ISSUER_FORGED;

    if (r < 0)
        return r;
    if (r == 0)
        payload = ts_jws_payload(call->arena, &jws);
    arrival->problem = payload ? check(payload, &wish, &arrival->claims) : PROBLEM_TOKEN_FORGED;
    return 0;
}

/* Many say addresses there alone. Return: 0; a ts_error. */
static int ask_userinfo(struct ts_call *call, struct arrival *arrival)
{
    const struct ts_http_header headers[] = { { "accept", "application/json" },
                                              { "authorization",
                                                ts_printf(call->arena, "Bearer %s", arrival->access_token) },
                                              { NULL } };
    const struct issuer_request asked = { arrival->provider.purpose, arrival->facts.userinfo_endpoint, headers, NULL };
    const struct json *answer;
    int status, r = issuer_ask(call, &asked, &status, &answer);

    if (r == 0 && (status != 200 || !answer || !id_token_add(answer, &arrival->claims)))
        arrival->problem = PROBLEM_NAMELESS;
    return r;
}

static int read_claims(struct ts_call *call, struct arrival *arrival)
{
    const char *id_token = NULL;
    int r = exchange(call, arrival, &id_token);

    if (r || arrival->problem)
        return r;
    r = read_token(call, arrival, id_token, id_token_check);
    if (r || arrival->problem || arrival->claims.email || !arrival->access_token || !arrival->facts.userinfo_endpoint)
        return r;
    return ask_userinfo(call, arrival);
}

/* ---- whose account */

/*
 * The house's providers: an account for who has none, with the address that was verified there, without a password.
 * Return: 0, and it or a problem; a ts_error.
 */
static int make_account(struct ts_call *call, struct arrival *arrival, const Identity__Account **ret_account)
{
    Identity__Account *account = TS_NEW(call->arena, Identity__Account);
    const char *email = ts_text_trim(call->arena, arrival->claims.email);
    const char *name = ts_text_trim(call->arena, arrival->claims.name);
    int r;

    if (!arrival->claims.email_verified || !ts_text_is_email(email)) {
        arrival->problem = PROBLEM_UNVERIFIED;
        return 0;
    }
    identity__account__init(account);
    account->id = (char *)ts_id_new(call, "usr");
    account->language = language_asked(call);
    account->email = (char *)email;
    account->name = (char *)(ts_text_is_line(name, TS_NAME_SIZE_MAX) ? name : email);
    account->has_created_at_ms = true;
    account->created_at_ms = ts_now_ms(call);
    r = store_make_account(call, account);
    if (r == STORE_TAKEN) {
        arrival->problem = PROBLEM_NOT_LINKED;
        return 0;
    }
    *ret_account = account;
    return r;
}

/* What an organizer's provider says of somebody, in the account that it made for him; texts are the arena's. */
static void account_assert(struct ts_call *call, const struct id_token_claims *claims, Identity__Account *account)
{
    const char *email = ts_text_trim(call->arena, claims->email), *name = ts_text_trim(call->arena, claims->name);
    bool has_email = ts_text_is_email(email);

    account->asserted_email = (char *)(has_email ? email : NULL);
    account->name = (char *)(ts_text_is_line(name, TS_NAME_SIZE_MAX) ? name
                             : has_email                             ? email
                                                                     : account->organizer_id);
}

/* An account of the provider's organizer: it has no address, whatever the provider says (see provider.h). */
static Identity__Account *own_account_new(struct ts_call *call, const struct arrival *arrival)
{
    Identity__Account *account = TS_NEW(call->arena, Identity__Account);

    identity__account__init(account);
    account->id = (char *)ts_id_new(call, "usr");
    account->language = language_asked(call);
    account->organizer_id = (char *)arrival->provider.organizer_id;
    account_assert(call, &arrival->claims, account);
    account->has_created_at_ms = true;
    account->created_at_ms = ts_now_ms(call);
    return account;
}

/* The identity first: an account that nobody would be linked with is never left. Return: 0; a ts_error. */
static int make_own_account(struct ts_call *call, const struct arrival *arrival, int64_t version,
                            const Identity__Account **ret_account)
{
    Identity__Account *account = own_account_new(call, arrival);
    Identity__ProviderIdentity linked;
    int r = identity_link(call, &arrival->provider, arrival->claims.subject, version, account->id, &linked);

    r = r ? r : store_insert_account(call, account);
    *ret_account = account;
    return r > 0 ? TS_EABORTED : r;
}

static bool is_same(const char *left, const char *right)
{
    return left && right ? strcmp(left, right) == 0 : left == right;
}

/* What the provider says of him today, unless that is as it was. Return: 0, also when another put it; a ts_error. */
static int refresh_own_account(struct ts_call *call, const struct arrival *arrival, const Identity__Account *before,
                               int64_t version)
{
    Identity__Account account = *before;
    int r;

    account_assert(call, &arrival->claims, &account);
    if (is_same(account.name, before->name) && is_same(account.asserted_email, before->asserted_email))
        return 0;
    r = store_put_account(call, &account, version);
    return r > 0 ? 0 : r;
}

/* By an organizer's provider: to no account but one that it made. Return: 0 and the account; a ts_error. */
static int find_own_account(struct ts_call *call, const struct arrival *arrival, const char *id,
                            const Identity__Account **ret_account)
{
    const Identity__ProviderIdentity *identity;
    int64_t version, account_version;
    int r = store_get_identity(call, id, &identity, &version);

    if (r == 0 && identity)
        r = store_get_account(call, identity->account_id, ret_account, &account_version);
    if (r)
        return r;
    if (!*ret_account)
        return make_own_account(call, arrival, version, ret_account);
    if (!is_same((*ret_account)->organizer_id, arrival->provider.organizer_id))
        return TS_EDENIED; /* cannot be: nothing links them */
    return refresh_own_account(call, arrival, *ret_account, account_version);
}

/* Return: 0, and the account with its identity's id, or a problem; a ts_error. */
static int find_account(struct ts_call *call, struct arrival *arrival, const char *id,
                        const Identity__Account **ret_account)
{
    const Identity__ProviderIdentity *identity;
    Identity__ProviderIdentity linked;
    int64_t version, account_version;
    int r;

    if (arrival->provider.organizer_id)
        return find_own_account(call, arrival, id, ret_account);
    r = store_get_identity(call, id, &identity, &version);
    if (r == 0 && identity)
        r = store_get_account(call, identity->account_id, ret_account, &account_version);
    if (r || *ret_account)
        return r;
    r = make_account(call, arrival, ret_account);
    return r || arrival->problem
               ? r
               : identity_link(call, &arrival->provider, arrival->claims.subject, version, (*ret_account)->id, &linked);
}

/* ---- signed in */

/* A challenge goes along in the address, so that the page that takes it works without scripts. */
static void answer_session(struct ts_call *call, const struct arrival *arrival, const Identity__SessionReply *reply,
                           Common__Blob *ret_reply)
{
    const char *return_to = arrival->flow.return_to;
    int64_t now_ms = ts_now_ms(call);

    if (reply->session) {
        page_cookie(call, "access", reply->session->access_token,
                    (reply->session->access_expires_at_ms - now_ms) / TS_SECOND_MS, /* lax= */ false, ret_reply);
        page_cookie(call, "refresh", reply->session->refresh_token,
                    (reply->session->refresh_expires_at_ms - now_ms) / TS_SECOND_MS, /* lax= */ false, ret_reply);
        page_redirect(call, return_to, ret_reply);
    } else {
        page_redirect(call,
                      ts_printf(call->arena, "%s%cchallenge=%s", return_to, strchr(return_to, '?') ? '&' : '?',
                                ts_url_escape(call->arena, reply->challenge)),
                      ret_reply);
    }
}

/*
 * A second factor is asked for as after a password: that the provider asked for one of its own is the provider's word.
 * The session that follows ends with the provider's all the same. Return: 0; a ts_error.
 */
static int admit(struct ts_call *call, const struct arrival *arrival, const Identity__Account *account,
                 const char *identity, Common__Blob *ret_reply)
{
    Identity__SessionReply reply = IDENTITY__SESSION_REPLY__INIT;
    Identity__BroughtBy by = IDENTITY__BROUGHT_BY__INIT;
    const char *sid = arrival->claims.session_id;
    const Identity__SecondFactor *factor;
    int64_t version;
    int r = store_get_factor(call, account->id, &factor, &version);

    if (r)
        return r;
    by.identity_id = (char *)identity;
    by.provider_session = sid ? (char *)pair_hash(call, arrival->provider.scope, sid) : NULL;
    by.provider_id = (char *)(arrival->provider.organizer_id ? arrival->provider.name : NULL);
    ts_security(call, TS_SECURITY_PROVIDER_USED, account->id);
    if (factor_is_on(factor)) {
        r = session_admit(call, account, &reply);
        r = r ? r : store_insert_brought(call, challenge_id(call, reply.challenge), &by);
    } else {
        r = session_begin_by(call, account->id, &by, &reply);
    }
    if (r == 0)
        answer_session(call, arrival, &reply, ret_reply);
    return r;
}

static void answer_problem(struct ts_call *call, const struct arrival *arrival, enum problem problem,
                           Common__Blob *ret_reply)
{
    ts_security(call, TS_SECURITY_PROVIDER_REFUSED, /* subject= */ NULL);
    page_problem(call, 400, problem, NULL, start_path(call, arrival->provider.name), ret_reply);
}

/* Who began it decides, where he is signed in: this browser may be anybody's. */
static void answer_consent(struct ts_call *call, const struct arrival *arrival, Common__Blob *ret_reply)
{
    page_redirect(call,
                  ts_printf(call->arena, "%s#link=%s", arrival->flow.return_to,
                            consent_to(call, arrival->flow.linking, arrival->claims.subject)),
                  ret_reply);
}

/* Its state was right: it is this sign-in, which ends here, whatever comes of it. */
static int finish(struct ts_call *call, struct arrival *arrival, Common__Blob *ret_reply)
{
    const Identity__Account *account = NULL;
    const char *id;
    int r = store_insert_challenge(call, arrival->flow.id);

    if (r < 0)
        return r;
    page_cookie(call, flow_cookie, "", 0, /* lax= */ true, ret_reply);
    arrival->problem = r == STORE_CONFLICT ? PROBLEM_ANSWER_USED : PROBLEM_NONE;
    r = arrival->problem ? 0 : read_claims(call, arrival);
    if (r)
        return answer_failure(call, r, ret_reply);
    if (!arrival->problem && arrival->flow.linking) {
        answer_consent(call, arrival, ret_reply);
        return 0;
    }
    if (!arrival->problem) {
        id = identity_id(call, arrival->provider.scope, arrival->claims.subject);
        r = find_account(call, arrival, id, &account);
        if (r)
            return r;
        if (!arrival->problem)
            return admit(call, arrival, account, id, ret_reply);
    }
    answer_problem(call, arrival, arrival->problem, ret_reply);
    return 0;
}

int finish_oidc(struct ts_call *call, const Identity__FinishOidcRequest *request, Common__Blob *ret_reply)
{
    struct arrival arrival = { .request = request };
    enum problem problem;
    int r;

    r = provider_find(call, request->provider, &arrival.provider);
    r = r ? r : guess_charge(call, NULL);
    if (r)
        return r;
    if (!flow_read(call, request->flow, &arrival.flow)) {
        answer_problem(call, &arrival, PROBLEM_OTHER_BROWSER, ret_reply);
        return 0;
    }
    r = issuer_find(call, arrival.provider.purpose, arrival.provider.issuer, &arrival.facts);
    if (r)
        return answer_failure(call, r, ret_reply);
    problem = check_answer(&arrival);
    if (problem) {
        answer_problem(call, &arrival, problem, ret_reply);
        return 0;
    }
    return finish(call, &arrival, ret_reply);
}

/* ---- and out: said by the provider itself, which is answered as RFC 6749, 5.2 words it */

static void answer_logout(struct ts_call *call, enum problem problem, Common__Blob *ret_reply)
{
    const char *text = "{}";

    if (problem)
        text = ts_printf(call->arena, "{\"error\":\"invalid_request\",\"error_description\":\"%s\"}",
                         problem_text(problem, TS_ENGLISH));
    ret_reply->has_status = true;
    ret_reply->status = problem ? 400 : 200;
    ret_reply->has_data = true;
    ret_reply->data.data = (uint8_t *)ts_strdup(call->arena, text);
    ret_reply->data.len = strlen(text);
    ret_reply->content_type = ts_strdup(call->arena, "application/json");
}

/* The key under which a logout token is kept that was heeded: it is good once (its section 2.6, step 8). */
static const char *heard_id(struct ts_call *call, const struct arrival *arrival)
{
    return ts_printf(call->arena, "jti/%s", pair_hash(call, arrival->provider.scope, arrival->claims.token_id));
}

static int end_identity(struct ts_call *call, const char *scope, const char *subject)
{
    int r = sessions_end_by(call, NULL, identity_id(call, scope, subject));

    return r ? r : sessions_end_by(call, NULL, identity_former_id(call, scope, subject));
}

/* Return: 0, all that it means has ended, or a problem; a ts_error. */
static int heed(struct ts_call *call, struct arrival *arrival)
{
    const char *scope = arrival->provider.scope, *sid = arrival->claims.session_id;
    bool heard = false;
    int r = store_find_challenge(call, heard_id(call, arrival), &heard);

    if (r)
        return r;
    if (heard) {
        arrival->problem = PROBLEM_LOGOUT_USED;
        return 0;
    }
    r = sid ? sessions_end_by(call, pair_hash(call, scope, sid), NULL)
            : end_identity(call, scope, arrival->claims.subject);
    r = r ? r : store_insert_challenge(call, heard_id(call, arrival));
    return r > 0 ? 0 : r; /* somebody said it at the same time: it is done */
}

int log_out_oidc(struct ts_call *call, const Identity__LogOutOidcRequest *request, Common__Blob *ret_reply)
{
    struct arrival arrival = { .request = NULL };
    int r;

    r = provider_find(call, request->provider, &arrival.provider);
    r = r ? r : read_token(call, &arrival, request->logout_token, logout_token_check);
    if (r)
        return r;
    r = arrival.problem ? 0 : heed(call, &arrival);
    if (r)
        return r;
    if (arrival.problem)
        ts_security(call, TS_SECURITY_PROVIDER_REFUSED, /* subject= */ NULL);
    answer_logout(call, arrival.problem, ret_reply);
    return 0;
}
