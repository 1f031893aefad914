/* Intrusive doubly linked lists, circular around their head: a member leaves without knowing its list. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* The struct that holds `pointer` as its `member`. */
#define container_of(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

struct list {
    struct list *next, *previous;
};

static inline void list_init(struct list *list)
{
    list->next = list->previous = list;
}

static inline bool list_is_empty(const struct list *list)
{
    return list->next == list;
}

static inline void list_add_end(struct list *list, struct list *member)
{
    member->next = list;
    member->previous = list->previous;
    list->previous->next = member;
    list->previous = member;
}

/* Safe to repeat on one that has left already. */
static inline void list_remove(struct list *member)
{
    member->previous->next = member->next;
    member->next->previous = member->previous;
    list_init(member);
}

/* The first member, taken out; NULL when empty. */
static inline struct list *list_take_first(struct list *list)
{
    struct list *first = list->next;

    if (first == list)
        return NULL;
    list_remove(first); /* NOLINT(clang-analyzer-unix.Malloc): whoever freed a member had taken it out */
    return first;
}

/* For each member, named `member`; the body may remove it. */
#define LIST_EACH(member, head)                                                                                        \
    for (struct list *member = (head)->next, *member##_next = (head)->next->next; member != (head);                    \
         member = member##_next, member##_next = member##_next->next)

#endif
