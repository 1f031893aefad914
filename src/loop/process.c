/* uv_spawn. Its handles outlive their owner until libuv has closed both: the process and the pipe of its stdout. */
#include "loop/process.h"

#include <stddef.h>
#include <string.h>

#include "loop/inside.h"
#include "tessera/memory.h"

struct process_handles {
    uv_process_t process; /* first: a handle is these */
    uv_pipe_t out;
    struct loop_process *owner; /* NULL: forgotten */
    unsigned open;
    char line[PROCESS_LINE_MAX + 1];
    size_t size;
    char chunk[1024];
};

/* Its data stay NULL: a stream's data are h2o's where uv_stream.c looks at them. */
static struct process_handles *handles_of_out(void *out)
{
    return (struct process_handles *)((char *)out - offsetof(struct process_handles, out));
}

static void one_closed(struct process_handles *handles)
{
    if (--handles->open == 0)
        ts_memory_free(handles);
}

static void on_process_closed(uv_handle_t *handle)
{
    one_closed((struct process_handles *)handle);
}

static void on_out_closed(uv_handle_t *handle)
{
    one_closed(handles_of_out(handle));
}

static void close_handles(struct process_handles *handles)
{
    uv_close((uv_handle_t *)&handles->process, on_process_closed);
    uv_close((uv_handle_t *)&handles->out, on_out_closed);
}

static void end_line(struct process_handles *handles)
{
    handles->line[handles->size] = '\0';
    handles->size = 0;
    if (handles->owner)
        handles->owner->line(handles->owner, handles->line);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *ret_buf)
{
    struct process_handles *handles = handles_of_out(handle);

    (void)size;
    *ret_buf = uv_buf_init(handles->chunk, sizeof(handles->chunk));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    struct process_handles *handles = handles_of_out(stream);

    if (size < 0)
        uv_read_stop(stream);
    for (ssize_t i = 0; i < size; i++) {
        if (buf->base[i] == '\n')
            end_line(handles);
        else if (handles->size < PROCESS_LINE_MAX)
            handles->line[handles->size++] = buf->base[i];
    }
}

static void on_ended(uv_process_t *process, int64_t status, int signal)
{
    struct process_handles *handles = (struct process_handles *)process;
    struct loop_process *owner = handles->owner;

    handles->owner = NULL;
    close_handles(handles);
    if (!owner)
        return;
    owner->handles = NULL;
    owner->ended(owner, (int)status, signal);
}

/* Ours but for our own variables: they are our secrets, and what is started is somebody else's program. */
static char **environment_new(void)
{
    size_t count = 0;
    char **environment;

    while (environ[count])
        count++;
    environment = ts_memory_new(count + 1, sizeof(*environment));
    count = 0;
    for (char **at = environ; *at; at++)
        if (strncmp(*at, "TESSERA_", 8) != 0)
            environment[count++] = *at;
    return environment;
}

int loop_process_start(struct loop *loop, struct loop_process *process, const char *const argv[])
{
    struct process_handles *handles = ts_memory_new(1, sizeof(*handles));
    char **environment = environment_new();
    uv_stdio_container_t stdio[] = {
        { .flags = UV_IGNORE },
        { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&handles->out },
        { .flags = UV_INHERIT_FD, .data.fd = 2 },
    };
    uv_process_options_t options = {
        .file = argv[0],
        .args = (char **)argv,
        .env = environment,
        .exit_cb = on_ended,
        .flags = UV_PROCESS_DETACHED, /* a terminal's signals are for us: we end it */
        .stdio = stdio,
        .stdio_count = 3,
    };
    int r;

    handles->open = 2;
    handles->owner = process;
    uv_pipe_init(&loop->uv, &handles->out, 0);
    r = uv_spawn(&loop->uv, &handles->process, &options);
    ts_memory_free(environment);
    if (r) {
        handles->owner = NULL;
        close_handles(handles);
        return r;
    }
    process->handles = handles;
    uv_read_start((uv_stream_t *)&handles->out, on_alloc, on_read);
    return 0;
}

void loop_process_kill(struct loop_process *process, int signal)
{
    if (process->handles)
        uv_process_kill(&process->handles->process, signal);
}
