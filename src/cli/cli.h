/* The commands. Each returns the process's exit status: 0 done, 1 failed, 2 asked for wrongly. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "cli/options.h"

int cli_serve(const struct options *options);
int cli_healthcheck(const struct options *options);
int cli_import(const struct options *options);
int cli_backup(const struct options *options);
int cli_export(const struct options *options);
int cli_restore(const struct options *options);
int cli_doctor(const struct options *options);
int cli_operations(const struct options *options);
int cli_schema(const struct options *options);

#endif
