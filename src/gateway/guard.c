/*
 * One pass over the raw block, line by line. Lengths and hosts are counted rather than compared: a second one is wrong
 * even when it says the same, because a proxy may have merged, dropped or reordered them.
 */
#include "gateway/guard.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { CONTENT_LENGTH_DIGITS_MAX = 18 };

struct text {
    const char *data;
    size_t size;
};

struct guard {
    unsigned hosts, lengths, encodings;
    const char *problem;
};

/* What a byte may stand in: a token (RFC 9110 §5.6.2), a value (§5.5), a request target, a Host. */
enum { TOKEN = 1, VALUE = 2, TARGET = 4, HOST = 8 };

static const uint8_t kinds[256] = {
    ['\t'] = VALUE,
    [' '] = VALUE,
    ['!'] = TOKEN | VALUE | TARGET | HOST,
    ['"'] = VALUE | TARGET,
    ['#'] = TOKEN | VALUE | TARGET,
    ['$' ... '\''] = TOKEN | VALUE | TARGET | HOST,
    ['(' ... ')'] = VALUE | TARGET | HOST,
    ['*' ... '+'] = TOKEN | VALUE | TARGET | HOST,
    [','] = VALUE | TARGET,
    ['-' ... '.'] = TOKEN | VALUE | TARGET | HOST,
    ['/'] = VALUE | TARGET,
    ['0' ... '9'] = TOKEN | VALUE | TARGET | HOST,
    [':' ... ';'] = VALUE | TARGET | HOST,
    ['<'] = VALUE | TARGET,
    ['='] = VALUE | TARGET | HOST,
    ['>' ... '@'] = VALUE | TARGET,
    ['A' ... 'Z'] = TOKEN | VALUE | TARGET | HOST,
    ['['] = VALUE | TARGET | HOST,
    ['\\'] = VALUE | TARGET,
    [']'] = VALUE | TARGET | HOST,
    ['^' ... 'z'] = TOKEN | VALUE | TARGET | HOST,
    ['{'] = VALUE | TARGET | HOST,
    ['|'] = TOKEN | VALUE | TARGET | HOST,
    ['}'] = VALUE | TARGET | HOST,
    ['~'] = TOKEN | VALUE | TARGET | HOST,
    [0x80 ... 0xff] = VALUE | TARGET,
};

/* True if all bytes may stand in `kind`; also when there is none. */
static bool all_are(const char *bytes, size_t size, uint8_t kind)
{
    uint8_t all = kind;

#pragma GCC unroll 8
    for (size_t i = 0; i < size; i++)
        all &= kinds[(uint8_t)bytes[i]];
    return all;
}

/* Sixteen bytes, which every 64-bit processor handles at once. */
typedef uint8_t block __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

/* Ones where a byte is below a space or DEL: most of those must not stand in a value. */
static block controls(const char *bytes)
{
    block read;

    memcpy(&read, bytes, sizeof(read));
    return (block)((read < ' ') | (read == 0x7f));
}

/* True if there is no such byte; of 16 bytes or more. The last block overlaps the one before it. */
static bool is_plain(const char *bytes, size_t size)
{
    block found = controls(bytes + size - sizeof(block));

    for (size_t at = 0; at + sizeof(block) < size; at += sizeof(block))
        found |= controls(bytes + at);
    return !(((halves)found)[0] | ((halves)found)[1]);
}

bool guard_value_ok(const char *value, size_t size)
{
    return (size >= sizeof(block) && is_plain(value, size)) || all_are(value, size, VALUE);
}

/* Cut the next line off; it must end in CR LF. False: it does not. Whoever reads the line finds any other CR. */
static bool take_line(struct text *rest, struct text *ret_line)
{
    const char *end = memchr(rest->data, '\n', rest->size);

    if (!end || end == rest->data || end[-1] != '\r')
        return false;
    *ret_line = (struct text){ rest->data, (size_t)(end - rest->data) - 1 };
    rest->size -= (size_t)(end - rest->data) + 1;
    rest->data = end + 1;
    return true;
}

static const char *check_request_line(struct text line, char *ret_minor)
{
    const char *at = line.data, *end = line.data + line.size;
    const char *space = memchr(at, ' ', line.size);

    if (!space || space == at || !all_are(at, (size_t)(space - at), TOKEN))
        return "The request line's method is malformed.";
    at = space + 1;
    if (at == end || (*at != '/' && !(*at == '*' && space - line.data == 7 && memcmp(line.data, "OPTIONS", 7) == 0)))
        return "The request target must be a path.";
    while (at < end && kinds[(uint8_t)*at] & TARGET)
        at++;
    if (end - at != 9 || memcmp(at, " HTTP/1.", 8) != 0)
        return "The request line is malformed.";
    if (at[8] != '0' && at[8] != '1')
        return "This version of HTTP is not spoken here.";
    *ret_minor = at[8];
    return NULL;
}

static struct text trim(struct text text)
{
    while (text.size && (*text.data == ' ' || *text.data == '\t')) {
        text.data++;
        text.size--;
    }
    while (text.size && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    return text;
}

static bool is_name(struct text name, const char *word)
{
    return name.size == strlen(word) && strncasecmp(name.data, word, name.size) == 0;
}

static bool is_length(struct text value)
{
    if (value.size == 0 || value.size > CONTENT_LENGTH_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < value.size; i++)
        if (value.data[i] < '0' || value.data[i] > '9')
            return false;
    return true;
}

static bool is_host(struct text value)
{
    return value.size > 0 && all_are(value.data, value.size, HOST);
}

/* The three headers that say for whom the request is and where it ends. */
static const char *check_framing(struct guard *guard, struct text name, struct text value)
{
    if (is_name(name, "host")) {
        if (guard->hosts++)
            return "There is more than one Host header.";
        return is_host(value) ? NULL : "The Host header is malformed.";
    }
    if (is_name(name, "content-length")) {
        if (guard->lengths++)
            return "There is more than one Content-Length header.";
        return is_length(value) ? NULL : "The Content-Length header is malformed.";
    }
    if (is_name(name, "transfer-encoding"))
        guard->encodings++;
    return NULL;
}

static const char *check_header(struct guard *guard, struct text line)
{
    const char *colon = memchr(line.data, ':', line.size);
    struct text name, value;

    if (*line.data == ' ' || *line.data == '\t')
        return "Folded header lines are not accepted.";
    if (!colon || colon == line.data)
        return "A header line has no name.";
    name = (struct text){ line.data, (size_t)(colon - line.data) };
    if (!all_are(name.data, name.size, TOKEN))
        return "A header name has a character that is not allowed.";
    value = trim((struct text){ colon + 1, line.size - name.size - 1 });
    if (!guard_value_ok(value.data, value.size))
        return "A header value has a control character.";
    return check_framing(guard, name, value);
}

/*
 * h2o takes chunks apart before it hands us the request, and takes much that it should not: a line feed alone after a
 * size, anything between size and line end, trailers of any form. The bytes are gone by then, so no chunk is accepted.
 */
static const char *check_totals(const struct guard *guard, char minor, int *ret_status)
{
    if (minor == '1' && guard->hosts == 0)
        return "The Host header is missing.";
    if (guard->encodings && guard->lengths)
        return "Content-Length and Transfer-Encoding exclude each other.";
    if (guard->encodings) {
        *ret_status = 411;
        return "Send the body with a Content-Length: Transfer-Encoding is not accepted.";
    }
    return NULL;
}

const char *guard_check(const char *bytes, size_t size, int *ret_status)
{
    struct text rest = { bytes, size }, line;
    struct guard guard = { 0 };
    const char *problem;
    char minor = '\0';

    *ret_status = 400;
    /* One empty line before the request line is allowed (RFC 9112 §2.2) and skipped by h2o too. */
    if (rest.size >= 2 && memcmp(rest.data, "\r\n", 2) == 0)
        rest = (struct text){ bytes + 2, size - 2 };
    if (!take_line(&rest, &line))
        return "The request line must end in CR LF.";
    problem = check_request_line(line, &minor);
    while (!problem) {
        if (!take_line(&rest, &line))
            return "Each header line must end in CR LF.";
        if (line.size == 0)
            return check_totals(&guard, minor, ret_status);
        problem = check_header(&guard, line);
    }
    return problem;
}
