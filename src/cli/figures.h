/* What /metrics shows beside the metrics that parts of the program have made for themselves. */
#ifndef CLI_FIGURES_H
#define CLI_FIGURES_H

#include "cli/instance.h"

/* Append everything: those metrics, the host's, the schema's, the process's and the build's. */
void figures_write(const struct instance *instance, struct buf *ret_text);

#endif
