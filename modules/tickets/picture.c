/*
 * QR symbols (ISO/IEC 18004 by libqrencode) as SVG, one path with a run per dark stretch, and as a one-bit PNG
 * (libpng, into memory). Level M survives a folded print-out; the quiet zone is the standard's four modules.
 */
#include "picture.h"

#include <png.h>
#include <qrencode.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tessera/cleanup.h"
#include "tessera/err.h"

enum {
    QUIET = 4,           /* modules of white around the symbol */
    SCALE = 8,           /* PNG pixels per module: sharp on a phone, under 3 KB */
    SVG_RUN_MAX = 24,    /* bytes of one "M123 123h123z" run, at most */
    SVG_FRAME_MAX = 320, /* what stands before the runs, and what after */
    PICTURE_SIZE_MAX = 64 << 10,
};

static void qr_freep(QRcode **code)
{
    if (*code)
        QRcode_free(*code);
}

static QRcode *qr_new(const char *text)
{
    return QRcode_encodeString8bit(text, /* version= */ 0, QR_ECLEVEL_M);
}

static bool is_dark(const QRcode *qr, int x, int y)
{
    return qr->data[y * qr->width + x] & 1;
}

/* The dark runs of one row as path commands; returns the end of what was written. */
static char *draw_row(const QRcode *qr, int y, char *at)
{
    for (int x = 0; x < qr->width; x++) {
        int start = x;

        while (x < qr->width && is_dark(qr, x, y))
            x++;
        if (x > start)
            at += snprintf(at, SVG_RUN_MAX, "M%d %dh%dv1h-%dz", start + QUIET, y + QUIET, x - start, x - start);
    }
    return at;
}

int picture_svg(struct ts_arena *arena, const char *code, struct picture *ret_picture)
{
    TS_CLEANUP(qr_freep) QRcode *qr = qr_new(code);
    char *svg, *at;
    int side;

    if (!qr)
        return TS_EINTERNAL;
    side = qr->width + 2 * QUIET;
    svg = at =
        ts_alloc(arena, (size_t)2 * SVG_FRAME_MAX + (size_t)qr->width * ((size_t)qr->width / 2 + 1) * SVG_RUN_MAX);
    at += snprintf(at, SVG_FRAME_MAX,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\" "
                   "role=\"img\"><title>Ticket code</title><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path d=\"",
                   side, side, side, side);
    for (int y = 0; y < qr->width; y++)
        at = draw_row(qr, y, at);
    at += snprintf(at, SVG_FRAME_MAX, "\"/></svg>\n");
    *ret_picture = (struct picture){ (uint8_t *)svg, (size_t)(at - svg) };
    return 0;
}

static void png_collect(png_structp png, png_bytep bytes, png_size_t size)
{
    struct picture *picture = png_get_io_ptr(png);

    if (size > PICTURE_SIZE_MAX - picture->size)
        png_error(png, "too large");
    memcpy(picture->data + picture->size, bytes, size);
    picture->size += size;
}

static void png_keep_quiet(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

/* One row of modules as bits, 1 is white, repeated SCALE times by the caller. */
static void pack_row(const QRcode *qr, int y, uint8_t *row, size_t row_size)
{
    memset(row, 0xff, row_size);
    if (y < 0 || y >= qr->width)
        return;
    for (int x = 0; x < qr->width; x++)
        if (is_dark(qr, x, y))
            row[x + QUIET] = 0; /* SCALE is 8: a module is a byte */
}

static void write_rows(png_structp png, const QRcode *qr, uint8_t *row, size_t row_size)
{
    for (int y = -QUIET; y < qr->width + QUIET; y++) {
        pack_row(qr, y, row, row_size);
        for (int repeat = 0; repeat < SCALE; repeat++)
            png_write_row(png, row);
    }
}

int picture_png(struct ts_arena *arena, const char *code, struct picture *ret_picture)
{
    TS_CLEANUP(qr_freep) QRcode *qr = qr_new(code);
    struct picture picture = { ts_alloc(arena, PICTURE_SIZE_MAX), 0 };
    png_infop info = NULL;
    png_structp png;
    uint32_t side;

    if (!qr)
        return TS_EINTERNAL;
    png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, png_keep_quiet);
    info = png ? png_create_info_struct(png) : NULL;
    if (!info || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return TS_EINTERNAL;
    }
    side = (uint32_t)(qr->width + 2 * QUIET);
    png_set_write_fn(png, &picture, png_collect, NULL);
    png_set_IHDR(png, info, side * SCALE, side * SCALE, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    write_rows(png, qr, ts_alloc(arena, side), side);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    *ret_picture = picture;
    return 0;
}
