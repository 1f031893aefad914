/* See flow.h. The cookie: "flw_….provider.path.linking.MAC", the path and the consent in base64url. */
#include "flow.h"

#include <string.h>

#include "tessera/id.h"
#include "tessera/sign.h"
#include "token.h"

enum { COOKIE_SIZE_MAX = 1536 };

static const char cookie_purpose[] = "identity/oidc/flow";

static const char *derive(struct ts_call *call, const char *purpose, const char *id)
{
    uint8_t mac[TS_MAC_SIZE];

    ts_mac(call, purpose, id, strlen(id), mac);
    return ts_base64url_encode(call, mac, sizeof(mac));
}

static void flow_derive(struct ts_call *call, struct flow *flow)
{
    flow->state = derive(call, "identity/oidc/state", flow->id);
    flow->nonce = derive(call, "identity/oidc/nonce", flow->id);
    flow->verifier = derive(call, "identity/oidc/verifier", flow->id);
}

struct flow flow_begin(struct ts_call *call, const char *provider, const char *return_to, const char *linking)
{
    struct flow flow = {
        .id = ts_id_new(call, "flw"), .provider = provider, .return_to = return_to, .linking = linking
    };
    const char *path = ts_base64url_encode(call, return_to, strlen(return_to));
    const char *consent = linking ? ts_base64url_encode(call, linking, strlen(linking)) : "";

    flow.cookie =
        token_make(call, cookie_purpose, ts_printf(call->arena, "%s.%s.%s.%s", flow.id, provider, path, consent), "");
    flow_derive(call, &flow);
    return flow;
}

static const char *decoded(struct ts_call *call, const char *text)
{
    size_t size;
    const char *bytes = (const char *)ts_base64url_decode(call, text, &size);

    return ts_strndup(call->arena, bytes, size);
}

bool flow_read(struct ts_call *call, const char *cookie, struct flow *ret_flow)
{
    size_t size = cookie ? strnlen(cookie, COOKIE_SIZE_MAX + 1) : 0;
    const char *mac = size && size <= COOKIE_SIZE_MAX ? strrchr(cookie, '.') : NULL;
    char *named = mac ? ts_strndup(call->arena, cookie, (size_t)(mac - cookie)) : NULL;
    char *part[4], *rest = named;
    struct flow flow = { .cookie = cookie };

    if (!named || !ts_secret_equal(token_make(call, cookie_purpose, named, ""), cookie))
        return false;
    for (size_t i = 0; i < 4; i++) { /* ours: it has them all */
        part[i] = rest;
        rest += strcspn(rest, ".");
        if (*rest)
            *rest++ = '\0';
    }
    flow.id = part[0];
    flow.provider = part[1];
    flow.return_to = decoded(call, part[2]);
    flow.linking = *part[3] ? decoded(call, part[3]) : NULL;
    if (ts_now_ms(call) >= ts_id_time_ms(flow.id) + FLOW_MS)
        return false;
    flow_derive(call, &flow);
    *ret_flow = flow;
    return true;
}

const char *flow_code_challenge(struct ts_call *call, const struct flow *flow)
{
    uint8_t digest[32];

    ts_sha256(flow->verifier, strlen(flow->verifier), digest);
    return ts_base64url_encode(call, digest, sizeof(digest));
}

bool return_path_is_own(const char *path)
{
    if (!path || path[0] != '/' || path[1] == '/' || strnlen(path, RETURN_SIZE_MAX + 1) > RETURN_SIZE_MAX)
        return false;
    for (const char *at = path; *at; at++)
        if (*at <= ' ' || *at > '~' || *at == '\\' || *at == '#' || *at == '"' || *at == '<' || *at == '>')
            return false;
    return true;
}
