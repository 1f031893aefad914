/* Where the counted code arrives: its own blocks, and by the linker's --wrap what it asks of the C library. */
#include "steps.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { STEP_SIZE = 16 };

static uint64_t steps;
static uintptr_t stack_top, stack_lowest; /* it grows downwards */

void steps_begin(void)
{
    steps = 0;
    stack_top = stack_lowest = (uintptr_t)__builtin_frame_address(0);
}

uint64_t steps_taken(void)
{
    return steps;
}

size_t steps_stack(void)
{
    return stack_top - stack_lowest;
}

static void count_bytes(size_t size)
{
    steps += 1 + size / STEP_SIZE;
}

void __sanitizer_cov_trace_pc(void);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__real_memcpy(void *to, const void *from, size_t size);
void *__wrap_memcpy(void *to, const void *from, size_t size);
void *__real_memset(void *to, int byte, size_t size);
void *__wrap_memset(void *to, int byte, size_t size);
int __real_memcmp(const void *left, const void *right, size_t size);
int __wrap_memcmp(const void *left, const void *right, size_t size);
size_t __real_strlen(const char *string);
size_t __wrap_strlen(const char *string);
size_t __real_strnlen(const char *string, size_t size);
size_t __wrap_strnlen(const char *string, size_t size);
int __real_strcmp(const char *left, const char *right);
int __wrap_strcmp(const char *left, const char *right);
int __real_vsnprintf(char *text, size_t size, const char *format, va_list args);
int __wrap_vsnprintf(char *text, size_t size, const char *format, va_list args) __attribute__((format(printf, 3, 0)));

void __sanitizer_cov_trace_pc(void)
{
    uintptr_t at = (uintptr_t)__builtin_frame_address(0);

    steps++;
    if (at < stack_lowest)
        stack_lowest = at;
}

void *__wrap_malloc(size_t size)
{
    count_bytes(size);
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    count_bytes(count * size);
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    count_bytes(size);
    return __real_realloc(memory, size);
}

void *__wrap_memcpy(void *to, const void *from, size_t size)
{
    count_bytes(size);
    return __real_memcpy(to, from, size);
}

void *__wrap_memset(void *to, int byte, size_t size)
{
    count_bytes(size);
    return __real_memset(to, byte, size);
}

int __wrap_memcmp(const void *left, const void *right, size_t size)
{
    count_bytes(size);
    return __real_memcmp(left, right, size);
}

size_t __wrap_strlen(const char *string)
{
    size_t size = __real_strlen(string);

    count_bytes(size);
    return size;
}

size_t __wrap_strnlen(const char *string, size_t size)
{
    size_t found = __real_strnlen(string, size);

    count_bytes(found);
    return found;
}

int __wrap_strcmp(const char *left, const char *right)
{
    size_t size = 0;

    while (left[size] && left[size] == right[size])
        size++;
    count_bytes(size);
    return __real_strcmp(left, right);
}

int __wrap_vsnprintf(char *text, size_t size, const char *format, va_list args)
{
    int length = __real_vsnprintf(text, size, format, args);

    count_bytes(length > 0 ? (size_t)length : 0);
    return length;
}
