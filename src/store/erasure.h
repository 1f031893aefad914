/* A restored store must not bring back who was erased since its backup. */
#ifndef STORE_ERASURE_H
#define STORE_ERASURE_H

#include "store/store.h"

/*
 * Erase in the store file `restored` what the store file `before` has on its erasure list and `restored` has not.
 * Return: 0 and *ret_count: how many, 0 when there is no file `before`, -1 when it cannot be read; a ts_error.
 */
int erasure_replay(const char *restored, const char *before, int *ret_count, struct store_message *message);

#endif
