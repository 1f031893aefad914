/* The views of one store: a few, the one that was least lately read goes first. */
#ifndef STORE_VIEW_H
#define STORE_VIEW_H

#include "tessera/view.h"

struct views;

struct views *views_new(void);
void views_free(struct views *views);

#endif
