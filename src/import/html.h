/* The scripts of type application/ld+json in an HTML page. No more of HTML than that needs. */
#ifndef IMPORT_HTML_H
#define IMPORT_HTML_H

#include <stdbool.h>
#include <stddef.h>

#include "tessera/arena.h"

struct html_script {
    const char *bytes; /* borrowed from the page */
    size_t size;
    struct html_script *next;
};

/* True if the bytes begin, after blanks and a byte order mark, with a tag. */
bool html_is(const char *bytes, size_t size);

/*
 * The scripts in order; NULL when there are none. Those in a comment or in another script's text do not count. What
 * hides a script's text from old browsers (<!-- -->, CDATA, with // or C comment marks before them) is cut off.
 */
struct html_script *html_scripts(struct ts_arena *arena, const char *bytes, size_t size);

#endif
