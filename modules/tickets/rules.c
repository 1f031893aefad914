/*
 * What a ticket's code says and what it is worth. The payload carries ticket, date and type, so that a scanner without
 * a network can tell a wrong day or door; the issue number lets a reissue retire the codes before it.
 */
#include "rules.h"

#include <string.h>

enum { LAYOUT = 1 };

void code_pack(const struct code *code, uint8_t ret_bytes[CODE_BYTES])
{
    ret_bytes[0] = LAYOUT;
    memcpy(ret_bytes + 1, code->ticket, 16);
    memcpy(ret_bytes + 17, code->date, 16);
    memcpy(ret_bytes + 33, code->type, 16);
    ret_bytes[49] = code->issue;
}

bool code_unpack(const uint8_t *bytes, size_t size, struct code *ret_code)
{
    if (size != CODE_BYTES || bytes[0] != LAYOUT)
        return false;
    memcpy(ret_code->ticket, bytes + 1, 16);
    memcpy(ret_code->date, bytes + 17, 16);
    memcpy(ret_code->type, bytes + 33, 16);
    ret_code->issue = bytes[49];
    return true;
}

bool code_split(const char *text, struct code_text *ret_text)
{
    const char *dot;

    if (!text || strnlen(text, CODE_LENGTH_MAX + 1) > CODE_LENGTH_MAX || strncmp(text, "T1.", 3) != 0)
        return false;
    dot = strchr(text + 3, '.');
    if (!dot || dot == text + 3 || !dot[1] || strchr(dot + 1, '.'))
        return false;
    *ret_text = (struct code_text){ text + 3, dot + 1, (size_t)(dot - text - 3) };
    return true;
}

bool secret_is_shaped(const char *secret)
{
    return secret && strnlen(secret, SECRET_LENGTH + 1) == SECRET_LENGTH;
}

Tickets__VerifyCodeReply__Standing ticket_standing(Orders__OrderStatus status, const Tickets__TicketState *state,
                                                   unsigned issue)
{
    if (status == ORDERS__ORDER_STATUS__CANCELLED)
        return TICKETS__VERIFY_CODE_REPLY__STANDING__CANCELLED;
    if (status != ORDERS__ORDER_STATUS__PAID)
        return TICKETS__VERIFY_CODE_REPLY__STANDING__UNPAID;
    if (state ? state->revoked || state->issue != issue : issue != 0)
        return TICKETS__VERIFY_CODE_REPLY__STANDING__REVOKED;
    if (state && state->blocked)
        return TICKETS__VERIFY_CODE_REPLY__STANDING__BLOCKED;
    return TICKETS__VERIFY_CODE_REPLY__STANDING__GOOD;
}

bool ticket_exists(Orders__OrderStatus status)
{
    return status == ORDERS__ORDER_STATUS__PAID || status == ORDERS__ORDER_STATUS__CANCELLED;
}
