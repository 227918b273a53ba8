/* http_message.h - where an HTTP/1.x message ends, and the few header fields that tell it. */
#ifndef BENCH_HTTP_MESSAGE_H
#define BENCH_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

struct http_head {
    size_t length; /* of the head, with its empty line */
    int status;    /* of a response; 0 for a request */
    bool keep_alive, chunked, has_length, expects_continue;
    size_t content_length;
};

/* False while the head is not complete. */
bool http_read_head(const char *bytes, size_t length, struct http_head *head);

/* True when the body is complete, too: `*end` is then the length of the whole message. Never true for a response that
 * ends with its connection, having neither a length nor chunks. */
bool http_find_end(const char *bytes, size_t length, const struct http_head *head, size_t *end);
bool http_ends_with_connection(const struct http_head *head);

#endif
