/* A mail as bytes: RFC 5322 headers, and its words as text and as HTML (multipart/alternative). */
#ifndef NET_LETTER_H
#define NET_LETTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "tessera/arena.h"
#include "tessera/mail.h"

/* Who writes: "Tessera <tickets@example.org>", or the address alone. */
struct letter_sender {
    const char *name; /* NULL: none */
    const char *address;
    const char *domain; /* of the address */
};

/* Return: false if the text is neither. Strings in the arena. */
bool letter_sender_read(struct ts_arena *arena, const char *text, struct letter_sender *ret_sender);

/*
 * Append the whole message, with CRLF. `id` (an id of ours) makes its Message-ID, so that one mail that was sent twice
 * can be told from two. What stands in headers is of one line, by contract.
 */
void letter_write(struct buf *ret_letter, const struct letter_sender *sender, const struct ts_mail *mail,
                  const char *id, int64_t date_ms);

#endif
