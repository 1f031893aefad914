/* Read from /proc at each scrape. What cannot be read is left out: absent is truer than zero. */
#include "telemetry/process.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static void add(struct buf *text, const char *name, const char *kind, const char *help, double value)
{
    buf_printf(text, "# HELP %s %s\n# TYPE %s %s\n%s %.16g\n", name, help, name, kind, name, value);
}

/* Seconds since the epoch at which the machine was booted; 0: not to be known. */
static double boot_seconds(void)
{
    FILE *file = fopen("/proc/stat", "re");
    char line[4096];
    double seconds = 0;

    while (file && seconds == 0 && fgets(line, sizeof(line), file))
        (void)sscanf(line, "btime %lf", &seconds); /* another line leaves it 0 */
    if (file)
        fclose(file);
    return seconds;
}

static int open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = -3; /* ".", ".." and the folder itself */

    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}

/* The fields of /proc/self/stat after the program's name, by proc(5): 14 utime, 15 stime, 22 start, 23 and 24 memory.
 */
static void add_stat(struct buf *text)
{
    double user, system, start, virtual, pages, tick = (double)sysconf(_SC_CLK_TCK), boot = boot_seconds();
    FILE *file = fopen("/proc/self/stat", "re");
    int found = file ? fscanf(file,
                              "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lf %lf %*d %*d %*d %*d %*d "
                              "%*d %lf %lf %lf",
                              &user, &system, &start, &virtual, &pages)
                     : 0;

    if (file)
        fclose(file);
    if (found != 5)
        return;
    add(text, "process_cpu_seconds_total", "counter", "Processor time, user and system.", (user + system) / tick);
    add(text, "process_resident_memory_bytes", "gauge", "Resident memory.", pages * (double)sysconf(_SC_PAGESIZE));
    add(text, "process_virtual_memory_bytes", "gauge", "Virtual memory.", virtual);
    if (boot > 0)
        add(text, "process_start_time_seconds", "gauge", "Start of the process, Unix time.", boot + start / tick);
}

void process_write_metrics(struct buf *ret_text)
{
    int files = open_files();
    struct rlimit limit;

    add_stat(ret_text);
    if (files >= 0)
        add(ret_text, "process_open_fds", "gauge", "Open file descriptors.", files);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        add(ret_text, "process_max_fds", "gauge", "File descriptors that may be open.", (double)limit.rlim_cur);
}
