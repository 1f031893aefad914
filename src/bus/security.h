/* Security events: their names, and how many lines they may fill (tessera/security.h). */
#ifndef BUS_SECURITY_H
#define BUS_SECURITY_H

#include "tessera/security.h"

struct security;
struct ts_runtime;

/* For runtime->security; counts into the runtime's metrics, which outlive it. */
struct security *security_new(struct ts_runtime *runtime);
void security_free(struct security *security);

#endif
