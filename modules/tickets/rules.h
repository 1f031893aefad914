/* Pure decisions about tickets: how a code is spelled and how a ticket stands. */
#ifndef TICKETS_RULES_H
#define TICKETS_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orders/v1/orders.pb-c.h"
#include "tickets/v1/tickets.pb-c.h"

enum {
    CODE_BYTES = 50,       /* payload: layout, ticket, date, type, issue */
    CODE_LENGTH_MAX = 160, /* of the whole code: still a QR symbol that a phone reads at arm's length */
    SECRET_LENGTH = 52,    /* of a holder's link: 26 characters of the position, 26 of secret */
    ID_SUFFIX_LENGTH = 26,
    ISSUE_MAX = 255, /* a ticket reissued more often is abuse */
    REASON_SIZE_MAX = 500,
};

/* What a code says of itself, all ids as their 16 bytes. */
struct code {
    uint8_t ticket[16], date[16], type[16];
    uint8_t issue;
};

/* The bytes that are signed, and back. code_unpack: false if the layout is not ours. */
void code_pack(const struct code *code, uint8_t ret_bytes[CODE_BYTES]);
bool code_unpack(const uint8_t *bytes, size_t size, struct code *ret_code);

/* A code's two parts, borrowed from it: "T1.<payload>.<signature>". False when it has another shape or is too long. */
struct code_text {
    const char *payload, *signature;
    size_t payload_size;
};
bool code_split(const char *text, struct code_text *ret_text);

/* True if `secret` has the shape of a holder's secret (its 26 first characters are checked as an id by the caller). */
bool secret_is_shaped(const char *secret);

/*
 * How a ticket stands, from its order and its own state (NULL: never changed), for a code of `issue`.
 * The order decides first: a code of an order that is not paid admits nobody, whatever else is true.
 */
Tickets__VerifyCodeReply__Standing ticket_standing(Orders__OrderStatus status, const Tickets__TicketState *state,
                                                   unsigned issue);

/* A ticket exists to be shown once its order was paid; a cancelled one is shown as not valid. */
bool ticket_exists(Orders__OrderStatus status);

#endif
