/* A ticket's code as a picture: QR in SVG and PNG. */
#ifndef TICKETS_PICTURE_H
#define TICKETS_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "tessera/arena.h"

struct picture {
    uint8_t *data; /* in the arena */
    size_t size;
};

/*
 * Draw `code` (at most CODE_LENGTH_MAX characters) with a quiet zone of four modules, error correction M.
 * Return: 0 and *ret_picture; TS_EINTERNAL if the symbol cannot be made.
 */
int picture_svg(struct ts_arena *arena, const char *code, struct picture *ret_picture);
int picture_png(struct ts_arena *arena, const char *code, struct picture *ret_picture);

#endif
