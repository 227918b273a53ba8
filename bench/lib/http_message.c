/* http_message.c - see http_message.h. */
#define _GNU_SOURCE /* memmem */
#include "http_message.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The value of a header line when it has that name, or NULL. The line ends with CR LF, so reading it is bounded. */
static const char *value_of(const char *line, const char *name)
{
    size_t length = strlen(name);
    if (strncasecmp(line, name, length) || line[length] != ':')
        return NULL;
    line += length + 1;
    while (*line == ' ' || *line == '\t')
        line++;
    return line;
}

static bool starts_with(const char *text, const char *start)
{
    return !strncasecmp(text, start, strlen(start));
}

static void read_line(const char *line, struct http_head *head)
{
    const char *value;
    if ((value = value_of(line, "Content-Length"))) {
        head->has_length = true;
        head->content_length = strtoull(value, NULL, 10);
    } else if ((value = value_of(line, "Transfer-Encoding"))) {
        head->chunked = starts_with(value, "chunked");
    } else if ((value = value_of(line, "Connection"))) {
        if (starts_with(value, "close"))
            head->keep_alive = false;
        else if (starts_with(value, "keep-alive"))
            head->keep_alive = true;
    } else if ((value = value_of(line, "Expect"))) {
        head->expects_continue = starts_with(value, "100-continue");
    }
}

bool http_read_head(const char *bytes, size_t length, struct http_head *head)
{
    const char *empty_line = memmem(bytes, length, "\r\n\r\n", 4);
    if (!empty_line)
        return false;
    *head = (struct http_head){.length = (size_t)(empty_line + 4 - bytes)};
    const char *line_end = memmem(bytes, head->length, "\r\n", 2);
    bool is_response = starts_with(bytes, "HTTP/1.");
    head->keep_alive = !memmem(bytes, (size_t)(line_end - bytes), "HTTP/1.0", 8);
    head->status = is_response && line_end - bytes > 12 ? atoi(bytes + 9) : 0;
    while (line_end < empty_line) {
        const char *line = line_end + 2;
        read_line(line, head);
        line_end = memmem(line, (size_t)(empty_line + 2 - line), "\r\n", 2);
    }
    if (!is_response || head->status == 204 || head->status == 304) /* no body unless a request announces one */
        head->has_length |= !head->chunked;
    return true;
}

static bool find_last_chunk(const char *bytes, size_t length, size_t at, size_t *end)
{
    for (;;) {
        const char *line_end = memmem(bytes + at, length - at, "\r\n", 2);
        if (!line_end)
            return false;
        size_t size = strtoull(bytes + at, NULL, 16);
        size_t chunk = (size_t)(line_end + 2 - bytes);
        if (size == 0) { /* trailers are not used by anybody; the empty line follows at once */
            *end = chunk + 2;
            return length >= *end;
        }
        if (length < chunk || length - chunk < size + 2)
            return false;
        at = chunk + size + 2;
    }
}

bool http_find_end(const char *bytes, size_t length, const struct http_head *head, size_t *end)
{
    if (head->chunked)
        return find_last_chunk(bytes, length, head->length, end);
    *end = head->length + head->content_length;
    return head->has_length && length >= *end;
}

bool http_ends_with_connection(const struct http_head *head)
{
    return !head->chunked && !head->has_length;
}
