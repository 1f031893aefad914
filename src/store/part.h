/*
 * Parts of a document: a field, an element of a list, or a field of such an element. Their numbers are those of the
 * wire, so that an encoded body loses a part without its message type being known: a restore repeats erasures on files
 * of whichever program.
 */
#ifndef STORE_PART_H
#define STORE_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

enum { STORE_PARTS_MAX = 1024, STORE_PART_TEXT_SIZE = 48 };

struct store_part {
    uint32_t field;
    int32_t element; /* of the list `field`, from 0; -1: the field as a whole */
    uint32_t
        inner; /* a field of that element; 0: the element itself, which becomes empty, so that others keep theirs */
};

/* "name", "names[2]" or "people[2].name". Return: false for what the message has not. */
bool part_find(const ProtobufCMessageDescriptor *message, const char *words, struct store_part *ret_part);

/* The same in numbers: "8", "12[2]", "12[2].7". */
void part_print(const struct store_part *part, char text[STORE_PART_TEXT_SIZE]);
bool part_parse(const char *text, struct store_part *ret_part);

/*
 * Take the parts out of an encoded message, in place. Return: its size then; `size` too when it had none of them, or is
 * no message: then nothing was changed.
 */
size_t part_strip(const struct store_part *parts, size_t count, uint8_t *body, size_t size);

#endif
