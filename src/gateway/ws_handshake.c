/* libh2o offers a handshake too, but looks at neither version nor origin. */
#include "gateway/ws_handshake.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>

enum { KEY_SIZE = 24, VALUE_SIZE_MAX = 256 };

/* True if the comma-separated list has the word, in any case. */
static bool has_word(const char *list, const char *word)
{
    size_t size = strlen(word);

    while (list && *list) {
        size_t item;

        list += strspn(list, ", \t");
        item = strcspn(list, ", \t");
        if (item == size && strncasecmp(list, word, size) == 0)
            return true;
        list += item;
    }
    return false;
}

bool ws_handshake_asked(const struct http_request *request)
{
    return request->version == 0x101 && has_word(request->upgrade, "websocket");
}

/* 16 bytes in base64: 22 digits of which the last has four bits to spare, and two signs of equality. */
static bool key_is_good(const char *key)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    return key && strlen(key) == KEY_SIZE && strspn(key, digits) == KEY_SIZE - 2 && strchr("AQgw", key[KEY_SIZE - 3]) &&
           strcmp(key + KEY_SIZE - 2, "==") == 0;
}

const char *ws_handshake_check(const struct http_request *request, const struct cors *cors, int *ret_status)
{
    *ret_status = 400;
    if (request->method != HTTP_GET || request->body_size > 0)
        return "A WebSocket is asked for by GET without a body.";
    if (!request->websocket_version || strcmp(request->websocket_version, "13") != 0) {
        *ret_status = 426;
        return "WebSockets of version 13 are spoken here.";
    }
    if (!key_is_good(request->websocket_key))
        return "Sec-WebSocket-Key must be 16 bytes in base64.";
    if (!has_word(request->websocket_protocol, WS_PROTOCOL))
        return "Ask for the protocol " WS_PROTOCOL " in Sec-WebSocket-Protocol.";
    if (!cors_may_connect(cors, request)) {
        *ret_status = 403;
        return "Pages of this origin may not connect.";
    }
    return NULL;
}

void ws_handshake_accept(const char *key, char ret_accept[WS_ACCEPT_SIZE])
{
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA_DIGEST_LENGTH];
    char text[KEY_SIZE + sizeof(magic)];

    memcpy(text, key, KEY_SIZE);
    memcpy(text + KEY_SIZE, magic, sizeof(magic));
    SHA1((unsigned char *)text, sizeof(text) - 1, digest);
    EVP_EncodeBlock((unsigned char *)ret_accept, digest, sizeof(digest));
}
