/*
 * Pages that hold nothing but what they say they hold. Between a page's list of cells and its first cell lies room that
 * is nobody's; when SQLite rebuilds a page it leaves there what was there, copies of rows among it, and erasing a row
 * does not find them. So that room is zeroed in each page on its way from the log into the file. (In the log it may
 * not be: there pages bear sums.)
 */
#include <string.h>

#include "store/sqlite_inside.h"

enum {
    FILE_HEADER = 100,
    TREE_HEADER = 8,
    INNER_HEADER = 12,
    /* Above, the number that begins an overflow page could be taken for the type of a tree's page. */
    PAGES_MAX = 1 << 24,
};

/* What SQLite made of the file, but for how it is written. Lies behind it. */
struct page_file {
    sqlite3_io_methods methods;
    int (*write)(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 from);
};

static int behind; /* where it lies: the size of the usual VFS's files */

static unsigned two_bytes(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

void sqlite_page_clean(uint8_t *page, bool first)
{
    unsigned at = first ? FILE_HEADER : 0, from, to;
    bool inner = page[at] == 2 || page[at] == 5, leaf = page[at] == 10 || page[at] == 13;

    if (!inner && !leaf)
        return;
    from = at + (inner ? INNER_HEADER : TREE_HEADER) + 2 * two_bytes(page + at + 3);
    to = two_bytes(page + at + 5);
    if (from < to && to <= SQLITE_PAGE_SIZE)
        memset(page + from, 0, to - from);
}

static int page_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 from)
{
    const struct page_file *page_file = (const struct page_file *)((const char *)file + behind);
    uint8_t page[SQLITE_PAGE_SIZE];

    if (size != SQLITE_PAGE_SIZE || from % SQLITE_PAGE_SIZE || from / SQLITE_PAGE_SIZE >= PAGES_MAX)
        return page_file->write(file, bytes, size, from);
    memcpy(page, bytes, sizeof(page));
    sqlite_page_clean(page, from == 0);
    return page_file->write(file, page, size, from);
}

size_t sqlite_page_file_size(void)
{
    return sizeof(struct page_file);
}

void sqlite_page_watch(sqlite3_file *file, int size)
{
    struct page_file *page_file = (struct page_file *)((char *)file + size);

    behind = size;
    page_file->methods = *file->pMethods;
    page_file->write = page_file->methods.xWrite;
    page_file->methods.xWrite = page_write;
    file->pMethods = &page_file->methods;
}
