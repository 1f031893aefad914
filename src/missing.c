/* Parts that are on their way: each definition goes when its owner lands. */
#include "gateway/gateway.h"
#include "graphql/graphql.h"

#define MISSING __attribute__((weak))

MISSING enum gql_outcome gql_execute(struct gql_schema *schema, struct gql_env *env, const struct gql_request *request,
                                     struct buf *ret_body)
{
    (void)schema, (void)env, (void)request;
    gql_error_body(ret_body, "UNAVAILABLE", "There is no schema yet.");
    return GQL_REFUSED;
}

MISSING void gql_error_body(struct buf *ret_body, const char *code, const char *message)
{
    buf_printf(ret_body, "{\"errors\":[{\"message\":\"%s\",\"extensions\":{\"code\":\"%s\"}}]}", message, code);
}

MISSING bool gql_http_match(struct gql_schema *schema, struct ts_arena *arena, const char *path, size_t path_size,
                            struct gql_rpc *ret_rpc)
{
    (void)schema, (void)arena, (void)path, (void)path_size, (void)ret_rpc;
    return false;
}

MISSING void gateway_log(struct http_request *request, void *data)
{
    (void)request, (void)data;
}
