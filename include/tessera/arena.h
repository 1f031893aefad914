/*
 * Memory that dies together. An arena hands out pieces and frees them all at once; a piece is never freed alone.
 * Each fiber's call has one (call->arena), gone when its reply has left.
 *
 * No caller of ts_alloc() checks for NULL. When the heap has nothing left, a small reserve steps in; the next wait then
 * returns TS_EEXHAUSTED, unless the request has handed a write over before: that one is finished. Only when the reserve
 * is used up, too, does the process end. What a request may use is bounded at the edge (limits.h), so this is the
 * machine's failure and never a client's doing.
 */
#ifndef TESSERA_ARENA_H
#define TESSERA_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stdarg.h>
#include <stddef.h>

struct ts_arena;

/* `size` zeroed bytes, aligned to 16; never NULL. Size 0 gives a valid pointer. */
void *ts_alloc(struct ts_arena *arena, size_t size) __attribute__((malloc, returns_nonnull));

/* One zeroed `type`, or `count` of them. */
#define TS_NEW(arena, type) ((type *)ts_alloc((arena), sizeof(type)))
#define TS_NEW_ARRAY(arena, type, count) ((type *)ts_alloc_array((arena), (count), sizeof(type)))

/* `count` zeroed pieces of `size` bytes, side by side; never NULL. A product past SIZE_MAX ends the process. */
void *ts_alloc_array(struct ts_arena *arena, size_t count, size_t size) __attribute__((malloc, returns_nonnull));

/* A copy of the string that lives in the arena; NULL for NULL. */
char *ts_strdup(struct ts_arena *arena, const char *string);

/* A terminated copy of `size` bytes; NULs inside have no meaning. */
char *ts_strndup(struct ts_arena *arena, const char *bytes, size_t size);

/* A copy of `size` bytes, aligned to 16. */
void *ts_memdup(struct ts_arena *arena, const void *bytes, size_t size);

/* An arena of one's own. The caller owns it and ends it with ts_arena_free(). */
struct ts_arena *ts_arena_new(void) __attribute__((malloc, returns_nonnull));

/*
 * The same for a part of a request's work whose pieces should not stay until the reply (ts_part_begin() of call.h uses
 * it). When memory runs out in it, the request ends as if it had done so in `whole`, and goes on where it would.
 */
struct ts_arena *ts_arena_part(struct ts_arena *whole) __attribute__((malloc, returns_nonnull));

/*
 * Pieces of `other`, which others share, are part of this arena's reply: if `other` has gone into the reserve, the
 * request that `arena` belongs to ends as if it had done so itself.
 */
void ts_arena_use(struct ts_arena *arena, const struct ts_arena *other);

/* Free all its pieces; the arena can be used again. */
void ts_arena_reset(struct ts_arena *arena);

/* Free the arena and its pieces. NULL is fine. */
void ts_arena_free(struct ts_arena *arena);

/* printf into the arena; never NULL. */
char *ts_printf(struct ts_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with the arguments in a list, which is used up. */
char *ts_vprintf(struct ts_arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0), nonnull(2)));

/* protobuf-c's view of the arena: unpacked messages live in it, protobuf_c_message_free_unpacked is never called. */
ProtobufCAllocator *ts_arena_allocator(struct ts_arena *arena);

/*
 * Copy a message deeply into the arena, as if it were packed and unpacked; unknown fields are kept.
 * Return: the copy, never NULL.
 */
ProtobufCMessage *ts_message_dup(struct ts_arena *arena, const ProtobufCMessage *message);

/*
 * Pack a message into the arena, to the same bytes as protobuf_c_message_pack(), in two thirds of the time.
 * Return: the bytes, never NULL; *ret_size says how many.
 */
uint8_t *ts_message_pack(struct ts_arena *arena, const ProtobufCMessage *message, size_t *ret_size);

#endif
