/*
 * The ledger as a projection of history, read from outside the modules: every version of every order, payment and
 * refund must balance, and what all of them add up to must be what their statuses say. Shares no code with the modules.
 */
#ifndef SUPPORT_LEDGER_H
#define SUPPORT_LEDGER_H

#include "tessera/call.h"

enum { LEDGER_ACCOUNTS = 5 };

struct ledger {
    int64_t accounts[LEDGER_ACCOUNTS]; /* by orders.v1.LedgerEntry.Account */
    size_t versions;                   /* read */
    size_t unbalanced;                 /* of them, whose entries do not sum to zero */
};

/* Read all history of the instance's store. Return: 0; a ts_error. */
int ledger_read(struct ts_call *call, struct ledger *ret_ledger);

/* What the accounts should be, from the newest versions' statuses and amounts alone. Return: 0; a ts_error. */
int ledger_expect(struct ts_call *call, struct ledger *ret_ledger);

/* Read and compare; cmocka's assertions say where they differ. */
void ledger_check(struct ts_call *call);

#endif
