/* See net.h. A user or a password in the URL is refused: they would stand in the list of processes. */
#include "cli/net.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tessera/cleanup.h"
#include "tessera/err.h"

enum { CERTIFICATE_NAME_MAX = 64 }; /* X.520's ub-common-name */

#define PLAIN "nats://"
#define SAFE "tls://"

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

bool net_is_wanted(const struct options *options)
{
    return starts_with(options->bus, PLAIN) || starts_with(options->bus, SAFE);
}

/* A name or an address, an IPv6 one in brackets, and the port. Return: false for anything else. */
static bool split(const char *address, char host[256])
{
    const char *end = *address == '[' ? strchr(address, ']') : address + strcspn(address, ":");
    size_t skip = *address == '[', size = end ? (size_t)(end - address) - skip : 0;
    size_t digits;

    if (!end || size == 0 || size > 255 || strcspn(address + skip, "@/ ") < size)
        return false;
    memcpy(host, address + skip, size);
    host[size] = '\0';
    end += skip;
    digits = *end == ':' ? strspn(end + 1, "0123456789") : 0;
    return digits > 0 && digits <= 5 && !end[1 + digits];
}

static bool is_this_machine(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 || starts_with(host, "127.");
}

static int check_files(const struct bus_net *net, struct buf *problem)
{
    const struct {
        const char *flag, *path;
    } files[] = { { "--bus-ca", net->ca }, { "--bus-cert", net->cert }, { "--bus-key", net->key } };

    for (size_t i = 0; i < TS_ARRAY_SIZE(files); i++) {
        if (!files[i].path) {
            buf_printf(problem, "--bus tls://… needs --bus-ca, --bus-cert and --bus-key\n");
            return TS_EINVALID;
        }
        if (access(files[i].path, R_OK) != 0) {
            buf_printf(problem, "%s: cannot read %s\n", files[i].flag, files[i].path);
            return TS_EINVALID;
        }
    }
    return 0;
}

/* As deploy/nats/permissions.py does it: a certificate has 64 characters for a name. */
static void name_process(struct net *net, const char *modules)
{
    size_t first = strcspn(modules, ","), more = 0;

    for (const char *comma = modules; (comma = strchr(comma, ',')); comma++)
        more++;
    if (snprintf(net->name, sizeof(net->name), "tessera-%s", modules) > CERTIFICATE_NAME_MAX)
        (void)snprintf(net->name, sizeof(net->name), "tessera-%.*s-and-%zu-more", (int)first, modules, more);
    for (char *comma = net->name; (comma = strchr(comma, ','));)
        *comma = '-';
}

int net_read(const struct options *options, struct net *ret_net, struct buf *ret_problem)
{
    bool tls = starts_with(options->bus, SAFE);
    const char *address = options->bus + strlen(tls ? SAFE : PLAIN);

    *ret_net = (struct net){ .bus = { .url = ret_net->url,
                                      .host = ret_net->host,
                                      .name = ret_net->name,
                                      .tls = tls,
                                      .ca = options->bus_ca,
                                      .cert = options->bus_cert,
                                      .key = options->bus_key } };
    if (!split(address, ret_net->host)) {
        buf_printf(ret_problem, "--bus is %sHOST:PORT, and nothing else\n", tls ? SAFE : PLAIN);
        return TS_EINVALID;
    }
    if (!tls && !is_this_machine(ret_net->host) && !options->bus_plaintext) {
        buf_printf(ret_problem,
                   "--bus nats:// would send everything in the clear to another machine: use tls://, or say "
                   "--bus-plaintext\n");
        return TS_EINVALID;
    }
    (void)snprintf(ret_net->url, sizeof(ret_net->url), PLAIN "%s", address);
    name_process(ret_net, options->modules ? options->modules : "all");
    return tls ? check_files(&ret_net->bus, ret_problem) : 0;
}
