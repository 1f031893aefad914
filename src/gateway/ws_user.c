/*
 * Whose a socket is. Who sends connection_init with a token is found out on a fiber of its own, for identity may have
 * to be asked; the socket may go meanwhile. A user's socket ends when his session does.
 */
#include <string.h>

#include "gateway/ws_inside.h"
#include "loop/fiber.h"
#include "tessera/arena.h"
#include "tessera/err.h"
#include "tessera/id.h"
#include "tessera/memory.h"

struct ws_user {
    struct user_watch watch;
    struct ws *ws;
    struct ts_principal principal;
    char id[TS_ID_SIZE], session_id[TS_ID_SIZE];
};

static void on_session_ended(struct user_watch *watch)
{
    ws_close(container_of(watch, struct ws_user, watch)->ws, WS_UNAUTHORIZED, "The session has ended.");
}

void ws_user_gone(struct ws *ws)
{
    if (ws->user)
        list_remove(&ws->user->watch.link);
}

void ws_user_done(struct ws *ws)
{
    ws_user_gone(ws);
    ts_memory_free(ws->user);
    ws->user = NULL;
}

void ws_keep_principal(struct ws *ws, const struct ts_principal *principal)
{
    struct users *users = ws->server->config.gateway->credentials.users;

    ws->session.principal = principal;
    if (principal->kind != TS_PRINCIPAL_USER)
        return;
    ws_user_gone(ws);
    if (!ws->user)
        ws->user = ts_memory_new(1, sizeof(*ws->user));
    ws->user->ws = ws;
    ws->user->watch.ended = on_session_ended;
    list_init(&ws->user->watch.link);
    memcpy(ws->user->id, principal->id, TS_ID_SIZE);
    memcpy(ws->user->session_id, principal->session_id, TS_ID_SIZE);
    ws->user->principal = (struct ts_principal){ .kind = TS_PRINCIPAL_USER, .id = ws->user->id };
    ws->user->principal.session_id = ws->user->session_id;
    ws->session.principal = &ws->user->principal;
    users->watch(users, ws->session.principal, &ws->user->watch);
}

struct sign_in {
    struct ws *ws;
    struct ts_arena *arena;
    char *authorization;
};

static void sign_in_end(struct ws *ws, const struct session *session, int r)
{
    if (ws->gone || ws->state != WS_SIGNING_IN)
        return;
    if (r == TS_EUNAUTHENTICATED) {
        ws_close(ws, WS_FORBIDDEN, "Forbidden");
    } else if (r) {
        ws_close(ws, WS_TRY_LATER, "Who this is cannot be found out now.");
    } else {
        ws_keep_principal(ws, session->principal);
        ws_acknowledge(ws);
    }
}

/* On the fiber. */
static void sign_in_run(void *data)
{
    struct sign_in *sign_in = data;
    struct ws *ws = sign_in->ws;
    struct session session = ws->session;
    int r = session_authenticate(&session, sign_in->arena, sign_in->authorization,
                                 &ws->server->config.gateway->credentials);

    sign_in_end(ws, &session, r);
    ts_memory_free(sign_in->authorization);
    ts_arena_free(sign_in->arena);
    ts_memory_free(sign_in);
    ws->running--;
    ws_stop_when_idle(ws);
    ws_release(ws);
}

void ws_sign_in(struct ws *ws, const char *authorization)
{
    struct sign_in *sign_in = ts_memory_new(1, sizeof(*sign_in));

    *sign_in = (struct sign_in){ ws, ts_arena_new(), ts_memory_string(authorization) };
    ws->state = WS_SIGNING_IN;
    ws->running++;
    fiber_spawn(ws->server->config.loop, sign_in_run, sign_in);
}
