/* The modules of this program, in start order, and their schemas: generated from the list in modules/meson.build. */
#ifndef HOST_MODULES_H
#define HOST_MODULES_H

#include "tessera/module.h"

/* One slice of the public schema with its rules; `package` is the proto package its types default to. */
struct module_schema {
    const char *name; /* the file, for messages; NULL ends the table */
    const char *package;
    const char *text;
};

extern const struct ts_module *const ts_modules[]; /* ends with NULL */
extern const struct module_schema ts_schemas[];

#endif
