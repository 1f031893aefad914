/*
 * Moving a whole store into another: `export --versions` prints every version of every document, a JSON line each, then
 * what was erased of documents that are still there, and a last line that counts and sums all; `import --versions`
 * reads that into whichever store is named, says what came of it, and fails when the sums differ. Said twice it does
 * nothing twice.
 */
#ifndef CLI_MOVE_H
#define CLI_MOVE_H

#include <stdio.h>

#include "cli/options.h"

/* Each: return the exit status; what is wrong is on stderr. */
int move_out(const struct options *options, FILE *to);
int move_in(const struct options *options, FILE *from);

#endif
