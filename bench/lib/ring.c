/* ring.c - see ring.h. */
#include "ring.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"

#define FIRST_CAPACITY 1024

static void *slot(const struct ring *ring, size_t position)
{
    return ring->items + (ring->head + position) % ring->capacity * ring->item_size;
}

static void grow(struct ring *ring)
{
    size_t capacity = ring->capacity ? ring->capacity * 2 : FIRST_CAPACITY;
    uint8_t *items = allocate(capacity, ring->item_size);
    for (size_t position = 0; position < ring->length; position++)
        memcpy(items + position * ring->item_size, slot(ring, position), ring->item_size);
    free(ring->items);
    ring->items = items;
    ring->capacity = capacity;
    ring->head = 0;
}

void ring_push(struct ring *ring, const void *item)
{
    if (ring->length == ring->capacity)
        grow(ring);
    memcpy(slot(ring, ring->length), item, ring->item_size);
    ring->length++;
}

void *ring_front(const struct ring *ring)
{
    return ring->length ? slot(ring, 0) : NULL;
}

void ring_pop(struct ring *ring)
{
    ring->head = (ring->head + 1) % ring->capacity;
    ring->length--;
}
