/* The page that stands where a shop's page should, while nobody makes those. */
#ifndef GATEWAY_SHELL_H
#define GATEWAY_SHELL_H

#include "tessera/arena.h"

/* In the language of the path that was asked for ("/de/e/…"). Return: in the arena. */
const char *shell_page(struct ts_arena *arena, const char *path);

#endif
