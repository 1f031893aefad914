#include "support/port.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/test.h"

/* Below those that the kernel gives to whoever connects: while a server is down nobody gets its port by chance. */
enum { FIRST = 10000, LAST = 32767 };

static struct sockaddr_in address_of(int port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

int port_free(void)
{
    struct sockaddr_in address;
    int fd, r;

    do {
        address = address_of(FIRST + (int)arc4random_uniform(LAST - FIRST + 1));
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        r = bind(fd, (struct sockaddr *)&address, sizeof(address));
        close(fd);
    } while (r);
    return ntohs(address.sin_port);
}

bool port_takes_connections(int port)
{
    struct sockaddr_in address = address_of(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

    close(fd);
    return ok;
}

const char *port_program(const char *name)
{
    static char found[4096];
    const char *path = getenv("PATH");
    char folders[4096];

    (void)snprintf(folders, sizeof(folders), "%s:" TOOLS "/usr/sbin:" TOOLS "/bin", path ? path : "");
    for (char *folder = folders, *rest = folders; folder; folder = rest) {
        folder = strsep(&rest, ":");
        if ((size_t)snprintf(found, sizeof(found), "%s/%s", folder, name) < sizeof(found) && access(found, X_OK) == 0)
            return found;
    }
    return NULL;
}

pid_t port_fork(void)
{
    pid_t pid = fork();
    int nowhere;

    assert_true(pid >= 0);
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    return 0;
}

void port_await(int port, int ms_max)
{
    for (int ms = 0; !port_takes_connections(port); ms++) {
        assert_true(ms < ms_max);
        usleep(1000);
    }
}

void port_kill(pid_t *pid)
{
    if (!*pid)
        return;
    kill(*pid, SIGKILL);
    waitpid(*pid, NULL, 0);
    *pid = 0;
}
