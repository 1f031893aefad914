/* Run a fuzz target over the files of a folder: the corpus as a unit test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay(const char *folder, const char *name)
{
    static uint8_t data[1 << 20];
    char path[4096];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "r");
    if (!file)
        abort();
    (void)LLVMFuzzerTestOneInput(data, fread(data, 1, sizeof(data), file));
    (void)fclose(file); /* only read */
}

int main(int count, char **arguments)
{
    DIR *folder = opendir(arguments[count - 1]);
    unsigned files = 0;

    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        replay(arguments[count - 1], entry->d_name);
        files++;
    }
    if (folder)
        (void)closedir(folder); /* only read */
    printf("%u inputs replayed\n", files);
    return files == 0;
}
