/* Run a fuzz target over a file, or the files of a folder: the corpus as a unit test. */
#include "fuzz.h"

#include <dirent.h>

/* Into memory of the file's own size, so that a sanitizer sees reads past its end. */
static void replay(const char *path)
{
    FILE *file = fopen(path, "r");
    uint8_t *data;
    long size;

    CLAIM(file && fseek(file, 0, SEEK_END) == 0);
    size = ftell(file);
    CLAIM(size >= 0);
    rewind(file);
    data = malloc(size ? (size_t)size : 1);
    CLAIM(data && fread(data, 1, (size_t)size, file) == (size_t)size);
    (void)fclose(file); /* only read */
    (void)LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
}

static unsigned replay_folder(DIR *folder, const char *name)
{
    char path[4096];
    unsigned files = 0;

    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
        (void)fprintf(stderr, "%s\n", path); /* the last one is the culprit */
        replay(path);
        files++;
    }
    return files;
}

int main(int count, char **arguments)
{
    DIR *folder = opendir(arguments[count - 1]);
    unsigned files = 1;

    if (folder) {
        files = replay_folder(folder, arguments[count - 1]);
        (void)closedir(folder); /* only read */
    } else {
        replay(arguments[count - 1]);
    }
    printf("%u inputs replayed\n", files);
    return files == 0;
}
