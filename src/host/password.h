/* The inside of tessera/password.h: who hashes now, and who waits. */
#ifndef HOST_PASSWORD_H
#define HOST_PASSWORD_H

#include "loop/runtime.h"

/* NULL is fine; nobody may hash or wait. */
void passwords_free(struct ts_runtime *runtime);

#endif
