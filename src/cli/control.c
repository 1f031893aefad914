/* A client of one request per connection: blocking, for commands have nothing else to do. */
#include "cli/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tessera/err.h"

enum { READ_SIZE = 16 << 10, ANSWER_SIZE_MAX = 8 << 20 };

static int connect_to(const char *folder)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int fd;

    if (snprintf(name.sun_path, sizeof(name.sun_path), "%s/" CONTROL_SOCKET, folder) >= (int)sizeof(name.sun_path))
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof(name)) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);

        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static void read_all(int fd, struct buf *answer)
{
    char *room;
    ssize_t size;

    while ((room = buf_reserve(answer, READ_SIZE)) && (size = read(fd, room, READ_SIZE)) > 0)
        buf_grown(answer, (size_t)size);
}

/* Status and body of a whole answer; the server sends a length and then closes. */
static int take_answer(struct buf *answer, struct buf *ret_body)
{
    const char *body;
    int status = 0;

    buf_add_char(answer, '\0');
    body = answer->full ? NULL : strstr(answer->data, "\r\n\r\n");
    if (!body || sscanf(answer->data, "HTTP/1.1 %d", &status) != 1)
        return TS_EUNAVAILABLE;
    body += 4;
    buf_add(ret_body, body, answer->size - 1 - (size_t)(body - answer->data));
    return status;
}

int control_post(const char *folder, const char *path, const struct buf *body, struct buf *ret_body)
{
    int fd = connect_to(folder), r = TS_EUNAVAILABLE;
    struct buf message;

    if (fd < 0)
        return 0;
    buf_init(&message, ANSWER_SIZE_MAX);
    buf_printf(&message,
               "POST %s HTTP/1.1\r\nHost: control\r\nContent-Type: application/json\r\nConnection: close\r\n"
               "Content-Length: %zu\r\n\r\n",
               path, body->size);
    buf_add(&message, body->data, body->size);
    if (write_all(fd, message.data, message.size)) {
        buf_clear(&message);
        read_all(fd, &message);
        r = take_answer(&message, ret_body);
    }
    buf_done(&message);
    close(fd);
    return r;
}
