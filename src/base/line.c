#include "base/line.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* As much as there is, or as there is room for. */
static size_t fill(int fd, char *to, size_t size)
{
    size_t used = 0;
    ssize_t got = 1;

    while (used < size && got) {
        got = read(fd, to + used, size - used);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got < 0)
            return 0;
        else
            used += (size_t)got;
    }
    return used;
}

bool line_read(const char *path, char *line, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t used = fd >= 0 ? fill(fd, line, size) : 0;
    const char *end = memchr(line, '\n', used);
    size_t length = end ? (size_t)(end - line) : used;

    if (fd >= 0)
        close(fd);
    if (!used || length == size) {
        explicit_bzero(line, size);
        return false;
    }
    if (end && length && line[length - 1] == '\r')
        length--;
    explicit_bzero(line + length, size - length);
    return true;
}
