/* json.c - see json.h. */
#include "json.h"

static void write_text(struct buffer *json, const char *value)
{
    buffer_append(json, "\"", 1);
    for (const uint8_t *at = (const uint8_t *)value; *at; at++) {
        if (*at == '"' || *at == '\\')
            buffer_print(json, "\\%c", *at);
        else if (*at < 0x20 || *at >= 0x7f)
            buffer_print(json, "\\u%04x", *at);
        else
            buffer_append(json, at, 1);
    }
    buffer_append(json, "\"", 1);
}

/* The comma, where one is due, and the name. A value follows directly after an opening bracket or as the first byte. */
static void write_name(struct buffer *json, const char *name)
{
    if (buffer_length(json)) {
        char last = (char)json->bytes[json->end - 1];
        if (last != '{' && last != '[')
            buffer_append(json, ",", 1);
    }
    if (name) {
        write_text(json, name);
        buffer_append(json, ":", 1);
    }
}

void json_begin(struct buffer *json, const char *name, char bracket)
{
    write_name(json, name);
    buffer_append(json, &bracket, 1);
}

void json_end(struct buffer *json, char bracket)
{
    buffer_append(json, &bracket, 1);
}

void json_integer(struct buffer *json, const char *name, uint64_t value)
{
    write_name(json, name);
    buffer_print(json, "%llu", (unsigned long long)value);
}

void json_decimal(struct buffer *json, const char *name, double value, int digits)
{
    write_name(json, name);
    buffer_print(json, "%.*f", digits, value);
}

void json_boolean(struct buffer *json, const char *name, bool value)
{
    write_name(json, name);
    buffer_print(json, "%s", value ? "true" : "false");
}

void json_text(struct buffer *json, const char *name, const char *value)
{
    write_name(json, name);
    write_text(json, value);
}

void json_histogram(struct buffer *json, const char *name, const struct histogram *histogram)
{
    json_begin(json, name, '{');
    json_integer(json, "n", histogram->count);
    json_integer(json, "mean", histogram_mean(histogram));
    json_integer(json, "p50", histogram_percentile(histogram, 50));
    json_integer(json, "p90", histogram_percentile(histogram, 90));
    json_integer(json, "p99", histogram_percentile(histogram, 99));
    json_integer(json, "max", histogram->largest);
    json_end(json, '}');
}

void json_write_line(struct buffer *json, FILE *stream)
{
    buffer_append(json, "\n", 1);
    fwrite(buffer_front(json), 1, buffer_length(json), stream);
    fflush(stream);
}
