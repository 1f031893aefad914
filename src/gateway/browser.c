/* See browser.h. A body is JSON, which a page of others cannot send unasked; and nobody else's Origin is answered. */
#include "gateway/browser.h"

#include <string.h>

#include "base/json.h"
#include "gateway/cookie.h"
#include "gateway/media_type.h"
#include "gateway/resolve.h"
#include "identity/v1/identity.rpc.h"
#include "loop/runtime.h"
#include "tessera/clock.h"

static const char json_type[] = "application/json; charset=utf-8";

static void add_cookies(struct http_request *request, struct http_reply *reply, const Identity__Tokens *tokens,
                        int64_t now_ms)
{
    const char *access = tokens ? tokens->access_token : "", *refresh = tokens ? tokens->refresh_token : "";
    int64_t access_s = tokens ? (tokens->access_expires_at_ms - now_ms) / TS_SECOND_MS : 0;
    int64_t refresh_s = tokens ? (tokens->refresh_expires_at_ms - now_ms) / TS_SECOND_MS : 0;

    http_header_add(reply->headers, HTTP_REPLY_HEADERS_MAX, "set-cookie",
                    cookie_set(&request->arena, COOKIE_ACCESS, access, access_s, "Strict"));
    http_header_add(reply->headers, HTTP_REPLY_HEADERS_MAX, "set-cookie",
                    cookie_set(&request->arena, COOKIE_REFRESH, refresh, refresh_s, "Strict"));
}

/* There is no session (any more): the browser forgets its cookies. */
static void answer_ended(struct gateway *gateway, struct http_request *request, int status)
{
    static const char body[] = "{\"errors\":[{\"message\":\"The session has ended; sign in again.\","
                               "\"extensions\":{\"code\":\"UNAUTHENTICATED\"}}]}";
    struct http_reply reply = { .status = status };

    if (status != 204) {
        reply.content_type = json_type;
        reply.body = body;
        reply.body_size = sizeof(body) - 1;
    }
    add_cookies(request, &reply, NULL, runtime_now_ms(gateway->runtime));
    http_reply(request, &reply);
}

static void answer_tokens(struct gateway *gateway, struct http_request *request, const Identity__Tokens *tokens)
{
    struct http_reply reply = { .status = 200, .content_type = json_type };
    char access[32], refresh[32];

    reply.body = ts_printf(&request->arena, "{\"accessExpiresAt\":\"%s\",\"refreshExpiresAt\":\"%s\"}",
                           ts_time_format(tokens->access_expires_at_ms, access),
                           ts_time_format(tokens->refresh_expires_at_ms, refresh));
    reply.body_size = strlen(reply.body);
    add_cookies(request, &reply, tokens, runtime_now_ms(gateway->runtime));
    http_reply(request, &reply);
}

/* The refresh token that the body brings, else the cookie's. Return: false, and the request is answered. */
static bool read_refresh_token(struct http_request *request, const char **ret_token)
{
    struct json_error error;
    const struct json *token;
    struct json *body = NULL;

    if (!media_type_is_json(request->content_type)) {
        gateway_error(request, 415, "UNSUPPORTED_MEDIA_TYPE", "POST application/json in UTF-8.");
        return false;
    }
    if (json_parse(&request->arena, request->body, request->body_size, &body, &error) != 0 ||
        body->type != JSON_OBJECT) {
        gateway_error(request, 400, "BAD_REQUEST", "The body must be a JSON object.");
        return false;
    }
    token = json_find(body, "refreshToken");
    if (token && token->type != JSON_STRING) {
        gateway_error(request, 400, "BAD_REQUEST", "\"refreshToken\" must be a string.");
        return false;
    }
    *ret_token = token ? token->text : cookie_find(&request->arena, request->cookie, COOKIE_REFRESH);
    return true;
}

static void answer_unavailable(struct http_request *request)
{
    gateway_error(request, 503, "UNAVAILABLE", "A part that is needed is away; try again.");
}

static void renew(struct gateway *gateway, struct http_request *request, struct ts_call *call)
{
    Identity__RefreshSessionRequest refresh = IDENTITY__REFRESH_SESSION_REQUEST__INIT;
    const Identity__SessionReply *reply;
    const char *token;

    if (!read_refresh_token(request, &token))
        return;
    refresh.refresh_token = (char *)token;
    call->operation = "refreshSession";
    if (token && identity_refresh_session(call, &refresh, &reply) != 0)
        answer_unavailable(request);
    else if (token && reply->session)
        answer_tokens(gateway, request, reply->session);
    else
        answer_ended(gateway, request, 401);
}

static void sign_out(struct gateway *gateway, struct http_request *request, struct ts_call *call)
{
    Identity__SignOutRequest out = IDENTITY__SIGN_OUT_REQUEST__INIT;
    const Identity__SignOutReply *reply;

    out.refresh_token = (char *)cookie_find(&request->arena, request->cookie, COOKIE_REFRESH);
    call->operation = "signOut";
    if (out.refresh_token && identity_sign_out(call, &out, &reply) != 0)
        answer_unavailable(request);
    else
        answer_ended(gateway, request, 204); /* also one that had ended */
}

bool browser_serve(struct gateway *gateway, struct http_request *request, const struct session *session)
{
    struct resolve resolve;

    if (strcmp(request->path, "/session") != 0)
        return false;
    request->route = "/session";
    resolve_init(&resolve, gateway->runtime, &request->arena, session, request->deadline_ms);
    if (resolve_charge(&resolve, "session", /* is_mutation= */ true))
        gateway_error(request, 429, "RATE_LIMITED", "Too often; try again later.");
    else if (!cookie_is_own(request))
        gateway_error(request, 403, "FORBIDDEN", "This is for pages of this host.");
    else if (request->method == HTTP_POST)
        renew(gateway, request, &resolve.call);
    else if (strcmp(request->method_name, "DELETE") == 0)
        sign_out(gateway, request, &resolve.call);
    else
        gateway_error(request, 405, "METHOD_NOT_ALLOWED", "POST renews a session, DELETE ends it.");
    return true;
}
