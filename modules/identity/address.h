/*
 * Which addresses stand for an account's person, and from when until when. An address is proved before an account has
 * it, and its owner proves it no more once he gave it up: so what was done under it is an account's that had it then,
 * or that was the next to have it. What came after the last one that had it is nobody's until somebody proves it. A
 * change that was undone was not the person's, and neither is the address of it.
 */
#ifndef IDENTITY_ADDRESS_H
#define IDENTITY_ADDRESS_H

#include "identity/v1/identity.pb-c.h"
#include "tessera/call.h"

enum { ADDRESS_EMAILS_MAX = 64 /* of one account; those that it had before all these are forgotten */ };

/* All that an account ever had, each once, the newest first. Return: 0; a ts_error. */
int address_emails(struct ts_call *call, const char *account_id, const char *emails[ADDRESS_EMAILS_MAX],
                   size_t *ret_count);

/* Into *person, the newest first. Return: 0; a ts_error. */
int address_list(struct ts_call *call, const Identity__Account *account, Identity__Person *person);

/* Nobody learns from the claims of an account's addresses whose they were. Return: 0; a ts_error. */
int address_forget(struct ts_call *call, const char *account_id);

#endif
