#pragma once
#include <zlib.h>

// zlib's initialisers are macros that hand over the version and the size of the stream; Swift imports no macros.
static inline int spillway_deflateInit2(z_streamp stream, int level, int window_bits, int memory_level) {
    return deflateInit2(stream, level, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY);
}

static inline int spillway_inflateInit2(z_streamp stream, int window_bits) {
    return inflateInit2(stream, window_bits);
}
