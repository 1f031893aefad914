/* Copies of the embedded store. */
#ifndef CLI_KEEP_H
#define CLI_KEEP_H

#include "cli/options.h"

/* As `backup PATH`, for a command that reads the copy. Return: the exit status. */
int keep_copy(const struct options *options, const char *path);

#endif
