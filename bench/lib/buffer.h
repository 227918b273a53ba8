/* buffer.h - a growing queue of bytes: appended at the end, consumed from the front.
 *
 * Consuming only moves the start, so bytes that were consumed stay readable until the next append or reserve. Whoever
 * cuts a PDU out of a buffer relies on that. Running out of memory ends the program. */
#ifndef BENCH_BUFFER_H
#define BENCH_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *bytes;
    size_t start, end, capacity;
};

static inline size_t buffer_length(const struct buffer *buffer)
{
    return buffer->end - buffer->start;
}

static inline uint8_t *buffer_front(const struct buffer *buffer)
{
    return buffer->bytes + buffer->start;
}

static inline void buffer_consume(struct buffer *buffer, size_t length)
{
    buffer->start += length;
}

static inline void buffer_clear(struct buffer *buffer)
{
    buffer->start = buffer->end = 0;
}

/* Room for `length` more bytes; the caller writes there and then adds what it wrote to `end`. */
uint8_t *buffer_reserve(struct buffer *buffer, size_t length);
void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
void buffer_print(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_free(struct buffer *buffer);

/* malloc, calloc and realloc that end the program instead of returning NULL. */
void *allocate(size_t count, size_t size);
void *reallocate(void *old, size_t size);

#endif
