/* Rights as text: how they travel between processes, and are kept. */
#ifndef BUS_RIGHT_H
#define BUS_RIGHT_H

#include "tessera/right.h"

/* "<organizer>:<rights>[:<event>,…];…", in the arena; "" for none. */
const char *rights_write(struct ts_arena *arena, const struct ts_principal *principal);

/* Set what `text` says. Return: false when it is none of rights_write()'s, and nothing is set. */
bool rights_read(struct ts_arena *arena, const char *text, struct ts_principal *principal);

#endif
