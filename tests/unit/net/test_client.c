/*
 * Asking other servers, against one that answers well, badly and not at all. Names are looked up by this file, so that
 * they lead where a test wants them to.
 */
#include "net/client.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "loop/sleeper.h"
#include "support/fiber_test.h"
#include "support/peer.h"
#include "telemetry/metrics.h"
#include "telemetry/trace.h"
#include "tessera/bus.h"
#include "tessera/cleanup.h"
#include "tessera/clock.h"
#include "tessera/http.h"
#include "tessera/limits.h"

/* ---- names */

/* "public.test" and "private.test" are there, "slow.test" takes a second to be found, no other name is. */
#define SHOWN __attribute__((visibility("default"))) /* to libcurl */
SHOWN int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **ret_found)
{
    struct {
        struct addrinfo info;
        struct sockaddr_in address;
    } * found;
    const char *text = strcmp(name, "public.test") == 0 ? "8.8.8.8" : strstr(name, ".test") ? "127.0.0.1" : NULL;

    (void)hints;
    if (strcmp(name, "slow.test") == 0)
        sleep(1);
    if (!text)
        return EAI_NONAME;
    found = calloc(1, sizeof(*found));
    assert_non_null(found);
    found->address.sin_family = AF_INET;
    found->address.sin_port = htons((uint16_t)(service ? strtoul(service, NULL, 10) : 0));
    assert_int_equal(inet_pton(AF_INET, text, &found->address.sin_addr), 1);
    found->info = (struct addrinfo){ .ai_family = AF_INET,
                                     .ai_socktype = SOCK_STREAM,
                                     .ai_addr = (struct sockaddr *)&found->address,
                                     .ai_addrlen = sizeof(found->address) };
    *ret_found = &found->info;
    return 0;
}

SHOWN void freeaddrinfo(struct addrinfo *found)
{
    free(found);
}

/* ---- an instance that asks, and a server that is asked */

#define ALLOWED "test=127.0.0.1"

static struct peer *peer;
static char folder[] = "/tmp/tessera-net-XXXXXX", ca[64], certificate[64], key[64];

struct body {
    void (*run)(struct ts_call *call);
    struct client_config config;
    bool tls;
};

static void begin(struct ts_call *call, void *data)
{
    ((struct body *)data)->run(call);
}

static void entry(void **state)
{
    const struct body *body = *state;
    struct ts_runtime runtime;
    struct buf problem;

    runtime_init(&runtime, loop_new());
    runtime.metrics = metrics_new();
    buf_init(&problem, 1000);
    assert_int_equal(client_open(&runtime, &body->config, &problem), 0);
    peer = body->tls ? peer_new(certificate, key) : peer_new(NULL, NULL);
    fiber_test_run(&runtime, begin, (void *)body);
    peer_free(peer);
    client_close(&runtime);
    metrics_free(runtime.metrics);
    loop_free(runtime.loop);
    buf_done(&problem);
}

#define client_test(name, ...)                                                                                         \
    {                                                                                                                  \
#name, entry, NULL, NULL, &(struct body)                                                                       \
        {                                                                                                              \
            .run = (name), __VA_ARGS__                                                                                 \
        }                                                                                                              \
    }

static const char *url_at(struct ts_call *call, const char *host, const char *path)
{
    return ts_printf(call->arena, "http://%s:%d%s", host, peer_port(peer), path);
}

static const char *url(struct ts_call *call, const char *path)
{
    return url_at(call, "127.0.0.1", path);
}

static int get(struct ts_call *call, const char *where, struct ts_http_response *ret_response)
{
    struct ts_http_request request = { .purpose = "test", .url = where };

    return ts_http_send(call, &request, ret_response);
}

#define assert_has(text, part)                                                                                         \
    do {                                                                                                               \
        if (!strstr((text), (part)))                                                                                   \
            fail_msg("\"%s\" does not have \"%s\"", (text), (part));                                                   \
    } while (0)

/* ---- what goes out and comes back */

static void ts_http_send__gets_an_answer(struct ts_call *call)
{
    struct ts_http_header headers[] = { { "Authorization", "Bearer b" }, { "X-Empty", "" }, { NULL, NULL } };
    struct ts_http_request request = { .purpose = "test", .url = url(call, "/echo?a=b"), .headers = headers };
    struct ts_http_response response;

    trace_begin(call->runtime, &call->trace);
    assert_int_equal(ts_http_send(call, &request, &response), 0);
    assert_int_equal(response.status, 200);
    assert_string_equal(ts_http_header(&response, "x-peer"), "here");
    assert_null(ts_http_header(&response, "X-Peer"));
    assert_int_equal(response.body_size, strlen(response.body));
    assert_has(response.body, "GET /echo?a=b HTTP/1.1\r\n");
    assert_has(response.body, "\r\nAuthorization: Bearer b\r\n");
    assert_has(response.body, "\r\nX-Empty:\r\n");
    assert_has(response.body, "\r\nUser-Agent: tessera/");
    assert_has(response.body, ts_printf(call->arena, "\r\ntraceparent: 00-%s-", call->trace.trace_id));
    assert_null(strstr(response.body, call->trace.span_id)); /* it is a hop of its own */
    assert_null(strstr(response.body, "Expect"));
    assert_null(strstr(response.body, "Cookie"));
}

static void ts_http_send__posts_a_body(struct ts_call *call)
{
    struct ts_http_request request = { .purpose = "test",
                                       .url = url(call, "/echo"),
                                       .body = "{\"a\":1}",
                                       .body_size = 7,
                                       .content_type = "application/json" };
    struct ts_http_response response;

    assert_int_equal(ts_http_send(call, &request, &response), 0);
    assert_has(response.body, "POST /echo HTTP/1.1\r\n");
    assert_has(response.body, "\r\nContent-Type: application/json\r\n");
    assert_has(response.body, "\r\nContent-Length: 7\r\n");
    assert_has(response.body, "\r\n\r\n{\"a\":1}");
    request.method = "PUT";
    assert_int_equal(ts_http_send(call, &request, &response), 0);
    assert_has(response.body, "PUT /echo HTTP/1.1\r\n");
    request = (struct ts_http_request){ .purpose = "test", .url = url(call, "/echo"), .method = "POST" };
    assert_int_equal(ts_http_send(call, &request, &response), 0);
    assert_has(response.body, "\r\nContent-Length: 0\r\n");
}

static void ts_http_send__follows_nobody(struct ts_call *call)
{
    struct ts_http_response response;

    assert_int_equal(get(call, url(call, "/redirect"), &response), 0);
    assert_int_equal(response.status, 302);
    assert_string_equal(ts_http_header(&response, "location"), "/echo");
    assert_int_equal(peer_requests(peer), 1);
    assert_int_equal(get(call, url(call, "/nothing"), &response), 0);
    assert_int_equal(response.status, 404);
}

static void ts_http_send__forgets_interim_heads(struct ts_call *call)
{
    struct ts_http_response response;

    assert_int_equal(get(call, url(call, "/interim"), &response), 0);
    assert_int_equal(response.status, 200);
    assert_null(ts_http_header(&response, "x-early"));
    assert_string_equal(ts_http_header(&response, "x-peer"), "here");
}

static void ts_http_send__takes_no_proxy(struct ts_call *call)
{
    struct ts_http_response response;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    assert_int_equal(get(call, url(call, "/echo"), &response), 0);
    unsetenv("http_proxy");
    unsetenv("all_proxy");
}

/* ---- bounds */

static void ts_http_send__takes_no_more_than_is_wanted(struct ts_call *call)
{
    struct ts_http_request request = { .purpose = "test",
                                       .url = url(call, "/long"),
                                       .answer_size_max = PEER_LONG_SIZE };
    struct ts_http_response response = { .status = -1 };

    assert_int_equal(ts_http_send(call, &request, &response), 0);
    assert_int_equal(response.body_size, PEER_LONG_SIZE);
    response.status = -1;
    request.answer_size_max--;
    assert_int_equal(ts_http_send(call, &request, &response), TS_ERANGE);
    assert_int_equal(get(call, url(call, "/long"), &response), TS_ERANGE); /* 64 KiB, unless told */
    assert_int_equal(get(call, url(call, "/endless"), &response), TS_ERANGE);
    assert_int_equal(get(call, url(call, "/heads"), &response), TS_ERANGE);
    assert_has(ts_call_failure(call), "answered with more than is wanted");
    assert_int_equal(response.status, -1);
}

static void ts_http_send__waits_no_longer_than_told(struct ts_call *call)
{
    struct ts_http_request request = { .purpose = "test", .url = url(call, "/slow"), .timeout_ms = 300 };
    struct ts_http_response response;
    int64_t begun_ms = loop_now_ms(call->runtime->loop);

    assert_int_equal(ts_http_send(call, &request, &response), TS_EUNKNOWN);
    assert_has(ts_call_failure(call), "did not answer within 300 ms");
    assert_null(strstr(ts_call_failure(call), "/slow"));
    request.timeout_ms = 0;
    call->deadline_ms = loop_now_ms(call->runtime->loop) + 300;
    assert_int_equal(ts_http_send(call, &request, &response), TS_EDEADLINE);
    assert_int_equal(ts_http_send(call, &request, &response), TS_EDEADLINE); /* and nothing is asked any more */
    assert_int_equal(peer_requests(peer), 2);
    assert_in_range(loop_now_ms(call->runtime->loop) - begun_ms, 600, 5000);
}

enum { GROUP = 40, GROUPS = 2 }; /* together more than may be under way */

struct group {
    struct ts_http_request request;
    unsigned exhausted;
};

static int send_one(struct ts_call *call, void *item)
{
    struct group *group = item;
    struct ts_http_response response;

    group->exhausted += ts_http_send(call, &group->request, &response) == TS_EEXHAUSTED;
    return 0;
}

static int send_group(struct ts_call *call, void *item)
{
    void *items[GROUP];

    for (size_t i = 0; i < GROUP; i++)
        items[i] = item;
    return ts_all(call, send_one, items, GROUP);
}

/* Later, when the places are taken. */
static int send_other(struct ts_call *call, void *item)
{
    struct group *group = item;
    struct ts_http_response response;
    int r = ts_sleep(call, 100);

    return r ? r : ts_http_send(call, &group->request, &response);
}

static int send_item(struct ts_call *call, void *item)
{
    struct group *group = item;

    return strcmp(group->request.purpose, "other") == 0 ? send_other(call, item) : send_group(call, item);
}

static void ts_http_send__bounds_what_is_under_way_by_purpose(struct ts_call *call)
{
    struct group groups[GROUPS + 1];
    void *items[GROUPS + 1];
    struct ts_http_response response;

    for (size_t i = 0; i <= GROUPS; i++) {
        groups[i] = (struct group){ { .purpose = "test", .url = url(call, "/slow"), .timeout_ms = 500 }, 0 };
        items[i] = &groups[i];
    }
    groups[GROUPS].request = (struct ts_http_request){ .purpose = "other", .url = url(call, "/echo") };
    assert_int_equal(ts_all(call, send_item, items, GROUPS + 1), 0);
    assert_int_equal(groups[0].exhausted + groups[1].exhausted, GROUP * GROUPS - TS_HTTP_AT_ONCE_MAX);
    assert_int_equal(get(call, url(call, "/echo"), &response), 0); /* they are free again */
}

/* ---- servers that fail */

static void ts_http_send__says_whether_it_was_asked(struct ts_call *call)
{
    struct ts_http_request request = { .purpose = "test", .url = url(call, "/break"), .body = "once", .body_size = 4 };
    struct ts_http_response response;
    unsigned connections;

    assert_int_equal(ts_http_send(call, &request, &response), TS_EUNKNOWN);
    assert_int_equal(get(call, url(call, "/half"), &response), TS_EUNKNOWN);
    assert_int_equal(get(call, "http://127.0.0.1:1/", &response), TS_EUNAVAILABLE);
    assert_has(ts_call_failure(call), "127.0.0.1:1");
    assert_int_equal(get(call, "http://nowhere.example/", &response), TS_EUNAVAILABLE);
    assert_int_equal(peer_requests(peer), 2);

    /* A connection that is kept is one that may just be closing: what is no GET goes over its own. */
    assert_int_equal(get(call, url(call, "/echo"), &response), 0);
    connections = peer_connections(peer);
    assert_int_equal(get(call, url(call, "/echo"), &response), 0);
    assert_int_equal(peer_connections(peer), connections);
    assert_int_equal(ts_http_send(call, &request, &response), TS_EUNKNOWN);
    assert_int_equal(peer_connections(peer), connections + 1);
    assert_int_equal(peer_requests(peer), 5);
}

struct stopper {
    struct loop_timer timer;
    struct ts_runtime *runtime;
};

static void on_stop(struct loop_timer *timer)
{
    runtime_cancel(((struct stopper *)timer)->runtime);
}

static void ts_http_send__ends_with_the_instance(struct ts_call *call)
{
    struct stopper stopper = { .timer.run = on_stop, .runtime = call->runtime };
    struct ts_http_response response;

    loop_timer_start(call->runtime->loop, &stopper.timer, 30);
    assert_int_equal(get(call, url(call, "/slow"), &response), TS_ECANCELLED);
}

static void ts_http_send__waits_for_no_name(struct ts_call *call)
{
    struct ts_http_request request = { .purpose = "test", .url = "http://slow.test/", .timeout_ms = 100 };
    struct ts_http_response response;
    uint64_t begun_ns = loop_hrtime_ns();

    (void)loop_lag_ns(call->runtime->loop);
    assert_int_equal(ts_http_send(call, &request, &response), TS_EUNAVAILABLE);
    assert_in_range(loop_hrtime_ns() - begun_ns, 90000000, 700000000);
    assert_in_range(loop_lag_ns(call->runtime->loop), 0, 400000000);
    sleep(1); /* its thread ends before its process */
}

/* ---- where nobody may lead us */

static void ts_http_send__reaches_what_is_allowed_alone(struct ts_call *call)
{
    const char *const inside[] = { url(call, "/echo"),
                                   url_at(call, "localhost", "/echo"),
                                   url_at(call, "private.test", "/echo"),
                                   url_at(call, "2130706433", "/echo"),
                                   url_at(call, "0x7f.1", "/echo"),
                                   url_at(call, "0", "/echo"),
                                   url_at(call, "[::1]", "/echo"),
                                   url_at(call, "[::ffff:127.0.0.1]", "/echo"),
                                   "http://169.254.169.254/latest/meta-data/",
                                   "https://169.254.169.254/",
                                   "https://[fd00:ec2::254]/",
                                   "https://10.0.0.1/" };
    struct ts_http_request request = { .purpose = "other" };
    struct ts_http_response response;

    for (size_t i = 0; i < TS_ARRAY_SIZE(inside); i++) {
        int r;

        request.url = inside[i];
        r = ts_http_send(call, &request, &response);
        if (r != TS_EDENIED)
            fail_msg("%s: %s, %s", inside[i], ts_error_name(r), ts_call_failure(call));
        assert_has(ts_call_failure(call), "is at no public address");
    }
    assert_int_equal(peer_connections(peer), 0);
}

static void ts_http_send__judges_kept_connections_again(struct ts_call *call)
{
    struct ts_http_request request = { .purpose = "other", .url = url(call, "/echo") };
    struct ts_http_response response;

    assert_int_equal(get(call, url(call, "/echo"), &response), 0);
    assert_int_equal(ts_http_send(call, &request, &response), TS_EDENIED);
    assert_int_equal(peer_requests(peer), 1);
    assert_int_equal(get(call, url(call, "/echo"), &response), 0);
    assert_int_equal(get(call, url_at(call, "private.test", "/echo"), &response), 0); /* by its address, not its name */
    assert_has(response.body, "\r\nHost: private.test:");
}

static void ts_http_send__leaves_the_machine_by_tls_alone(struct ts_call *call)
{
    struct ts_http_response response;

    assert_int_equal(get(call, "http://8.8.8.8/", &response), TS_EDENIED);
    assert_has(ts_call_failure(call), "in the clear");
    assert_int_equal(get(call, "http://public.test/", &response), TS_EDENIED);
    assert_has(ts_call_failure(call), "in the clear");
}

static void ts_http_send__refuses_what_is_malformed(struct ts_call *call)
{
    static const char *const urls[] = { "",
                                        "ftp://127.0.0.1/",
                                        "file:///etc/passwd",
                                        "gopher://127.0.0.1/",
                                        "//127.0.0.1/",
                                        "http://",
                                        "http:///echo",
                                        "http://user@127.0.0.1/",
                                        "http://user:word@127.0.0.1/",
                                        "http://127.0.0.1/\r\nX: y",
                                        "http://127.0.0.1/ x",
                                        "http://127.0.0.1:99999/" };
    static const struct ts_http_header headers[] = { { "X-A", "b\r\nX-B: c" },
                                                     { "X-A", "b\nc" },
                                                     { "X A", "b" },
                                                     { "X-A:", "b" },
                                                     { "", "b" },
                                                     { "Host", "other" },
                                                     { "content-LENGTH", "0" },
                                                     { "Transfer-Encoding", "chunked" } };
    struct ts_http_response response;

    for (size_t i = 0; i < TS_ARRAY_SIZE(urls); i++)
        if (get(call, urls[i], &response) != TS_EINVALID)
            fail_msg("%s was taken", urls[i]);
    for (size_t i = 0; i < TS_ARRAY_SIZE(headers); i++) {
        struct ts_http_header both[] = { headers[i], { NULL, NULL } };
        struct ts_http_request request = { .purpose = "test", .url = url(call, "/echo"), .headers = both };

        if (ts_http_send(call, &request, &response) != TS_EINVALID)
            fail_msg("%s: %s was taken", headers[i].name, headers[i].value);
    }
    assert_int_equal(
        ts_http_send(call, &(struct ts_http_request){ .purpose = "test", .url = url(call, "/echo"), .method = "GE T" },
                     &response),
        TS_EINVALID);
    assert_int_equal(peer_connections(peer), 0);
}

static void ts_http_send__reaches_nobody_without_a_client(struct ts_call *call)
{
    struct outbound *outbound = call->runtime->outbound;
    struct ts_http_response response;

    call->runtime->outbound = NULL;
    assert_int_equal(get(call, url(call, "/echo"), &response), TS_EUNAVAILABLE);
    call->runtime->outbound = outbound;
}

/* ---- certificates */

static int get_tls(struct ts_call *call, const char *host)
{
    struct ts_http_response response;

    return get(call, ts_printf(call->arena, "https://%s:%d/echo", host, peer_port(peer)), &response);
}

static void ts_http_send__trusts_the_authorities_that_it_was_given(struct ts_call *call)
{
    assert_int_equal(get_tls(call, "good.test"), 0);
    assert_int_equal(get_tls(call, "bad.test"), TS_EUNAVAILABLE); /* it is another's certificate */
    assert_int_equal(get_tls(call, "127.0.0.1"), TS_EUNAVAILABLE);
    assert_int_equal(peer_requests(peer), 1);
}

static int64_t cpu_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* The system's are looked up one by one: reading all of them, for each connection, takes 18 ms. */
static void ts_http_send__holds_the_loop_for_no_authorities(struct ts_call *call)
{
    int64_t begun_ns = cpu_ns();

    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(get_tls(call, "good.test"), TS_EUNAVAILABLE);
    assert_in_range(cpu_ns() - begun_ns, 0, 40000000);
}

static void ts_http_send__trusts_nobody_else(struct ts_call *call)
{
    assert_int_equal(get_tls(call, "good.test"), TS_EUNAVAILABLE);
    assert_has(ts_call_failure(call), "certificate");
    assert_int_equal(peer_requests(peer), 0);
}

static void client_open__says_what_is_wrong(void **state)
{
    struct ts_runtime runtime;
    struct buf problem;

    (void)state;
    runtime_init(&runtime, loop_new());
    buf_init(&problem, 1000);
    assert_int_equal(client_open(&runtime, &(struct client_config){ .allow = "oidc" }, &problem), TS_EINVALID);
    assert_int_equal(client_open(&runtime, &(struct client_config){ .ca = "/nowhere.pem" }, &problem), TS_EINVALID);
    buf_add_char(&problem, '\0');
    assert_has(problem.data, "--outbound-allow: \"oidc\" is not");
    assert_has(problem.data, "--outbound-ca: cannot read /nowhere.pem\n");
    assert_null(runtime.outbound);
    buf_done(&problem);
    loop_free(runtime.loop);
}

/* ---- figures */

static void ts_http_send__is_counted_by_purpose_and_outcome(struct ts_call *call)
{
    struct ts_http_response response;
    struct buf text;

    assert_int_equal(get(call, url(call, "/echo"), &response), 0);
    assert_int_equal(get(call, "http://127.0.0.1:1/", &response), TS_EUNAVAILABLE);
    buf_init(&text, 1 << 16);
    metrics_write(call->runtime->metrics, &text);
    buf_add_char(&text, '\0');
    assert_has(text.data, "tessera_outbound_requests_total{purpose=\"test\",outcome=\"OK\"} 1\n");
    assert_has(text.data, "tessera_outbound_requests_total{purpose=\"test\",outcome=\"UNAVAILABLE\"} 1\n");
    assert_has(text.data, "tessera_outbound_seconds_count{purpose=\"test\"} 2\n");
    buf_done(&text);
}

/* An authority of the test's own, and a certificate for good.test by it. */
static int set_up(void **state)
{
    char command[1024];

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(ca, sizeof(ca), "%s/ca.pem", folder);
    (void)snprintf(certificate, sizeof(certificate), "%s/cert.pem", folder);
    (void)snprintf(key, sizeof(key), "%s/key.pem", folder);
    (void)snprintf(
        command, sizeof(command),
        "cd %s && exec 2>/dev/null && for n in ca key; do openssl ecparam -name prime256v1 -genkey -noout -out $n.key; "
        "done && "
        "openssl req -x509 -key ca.key -subj /CN=test -days 2 -out ca.pem && "
        "openssl req -new -key key.key -subj /CN=good.test -addext subjectAltName=DNS:good.test | "
        "openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copy -out cert.pem && "
        "mv key.key key.pem",
        folder);
    return system(command); /* NOLINT(bugprone-command-processor): ours */
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command); /* NOLINT(bugprone-command-processor): ours */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        client_test(ts_http_send__gets_an_answer, .config.allow = ALLOWED),
        client_test(ts_http_send__posts_a_body, .config.allow = ALLOWED),
        client_test(ts_http_send__follows_nobody, .config.allow = ALLOWED),
        client_test(ts_http_send__forgets_interim_heads, .config.allow = ALLOWED),
        client_test(ts_http_send__takes_no_proxy, .config.allow = ALLOWED),
        client_test(ts_http_send__takes_no_more_than_is_wanted, .config.allow = ALLOWED),
        client_test(ts_http_send__waits_no_longer_than_told, .config.allow = ALLOWED),
        client_test(ts_http_send__bounds_what_is_under_way_by_purpose, .config.allow = ALLOWED ",other=127.0.0.1"),
        client_test(ts_http_send__says_whether_it_was_asked, .config.allow = ALLOWED),
        client_test(ts_http_send__ends_with_the_instance, .config.allow = ALLOWED),
        client_test(ts_http_send__waits_for_no_name, .config.allow = ALLOWED),
        client_test(ts_http_send__reaches_what_is_allowed_alone, .config.allow = ALLOWED),
        client_test(ts_http_send__judges_kept_connections_again, .config.allow = ALLOWED),
        client_test(ts_http_send__leaves_the_machine_by_tls_alone, .config.allow = ALLOWED),
        client_test(ts_http_send__refuses_what_is_malformed, .config.allow = ALLOWED),
        client_test(ts_http_send__reaches_nobody_without_a_client, .config.allow = ALLOWED),
        client_test(ts_http_send__trusts_the_authorities_that_it_was_given, .config = { ALLOWED, ca }, .tls = true),
        client_test(ts_http_send__holds_the_loop_for_no_authorities, .config.allow = ALLOWED, .tls = true),
        client_test(ts_http_send__trusts_nobody_else, .config.allow = ALLOWED, .tls = true),
        cmocka_unit_test(client_open__says_what_is_wrong),
        client_test(ts_http_send__is_counted_by_purpose_and_outcome, .config.allow = ALLOWED),
    };

    return cmocka_run_group_tests_name("net/client", tests, set_up, tear_down);
}
