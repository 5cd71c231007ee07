// What XLA, JAX' compiler, hands to a function of another library: as much of its C interface as we read.
//
// The interface is a promise about memory, published as xla/ffi/api/c_api.h beside jaxlib, and so is written down once
// more here: a build that needed jaxlib would need 100 MB for thirty lines. Names are ours, and each struct has the
// layout of the one that its comment names. Every struct says its own size, and new fields come after old ones; so a
// field is there where the size reaches it, which is_as_expected asks before anything is read.
#pragma once

#include <cstddef>
#include <cstdint>

namespace softargmax::xla {

// The interface that these structs were copied from. A handler may serve an older one: all of this is in 0.1.
constexpr int kMajor = 0, kMinor = 3;

struct Extension {  // XLA_FFI_Extension_Base
    std::size_t size;
    int type;
    Extension *next;
};
constexpr int kMetadata = 1;

struct Version {  // XLA_FFI_Api_Version
    std::size_t size;
    Extension *extensions;
    int major, minor;
};

struct Error;

struct ErrorArguments {  // XLA_FFI_Error_Create_Args
    std::size_t size;
    Extension *extensions;
    const char *message;
    int code;
};
constexpr int kInvalidArgument = 3, kResourceExhausted = 8;

struct Api {  // XLA_FFI_Api, of which only the first of its functions is called
    std::size_t size;
    Extension *extensions;
    Version version;
    const void *internal;
    Error *(*create_error)(ErrorArguments *);
};

enum class Type : int {  // XLA_FFI_DataType
    int32 = 4,
    int64 = 5,
    float16 = 10,
    float32 = 11,
    float64 = 12,
    bfloat16 = 16,
};

struct Buffer {  // XLA_FFI_Buffer: numbers without gaps, the last axis next to each other
    std::size_t size;
    Extension *extensions;
    Type type;
    void *data;
    std::int64_t rank;
    std::int64_t *shape;
};
constexpr int kIsBuffer = 1;

struct Buffers {  // XLA_FFI_Args, XLA_FFI_Rets
    std::size_t size;
    Extension *extensions;
    std::int64_t count;
    int *kinds;
    Buffer **buffers;
};

struct Name {  // XLA_FFI_ByteSpan
    const char *text;
    std::size_t length;
};

struct Scalar {  // XLA_FFI_Scalar
    Type type;
    void *value;
};
constexpr int kIsScalar = 3;

struct Attributes {  // XLA_FFI_Attrs, in the order of their names
    std::size_t size;
    Extension *extensions;
    std::int64_t count;
    int *kinds;
    Name **names;
    Scalar **values;
};

enum class Stage : int { instantiate, prepare, initialize, execute };  // XLA_FFI_ExecutionStage

struct CallFrame {  // XLA_FFI_CallFrame
    std::size_t size;
    Extension *extensions;
    const Api *api;
    void *context;
    Stage stage;
    Buffers arguments, results;
    Attributes attributes;
};

struct Metadata {  // XLA_FFI_Metadata, filled in by a handler that is asked who it is
    std::size_t size;
    Version version;
    std::uint32_t traits;
};

struct MetadataExtension {  // XLA_FFI_Metadata_Extension
    Extension extension;
    Metadata *metadata;
};

template <class Struct>
bool is_as_expected(const Struct &given) {
    return given.size >= sizeof(Struct);
}

}  // namespace softargmax::xla
