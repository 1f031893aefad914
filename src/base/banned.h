/*
 * Functions that have no safe use here. The build puts this header before every file (meson.build): a call of one does
 * not compile, and the error names it.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* Declared first, so that the names below mean calls only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(function) sorry_##function##_is_a_banned_function

/* Sizes get lost: struct buf, ts_strndup(), snprintf(). */
#undef strcat
#define strcat(to, from) BANNED(strcat)
#undef strncat
#define strncat(to, from, size) BANNED(strncat)
#undef strncpy
#define strncpy(to, from, size) BANNED(strncpy)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)

/* State hidden in the library: strcspn() and pointers; gmtime_r(), ts_time_format(). */
#undef strtok
#define strtok(text, delimiters) BANNED(strtok)
#undef gmtime
#define gmtime(time) BANNED(gmtime)
#undef localtime
#define localtime(time) BANNED(localtime)
#undef ctime
#define ctime(time) BANNED(ctime)

/* Errors get lost: strtol() and its end. */
#undef atoi
#define atoi(text) BANNED(atoi)
#undef atol
#define atol(text) BANNED(atol)

/* A race: mkstemp(). */
#undef tmpnam
#define tmpnam(buffer) BANNED(tmpnam)

#endif
