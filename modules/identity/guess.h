/*
 * How often somebody may try: passwords, codes, and what sends mails. Counted by the address of whoever asks, and by
 * it together with the account that he tries (tessera/rate.h); so who locks himself out locks out nobody else.
 */
#ifndef IDENTITY_GUESS_H
#define IDENTITY_GUESS_H

#include "tessera/call.h"

/*
 * Before an attempt; `account` is whatever names it, whether it exists or not, in any case of letters (NULL: none).
 * Return: 0; TS_EEXHAUSTED: too many of late.
 */
int guess_charge(struct ts_call *call, const char *account);

/* It was right: it does not count. */
void guess_refund(struct ts_call *call, const char *account);

/*
 * The same for the second step of a sign-in, counted by the account alone, from wherever: who gets there knows its
 * password, so it is nobody's way to lock others out, and many addresses do not help.
 */
int guess_charge_code(struct ts_call *call, const char *account_id);
void guess_refund_code(struct ts_call *call, const char *account_id);

#endif
