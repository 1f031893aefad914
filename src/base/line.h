/* The first line of a file: how secrets come. */
#ifndef BASE_LINE_H
#define BASE_LINE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Into `size` bytes, without its end (LF or CRLF), with a NUL. No copy is left elsewhere in memory.
 * Return: false, and an empty line, when the file cannot be read, is empty, or its first line does not fit: a secret
 * that is cut is another one.
 */
bool line_read(const char *path, char *line, size_t size);

#endif
