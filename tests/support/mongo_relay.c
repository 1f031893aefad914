/* A thread for each connection: a message from the client, its answer, and so on, as the driver asks. */
#include "support/mongo_relay.h"

#include <arpa/inet.h>
#include <assert.h>
#include <bson/bson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "support/port.h"
#include "support/test.h"

enum { HEADER_SIZE = 16, OP_MSG = 2013, MESSAGE_SIZE_MAX = 48 << 20, SLOW_MS = 400 };

struct message {
    uint8_t *bytes;
    size_t size;
};

struct line {
    struct mongo_relay *relay;
    int client, server;
};

/* ---- bytes */

static bool read_all(int from, uint8_t *bytes, size_t size)
{
    while (size) {
        ssize_t got = recv(from, bytes, size, 0);

        if (got <= 0)
            return false;
        bytes += got;
        size -= (size_t)got;
    }
    return true;
}

static bool write_all(int to, const uint8_t *bytes, size_t size)
{
    while (size) {
        ssize_t sent = send(to, bytes, size, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

static uint32_t number_at(const uint8_t *bytes)
{
    uint32_t number;

    memcpy(&number, bytes, sizeof(number));
    return BSON_UINT32_FROM_LE(number);
}

static void put_number(uint8_t *bytes, uint32_t number)
{
    number = BSON_UINT32_TO_LE(number);
    memcpy(bytes, &number, sizeof(number));
}

static bool message_read(int from, struct message *message)
{
    uint8_t header[HEADER_SIZE];

    if (!read_all(from, header, sizeof(header)))
        return false;
    message->size = number_at(header);
    if (message->size < HEADER_SIZE || message->size > MESSAGE_SIZE_MAX)
        return false;
    message->bytes = realloc(message->bytes, message->size);
    if (!message->bytes)
        abort();
    memcpy(message->bytes, header, sizeof(header));
    return read_all(from, message->bytes + HEADER_SIZE, message->size - HEADER_SIZE);
}

/* ---- what is asked, and answers of our own */

/* An insert into a collection of versions, as far as its answer depends on it. */
struct insert {
    bool ordered;
    uint32_t count; /* of documents */
};

/* The documents follow the command: a section of kind 1 with its size, the word "documents", and them. */
static uint32_t documents_count(const struct message *message, size_t at)
{
    size_t end = message->size;
    uint32_t count = 0;

    if (at + 5 < end && message->bytes[at] == 1)
        at += 5 + strlen("documents") + 1;
    for (; at + 5 <= end && number_at(message->bytes + at) <= end - at; count++)
        at += number_at(message->bytes + at);
    return count;
}

/* Return: false for anything else. It is an OP_MSG whose first section is the command. */
static bool inserts_versions(const struct message *message, struct insert *ret_insert)
{
    const size_t at = HEADER_SIZE + 5;
    bson_iter_t first, ordered;
    const char *name;
    bson_t command;

    if (message->size < at + 5 || number_at(message->bytes + 12) != OP_MSG || message->bytes[at - 1] != 0 ||
        !bson_init_static(&command, message->bytes + at, number_at(message->bytes + at)) ||
        !bson_iter_init(&first, &command) || !bson_iter_next(&first) || strcmp(bson_iter_key(&first), "insert") != 0 ||
        !BSON_ITER_HOLDS_UTF8(&first))
        return false;
    ret_insert->ordered = !bson_iter_init_find(&ordered, &command, "ordered") || bson_iter_as_bool(&ordered);
    ret_insert->count = documents_count(message, at + command.len);
    name = bson_iter_utf8(&first, NULL);
    return strlen(name) > 8 && !strcmp(name + strlen(name) - 8, ".history");
}

/* Each key is there already; an ordered insert ends at the first. */
static bson_t *duplicates(const struct insert *insert)
{
    bson_t *words = BCON_NEW("ok", BCON_DOUBLE(1), "n", BCON_INT32(0)), errors, error;
    char number[16];
    const char *name;

    BSON_APPEND_ARRAY_BEGIN(words, "writeErrors", &errors);
    for (uint32_t i = 0; i < (insert->ordered ? 1 : insert->count); i++) {
        (void)bson_uint32_to_string(i, &name, number, sizeof(number)); /* -1 counts its length */
        bson_append_document_begin(&errors, name, -1, &error);
        BSON_APPEND_INT32(&error, "index", (int32_t)i);
        BSON_APPEND_INT32(&error, "code", 11000);
        BSON_APPEND_UTF8(&error, "errmsg", "E11000 duplicate key error");
        bson_append_document_end(&errors, &error);
    }
    bson_append_array_end(words, &errors);
    return words;
}

static bson_t *words_of(enum mongo_fault fault, const struct insert *insert)
{
    if (fault == MONGO_FAULT_STEPPED || fault == MONGO_FAULT_STEPPED_IDLE)
        return BCON_NEW("ok", BCON_DOUBLE(0), "errmsg", BCON_UTF8("not primary"), "code", BCON_INT32(10107), "codeName",
                        BCON_UTF8("NotWritablePrimary"));
    if (fault == MONGO_FAULT_CONCERN)
        return BCON_NEW("ok", BCON_DOUBLE(1), "n", BCON_INT32((int32_t)insert->count), "writeConcernError", "{", "code",
                        BCON_INT32(64), "errmsg", BCON_UTF8("waiting for replication timed out"), "}");
    return duplicates(insert);
}

static bool answer_with(int client, const struct message *asked, enum mongo_fault fault)
{
    struct insert insert = { 0 };
    bool is_one = inserts_versions(asked, &insert);
    bson_t *words = words_of(fault, &insert);
    size_t size = HEADER_SIZE + 5 + words->len;
    uint8_t *bytes = calloc(1, size);
    bool sent;

    assert(is_one);
    put_number(bytes, (uint32_t)size);
    memcpy(bytes + 8, asked->bytes + 4, 4); /* it answers this one */
    put_number(bytes + 12, OP_MSG);
    memcpy(bytes + HEADER_SIZE + 5, bson_get_data(words), words->len);
    sent = write_all(client, bytes, size);
    bson_destroy(words);
    free(bytes);
    return sent;
}

/* ---- one connection */

static enum mongo_fault fault_take(struct mongo_relay *relay, const struct message *asked)
{
    enum mongo_fault fault = MONGO_FAULT_NONE;
    struct insert insert;

    if (!inserts_versions(asked, &insert))
        return fault;
    pthread_mutex_lock(&relay->lock);
    if (relay->left) {
        fault = relay->fault;
        relay->left--;
        relay->struck++;
    }
    pthread_mutex_unlock(&relay->lock);
    return fault;
}

static bool forward(const struct line *line, const struct message *asked, struct message *answer)
{
    return write_all(line->server, asked->bytes, asked->size) && message_read(line->server, answer);
}

/* Return: false when the connection is over. */
static bool strike(const struct line *line, const struct message *asked, struct message *answer, enum mongo_fault fault)
{
    static const struct timespec slow = { .tv_nsec = SLOW_MS * 1000000L };

    if (fault == MONGO_FAULT_CUT_BEFORE)
        return false;
    if (fault == MONGO_FAULT_PHANTOM || fault == MONGO_FAULT_STEPPED_IDLE)
        return answer_with(line->client, asked, fault);
    if (!forward(line, asked, answer) || fault == MONGO_FAULT_CUT_AFTER)
        return false;
    if (fault == MONGO_FAULT_CUT_REPLY) {
        (void)write_all(line->client, answer->bytes, answer->size / 2);
        return false;
    }
    if (fault == MONGO_FAULT_SLOW)
        nanosleep(&slow, NULL);
    if (fault == MONGO_FAULT_SLOW || fault == MONGO_FAULT_NONE)
        return write_all(line->client, answer->bytes, answer->size);
    return answer_with(line->client, asked, fault);
}

static void *line_run(void *data)
{
    struct line *line = data;
    struct message asked = { 0 }, answer = { 0 };

    while (message_read(line->client, &asked) && strike(line, &asked, &answer, fault_take(line->relay, &asked)))
        ;
    (void)shutdown(line->client, SHUT_RDWR); /* they are closed at the end: their numbers stay theirs */
    (void)shutdown(line->server, SHUT_RDWR);
    free(asked.bytes);
    free(answer.bytes);
    free(line);
    return NULL;
}

/* ---- all of them */

static struct sockaddr_in address_of(int port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static void line_begin(struct mongo_relay *relay, int client)
{
    struct sockaddr_in address = address_of(relay->server_port);
    struct line *line = calloc(1, sizeof(*line));

    *line = (struct line){ relay, client, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    (void)connect(line->server, (struct sockaddr *)&address, sizeof(address)); /* else the first read ends it */
    pthread_mutex_lock(&relay->lock);
    if (relay->line_count == MONGO_RELAY_LINES)
        abort(); /* the driver makes some ten; each cut one more */
    relay->sockets[2 * relay->line_count] = line->client;
    relay->sockets[2 * relay->line_count + 1] = line->server;
    if (pthread_create(&relay->lines[relay->line_count++], NULL, line_run, line))
        abort();
    pthread_mutex_unlock(&relay->lock);
}

static void *accepter_run(void *data)
{
    struct mongo_relay *relay = data;
    int client;

    while ((client = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
        line_begin(relay, client);
    return NULL;
}

void mongo_relay_start(struct mongo_relay *relay, int server_port)
{
    struct sockaddr_in address;
    int yes = 1;

    *relay = (struct mongo_relay){ .port = port_free(), .server_port = server_port };
    address = address_of(relay->port);
    pthread_mutex_init(&relay->lock, NULL);
    relay->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(relay->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    assert_int_equal(bind(relay->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(relay->listener, MONGO_RELAY_LINES), 0);
    assert_int_equal(pthread_create(&relay->accepter, NULL, accepter_run, relay), 0);
}

void mongo_relay_stop(struct mongo_relay *relay)
{
    (void)shutdown(relay->listener, SHUT_RDWR);
    pthread_join(relay->accepter, NULL);
    for (unsigned i = 0; i < 2 * relay->line_count; i++)
        (void)shutdown(relay->sockets[i], SHUT_RDWR);
    for (unsigned i = 0; i < relay->line_count; i++)
        pthread_join(relay->lines[i], NULL);
    for (unsigned i = 0; i < 2 * relay->line_count; i++)
        close(relay->sockets[i]);
    close(relay->listener);
    pthread_mutex_destroy(&relay->lock);
}

void mongo_relay_break(struct mongo_relay *relay, enum mongo_fault fault, unsigned count)
{
    pthread_mutex_lock(&relay->lock);
    relay->fault = fault;
    relay->left = count;
    relay->struck = 0;
    pthread_mutex_unlock(&relay->lock);
}

unsigned mongo_relay_struck(struct mongo_relay *relay)
{
    unsigned struck;

    pthread_mutex_lock(&relay->lock);
    struck = relay->struck;
    pthread_mutex_unlock(&relay->lock);
    return struck;
}
