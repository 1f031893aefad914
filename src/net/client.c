/*
 * One exchange stands on the stack of the fiber that waits for it; libcurl's callbacks write into it from the loop's
 * stack. The address is judged twice: before a connection is made to it, and, since libcurl uses connections again that
 * it made for another purpose, before anything is sent over one.
 */
#include "net/client.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/list.h"
#include "net/inside.h"
#include "net/reach.h"
#include "telemetry/trace.h"
#include "tessera/limits.h"
#include "tessera/memory.h"
#include "tessera/text.h"

/* How many of one purpose are under way. */
struct purpose {
    const char *name;
    unsigned count;
    struct purpose *next;
};

#define AUTHORITIES "/etc/ssl/certs" /* as ca-certificates keeps it */

enum denial { DENIED_NOT, DENIED_ADDRESS, DENIED_PLAIN };

struct exchange {
    struct client *client;
    struct ts_call *call;
    const struct ts_http_request *request;
    const char *host; /* of the URL, with its port */
    struct transfer transfer;
    struct curl_slist *headers;
    struct ts_http_header answer_headers[TS_HTTP_HEADERS_MAX + 1];
    size_t header_count, headers_size;
    struct buf body;
    enum denial denied;
    bool asked;    /* the request may have left */
    bool too_long; /* the answer is */
    char error[CURL_ERROR_SIZE];
};

/* ---- where to */

static enum denial judge(const struct exchange *exchange, const char *text)
{
    bool plain = strncmp(exchange->request->url, "http:", 5) == 0;
    struct address address;

    if (!address_parse(text, strlen(text), &address))
        return DENIED_ADDRESS;
    if (reach_is_named(exchange->client->reach, exchange->request->purpose, &address))
        return DENIED_NOT;
    if (!reach_is_public(&address))
        return DENIED_ADDRESS;
    return plain ? DENIED_PLAIN : DENIED_NOT;
}

static curl_socket_t open_socket(void *data, curlsocktype type, struct curl_sockaddr *address)
{
    struct exchange *exchange = data;
    char text[NI_MAXHOST];

    (void)type;
    if (getnameinfo(&address->addr, address->addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST))
        return CURL_SOCKET_BAD;
    exchange->denied = judge(exchange, text);
    if (exchange->denied)
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Just before the request is sent, over whichever connection. */
static int before_request(void *data, char *address, char *local_address, int port, int local_port)
{
    struct exchange *exchange = data;

    (void)local_address;
    (void)port;
    (void)local_port;
    exchange->denied = judge(exchange, address);
    if (exchange->denied)
        return CURL_PREREQFUNC_ABORT;
    exchange->asked = true;
    return CURL_PREREQFUNC_OK;
}

/* ---- the answer */

static size_t take_body(char *bytes, size_t one, size_t size, void *data)
{
    struct exchange *exchange = data;

    (void)one;
    buf_add(&exchange->body, bytes, size);
    exchange->too_long = exchange->body.full;
    return exchange->too_long ? 0 : size;
}

static void add_header(struct exchange *exchange, const char *line, size_t name_size, size_t size)
{
    struct ts_arena *arena = exchange->call->arena;
    char *name = ts_strndup(arena, line, name_size);
    size_t at = name_size + 1;

    for (char *letter = name; *letter; letter++)
        if (*letter >= 'A' && *letter <= 'Z')
            *letter = (char)(*letter + 'a' - 'A');
    while (at < size && (line[at] == ' ' || line[at] == '\t'))
        at++;
    while (size > at && (unsigned char)line[size - 1] <= ' ')
        size--;
    exchange->answer_headers[exchange->header_count++] =
        (struct ts_http_header){ name, ts_strndup(arena, line + at, size - at) };
}

/* One line of a head; those of an interim answer give way to the next one's. */
static size_t take_header(char *line, size_t one, size_t size, void *data)
{
    struct exchange *exchange = data;
    const char *colon = memchr(line, ':', size);

    (void)one;
    exchange->headers_size += size;
    if (exchange->headers_size > TS_HTTP_HEADERS_SIZE_MAX || exchange->header_count == TS_HTTP_HEADERS_MAX)
        exchange->too_long = true;
    else if (size > 5 && memcmp(line, "HTTP/", 5) == 0)
        exchange->header_count = 0;
    else if (colon && colon > line && *line != ' ' && *line != '\t')
        add_header(exchange, line, (size_t)(colon - line), size);
    return exchange->too_long ? 0 : size;
}

/* ---- the request */

static void add_line(struct exchange *exchange, const char *name, const char *value)
{
    /* One without a value ends in ';', as libcurl reads it. */
    const char *line = *value ? ts_printf(exchange->call->arena, "%s: %s", name, value)
                              : ts_printf(exchange->call->arena, "%s;", name);
    struct curl_slist *longer = curl_slist_append(exchange->headers, line);

    if (!longer)
        abort();
    exchange->headers = longer;
}

static void add_lines(struct exchange *exchange)
{
    const struct ts_http_request *request = exchange->request;
    struct ts_trace trace = exchange->call->trace;
    char traceparent[TRACEPARENT_SIZE];

    for (const struct ts_http_header *header = request->headers; header && header->name; header++)
        add_line(exchange, header->name, header->value);
    if (request->body)
        add_line(exchange, "Content-Type", request->content_type ? request->content_type : "application/octet-stream");
    if (trace.trace_id[0]) {
        trace_step(exchange->call->runtime, &trace);
        add_line(exchange, "traceparent", traceparent_write(&trace, traceparent));
    }
    exchange->headers = curl_slist_append(exchange->headers, "Expect:"); /* not asked for: one round trip, not two */
}

static void set_method(CURL *easy, const struct ts_http_request *request)
{
    bool is_get = strcmp(request->method, "GET") == 0;

    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    if (is_get)
        return;
    /* On a connection that the other side may just be closing libcurl would send it twice. */
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body ? request->body : "");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
}

void net_bind(CURL *easy, const char *ca, int64_t timeout_ms, char *error)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a name look-up under way is not waited for */
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    /* Not libcurl's file of all authorities, which it would read for each connection: their folder, by hash. */
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
    curl_easy_setopt(easy, CURLOPT_CAPATH, AUTHORITIES);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
}

/* Where it may go is asked for each connection. */
static void set_judges(struct exchange *exchange, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange);
}

static void set_request(struct exchange *exchange, CURL *easy)
{
    const struct ts_http_request *request = exchange->request;

    net_bind(easy, exchange->client->ca, request->timeout_ms, exchange->error);
    set_judges(exchange, easy);
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "tessera/" TESSERA_VERSION);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)request->answer_size_max);
    set_method(easy, request);
    add_lines(exchange);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
}

/* ---- the outcome */

static int name_failure(const struct exchange *exchange, const char **ret_problem)
{
    struct ts_arena *arena = exchange->call->arena;
    CURLcode result = exchange->transfer.result;

    if (exchange->too_long || result == CURLE_FILESIZE_EXCEEDED) {
        *ret_problem = ts_printf(arena, "%s answered with more than is wanted.", exchange->host);
        return TS_ERANGE;
    }
    if (exchange->denied && !exchange->asked) {
        *ret_problem = ts_printf(arena,
                                 exchange->denied == DENIED_ADDRESS ? "%s is at no public address."
                                                                    : "%s would be spoken to in the clear.",
                                 exchange->host);
        return TS_EDENIED;
    }
    if (result == CURLE_URL_MALFORMAT || result == CURLE_UNSUPPORTED_PROTOCOL) {
        *ret_problem = "The URL is not one of a server.";
        return TS_EINVALID;
    }
    *ret_problem =
        ts_printf(arena, "%s: %s.", exchange->host, exchange->error[0] ? exchange->error : curl_easy_strerror(result));
    return exchange->asked ? TS_EUNKNOWN : TS_EUNAVAILABLE;
}

static int name_lateness(const struct exchange *exchange, const char **ret_problem)
{
    *ret_problem = ts_printf(exchange->call->arena, "%s did not answer within %lld ms.", exchange->host,
                             (long long)exchange->request->timeout_ms);
    return exchange->asked ? TS_EUNKNOWN : TS_EUNAVAILABLE;
}

static void take_answer(struct exchange *exchange, struct ts_http_response *ret_response)
{
    struct ts_arena *arena = exchange->call->arena;
    long status = 0;

    curl_easy_getinfo(exchange->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    *ret_response = (struct ts_http_response){
        .status = (int)status,
        .headers = ts_memdup(arena, exchange->answer_headers,
                             (exchange->header_count + 1) * sizeof(exchange->answer_headers[0])),
        .body = ts_strndup(arena, exchange->body.data ? exchange->body.data : "", exchange->body.size),
        .body_size = exchange->body.size,
    };
}

static int exchange_run(struct exchange *exchange, CURL *easy, struct ts_http_response *ret_response,
                        const char **ret_problem)
{
    int r;

    set_request(exchange, easy);
    transfer_begin(exchange->client->transfers, &exchange->transfer, easy);
    r = transfer_await(&exchange->transfer, exchange->call, exchange->request->timeout_ms);
    transfer_end(exchange->client->transfers, &exchange->transfer);
    if (r == TRANSFER_LATE)
        return name_lateness(exchange, ret_problem);
    if (r)
        return r;
    if (exchange->transfer.result != CURLE_OK)
        return name_failure(exchange, ret_problem);
    exchange->answer_headers[exchange->header_count] = (struct ts_http_header){ NULL, NULL };
    take_answer(exchange, ret_response);
    return 0;
}

static struct purpose *purpose_get(struct client *client, const char *name)
{
    struct purpose *purpose = client->purposes;

    while (purpose && strcmp(purpose->name, name) != 0)
        purpose = purpose->next;
    if (!purpose) {
        purpose = TS_NEW(&client->arena, struct purpose);
        *purpose = (struct purpose){ .name = ts_strdup(&client->arena, name), .next = client->purposes };
        client->purposes = purpose;
    }
    return purpose;
}

static const char *url_host(struct ts_arena *arena, const char *url)
{
    const char *host = strstr(url, "://") + 3;

    return ts_strndup(arena, host, strcspn(host, "/?#"));
}

static int client_http(struct outbound *outbound, struct ts_call *call, const struct ts_http_request *request,
                       struct ts_http_response *ret_response, const char **ret_problem)
{
    struct client *client = container_of(outbound, struct client, outbound);
    struct purpose *purpose = purpose_get(client, request->purpose);
    struct exchange *exchange;
    CURL *easy;
    int r;

    if (purpose->count >= TS_HTTP_AT_ONCE_MAX) {
        *ret_problem = "Too many requests to other servers are under way; try again.";
        return TS_EEXHAUSTED;
    }
    easy = curl_easy_init();
    if (!easy)
        abort();
    exchange = TS_NEW(call->arena, struct exchange);
    exchange->client = client;
    exchange->call = call;
    exchange->request = request;
    exchange->host = url_host(call->arena, request->url);
    buf_init(&exchange->body, request->answer_size_max);
    purpose->count++;
    r = exchange_run(exchange, easy, ret_response, ret_problem);
    purpose->count--;
    buf_done(&exchange->body);
    curl_slist_free_all(exchange->headers);
    curl_easy_cleanup(easy);
    return r;
}

/* ---- life */

bool net_is_this_machine(const char *host)
{
    size_t size = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");

    return strncmp(host, "127.", 4) == 0 || (size == 9 && memcmp(host, "localhost", 9) == 0) ||
           strncmp(host, "[::1]", 5) == 0;
}

/* smtp://HOST[:PORT] or smtps://HOST[:PORT], and nothing else. Return: where HOST begins; NULL. */
static const char *smtp_host(const char *url)
{
    const char *host = strncmp(url, "smtp://", 7) == 0 ? url + 7 : strncmp(url, "smtps://", 8) == 0 ? url + 8 : NULL;

    return host && *host && !host[strcspn(host, "/?#@ ")] ? host : NULL;
}

static int open_smtp(struct client *client, const struct client_config *config, struct buf *problem)
{
    struct ts_arena *arena = &client->arena;
    const char *host = smtp_host(config->smtp);
    int r = 0;

    if (!host) {
        buf_printf(problem, "--smtp is smtp://HOST:PORT or smtps://HOST:PORT, and nothing else\n");
        r = TS_EINVALID;
    }
    if (!config->mail_from || !letter_sender_read(arena, ts_strdup(arena, config->mail_from), &client->smtp.sender)) {
        buf_printf(problem, "--mail-from is an address, or NAME <ADDRESS>; --smtp needs it\n");
        r = TS_EINVALID;
    }
    if (!config->smtp_user != !config->smtp_password) {
        buf_printf(problem, "--smtp-user and --smtp-password go together\n");
        r = TS_EINVALID;
    }
    if (r || !host)
        return TS_EINVALID;
    client->smtp.url = ts_printf(arena, "%s/%s", config->smtp, client->smtp.sender.domain);
    client->smtp.host = ts_strdup(arena, host);
    client->smtp.is_here = net_is_this_machine(host);
    client->smtp.user = config->smtp_user ? ts_memory_string(config->smtp_user) : NULL;
    client->smtp.password = config->smtp_password ? ts_memory_string(config->smtp_password) : NULL;
    client_mail_open(client);
    return 0;
}

static int check_url(const char *flag, const char *url, struct buf *problem)
{
    if (!url || ts_text_is_url(url, TS_HTTP_URL_SIZE_MAX))
        return 0;
    buf_printf(problem, "%s is an http or https URL, not \"%s\"\n", flag, url);
    return TS_EINVALID;
}

static int client_read(struct client *client, const struct client_config *config, struct buf *problem)
{
    int r = reach_read(&client->arena, config->allow, &client->reach, problem);
    int smtp = config->smtp ? open_smtp(client, config, problem) : 0;
    int account = check_url("--account-url", config->account_url, problem);

    client->ca = ts_strdup(&client->arena, config->ca);
    client->outbound.shop_url = ts_strdup(&client->arena, config->shop_url);
    client->outbound.account_url = ts_strdup(&client->arena, config->account_url);
    if (config->ca && access(config->ca, R_OK) != 0) {
        buf_printf(problem, "--outbound-ca: cannot read %s\n", config->ca);
        r = TS_EINVALID;
    }
    return r ? r : smtp ? smtp : account;
}

int client_open(struct ts_runtime *runtime, const struct client_config *config, struct buf *ret_problem)
{
    struct client *client = ts_memory_new(1, sizeof(*client));
    int r;

    arena_init(&client->arena);
    client->outbound.http = client_http;
    client->transfers = transfers_new(runtime->loop);
    r = client_read(client, config, ret_problem);
    runtime->outbound = &client->outbound;
    if (r)
        client_close(runtime);
    return r;
}

static void text_set(char **text, const char *value)
{
    if (!value)
        return;
    if (*text)
        explicit_bzero(*text, strlen(*text));
    ts_memory_free(*text);
    *text = ts_memory_string(value);
}

void client_close(struct ts_runtime *runtime)
{
    struct client *client;

    if (!runtime->outbound)
        return;
    client = container_of(runtime->outbound, struct client, outbound);
    client_mail_close(client);
    text_set(&client->smtp.password, "");
    ts_memory_free(client->smtp.user);
    ts_memory_free(client->smtp.password);
    transfers_free(client->transfers);
    arena_done(&client->arena);
    ts_memory_free(client);
    runtime->outbound = NULL;
}

void client_smtp_login(struct ts_runtime *runtime, const char *user, const char *password)
{
    struct client *client = container_of(runtime->outbound, struct client, outbound);

    if (!client->smtp.user)
        return;
    text_set(&client->smtp.user, user);
    text_set(&client->smtp.password, password);
}
