/* All that the program keeps: for commands that look into a store without starting its modules. */
#ifndef CLI_COLLECTIONS_H
#define CLI_COLLECTIONS_H

#include "store/store.h"

/* Declare the collections of the host and of all modules. Return: as store_add(). */
int collections_add(struct store *store, struct store_message *ret_message);

#endif
