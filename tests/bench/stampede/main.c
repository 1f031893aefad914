/*
 * tessera-stampede: an on-sale as it is, against a running server, and whether what it answered is true.
 *
 *     stampede --url http://127.0.0.1:PORT/graphql --owner-token TOKEN [flags]
 *
 * Sets up an event of its own, lets the buyers in, and with --admin moves an ephemeral server's clock past the carts
 * that were left behind, so that those who were sent away buy the rest. Exit 0: every claim holds; 1: one does not,
 * each is a line; 2: it could not be run.
 */
#include <getopt.h>

#include "stampede.h"

enum {
    LAPSE_MS = 61 * 60 * 1000, /* past the longest cart, and the longest wait for money from a card */
    ROUNDS_MAX = 4,
    TOO_LATE_MAX = 1000,
};

struct flags flags = {
    .buyers = 10000, .places = 1000, .connections = 256, .bots_percent = 5, .arrive_s = 5, .hurry = 1, .seed = 1
};
struct tally tally;
char event_id[64], type_id[64], quota_id[64];
int64_t room_starts_us;

static const char usage[] =
    "usage: stampede --url http://127.0.0.1:PORT/graphql [FLAGS]\n\n"
    "  --url URL           where the server answers; 127.0.0.1 only\n"
    "  --owner-token TOKEN sets the event up and reads its quota (or TESSERA_OWNER_TOKEN)\n"
    "  --admin URL         the admin listener of a server that runs with --ephemeral: its clock is moved past carts\n"
    "                      that were left behind, so that the last place is sold\n"
    "  --buyers N          who come (10000)\n"
    "  --places N          to be sold (1000)\n"
    "  --connections N     open at once (256)\n"
    "  --arrive-s S        length of the burst in which they come, most of them early (5)\n"
    "  --hurry N           divides every wait of a buyer (1)\n"
    "  --bots PERCENT      of them who hammer holds (5)\n"
    "  --room N            a waiting room in front of the sale that lets N a minute in (0: none); bots go around it\n"
    "  --seed N            of everything that is random (1)\n"
    "  --miscount N        believe that N more tickets were sold: to see the check fail (0)\n";

static const struct option options[] = {
    { "url", required_argument, NULL, 'u' },      { "owner-token", required_argument, NULL, 't' },
    { "admin", required_argument, NULL, 'A' },    { "buyers", required_argument, NULL, 'b' },
    { "places", required_argument, NULL, 'p' },   { "connections", required_argument, NULL, 'c' },
    { "arrive-s", required_argument, NULL, 'a' }, { "bots", required_argument, NULL, 'B' },
    { "hurry", required_argument, NULL, 'H' },    { "room", required_argument, NULL, 'r' },
    { "seed", required_argument, NULL, 's' },     { "miscount", required_argument, NULL, 'm' },
    { "help", no_argument, NULL, 'h' },           { 0 },
};

static long read_number(const char *text, long least, long most)
{
    char *end;
    long number = strtol(text, &end, 10);

    if (*end || end == text || number < least || number > most) {
        fprintf(stderr, "stampede: \"%s\" is not a number from %ld to %ld\n", text, least, most);
        exit(2);
    }
    return number;
}

/* The port of a URL of this machine. */
static unsigned read_port(const char *url)
{
    static const char start[] = "http://127.0.0.1:";
    char *end;
    unsigned long port;

    if (strncmp(url, start, sizeof(start) - 1) != 0)
        give_up("a URL is http://127.0.0.1:PORT, perhaps with /graphql");
    port = strtoul(url + sizeof(start) - 1, &end, 10);
    if (port == 0 || port > 65535 || (*end && *end != '/'))
        give_up("a URL has a port");
    return (unsigned)port;
}

static void read_flag(int flag, const char *value)
{
    switch (flag) {
    case 'u':
        flags.port = read_port(value);
        break;
    case 't':
        flags.token = value;
        break;
    case 'A':
        flags.admin_port = read_port(value);
        break;
    case 'b':
        flags.buyers = (unsigned)read_number(value, 1, 10000000);
        break;
    case 'p':
        flags.places = (unsigned)read_number(value, 1, 1000000);
        break;
    case 'c':
        flags.connections = (unsigned)read_number(value, 1, 10000);
        break;
    case 'a':
        flags.arrive_s = (double)read_number(value, 0, 3600);
        break;
    case 'H':
        flags.hurry = (unsigned)read_number(value, 1, 1000);
        break;
    case 'r':
        flags.room = (unsigned)read_number(value, 0, 60000);
        break;
    case 'B':
        flags.bots_percent = (unsigned)read_number(value, 0, 100);
        break;
    case 's':
        flags.seed = (uint64_t)read_number(value, 0, INT64_MAX);
        break;
    case 'm':
        flags.miscount = (int)read_number(value, -1000000, 1000000);
        break;
    default:
        fputs(usage, flag == 'h' ? stdout : stderr);
        exit(flag == 'h' ? 0 : 2);
    }
}

static void come_back(unsigned long people)
{
    tally.returned += people;
    buyers_run_late((unsigned)people);
}

/*
 * Carts lapse, and people who were sent away come back; some more of them once the last place is sold. Return: was
 * there more demand than places?
 */
static bool sell_the_rest(void)
{
    struct quota quota = staff_look();
    unsigned long refused = tally.refused_for_good;

    for (int round = 0; round < ROUNDS_MAX && refused && quota.sold < quota.size; round++) {
        unsigned long left = (unsigned long)(quota.size - quota.sold);

        if (!client_advance_clock(LAPSE_MS))
            give_up("the clock cannot be moved: --admin wants a server that runs with --ephemeral");
        left = left < refused ? left : refused;
        come_back(left);
        refused -= left;
        quota = staff_look();
    }
    if (refused && quota.sold == quota.size)
        come_back(refused < TOO_LATE_MAX ? refused : TOO_LATE_MAX);
    return tally.refused_for_good > 0 && (refused > 0 || quota.sold == quota.size);
}

int main(int argc, char **argv)
{
    struct quota quota;
    bool must_be_full = false, holds;
    int flag;

    flags.token = getenv("TESSERA_OWNER_TOKEN");
    while ((flag = getopt_long(argc, argv, "", options, NULL)) != -1)
        read_flag(flag, optarg);
    if (!flags.port || !flags.token || optind < argc)
        read_flag('?', NULL);
    client_init();
    staff_set_up();
    if (flags.room)
        staff_open_room();
    watch_start();
    buyers_run();
    watch_end();
    if (flags.admin_port)
        must_be_full = sell_the_rest();
    quota = staff_look();
    check_ask();
    watch_print();
    holds = check(&quota, must_be_full);
    if (holds)
        printf("%ld of %ld places sold%s, each paid order found again with its tickets, everybody answered.\n",
               quota.sold, quota.size, must_be_full ? " exactly" : "");
    buyers_done();
    client_done();
    return holds ? 0 : 1;
}
