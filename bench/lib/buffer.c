/* buffer.c - see buffer.h. */
#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 16384
#define USUAL_PRINT 512 /* octets; a longer print is formatted a second time */

void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory) {
        fprintf(stderr, "out of memory: %zu times %zu bytes\n", count, size);
        exit(1);
    }
    return memory;
}

void *reallocate(void *old, size_t size)
{
    void *memory = realloc(old, size);
    if (!memory) {
        fprintf(stderr, "out of memory: %zu bytes\n", size);
        exit(1);
    }
    return memory;
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t length)
{
    if (buffer->start == buffer->end)
        buffer_clear(buffer);
    if (buffer->start && buffer->end + length > buffer->capacity) {
        memmove(buffer->bytes, buffer_front(buffer), buffer_length(buffer));
        buffer->end -= buffer->start;
        buffer->start = 0;
    }
    if (buffer->end + length > buffer->capacity) {
        size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
        while (buffer->end + length > capacity)
            capacity *= 2;
        buffer->bytes = reallocate(buffer->bytes, capacity);
        buffer->capacity = capacity;
    }
    return buffer->bytes + buffer->end;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
    if (!length)
        return;
    memcpy(buffer_reserve(buffer, length), bytes, length);
    buffer->end += length;
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
    va_list arguments, again;
    uint8_t *room = buffer_reserve(buffer, USUAL_PRINT);
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t length = (size_t)vsnprintf((char *)room, USUAL_PRINT, format, arguments);
    if (length >= USUAL_PRINT)
        vsnprintf((char *)buffer_reserve(buffer, length + 1), length + 1, format, again);
    buffer->end += length;
    va_end(again);
    va_end(arguments);
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->bytes);
    memset(buffer, 0, sizeof *buffer);
}
