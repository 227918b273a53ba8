/* ring.h - a growing first-in first-out queue of items of one size. */
#ifndef BENCH_RING_H
#define BENCH_RING_H

#include <stddef.h>
#include <stdint.h>

struct ring {
    uint8_t *items;
    size_t item_size, capacity, head, length;
};

#define RING_OF(type) ((struct ring){.item_size = sizeof(type)})

void ring_push(struct ring *ring, const void *item);

/* The oldest item, or NULL when there is none; valid until the next push. */
void *ring_front(const struct ring *ring);
void ring_pop(struct ring *ring);

#endif
