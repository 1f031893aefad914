/* The inside of tessera/idem.h: its collection and its state. */
#ifndef HOST_IDEM_H
#define HOST_IDEM_H

#include "loop/runtime.h"
#include "tessera/store.h"

extern const struct ts_collection idem_collection;

/* Sets runtime->idem. At most `keys_max` keys are remembered; past it the store is asked for the older ones. */
struct idem *idem_new(struct ts_runtime *runtime, size_t keys_max);
void idem_free(struct idem *idem);

#endif
