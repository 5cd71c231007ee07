#include "xla_handler.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "loops.hpp"

namespace softargmax::xla {
namespace {

Error *error(const CallFrame &call, int code, const char *message) {
    ErrorArguments arguments{sizeof(ErrorArguments), nullptr, message, code};
    return call.api->create_error(&arguments);
}

// Asked who it is, a handler names the interface that it keeps: the newest that both sides know.
bool told_who_it_is(const CallFrame &call) {
    for (Extension *extension = call.extensions; extension != nullptr; extension = extension->next) {
        if (extension->type != kMetadata) continue;
        Metadata &metadata = *reinterpret_cast<MetadataExtension *>(extension)->metadata;
        metadata.version.major = kMajor;
        metadata.version.minor = call.api == nullptr ? kMinor : std::min(kMinor, call.api->version.minor);
        metadata.traits = 0;
        return true;
    }
    return false;
}

std::optional<Kind> kind_of(Type type) {
    switch (type) {
        case Type::float16:
            return Kind::float16;
        case Type::bfloat16:
            return Kind::bfloat16;
        case Type::float32:
            return Kind::float32;
        case Type::float64:
            return Kind::float64;
        case Type::int32:
            return Kind::int32;
        case Type::int64:
            return Kind::int64;
    }
    return std::nullopt;
}

bool is_code(Kind kind) { return kind == Kind::int32 || kind == Kind::int64; }

// What a function reads beside x, and what it must give.
struct Needs {
    std::vector<Role> second, results;
};

std::optional<Needs> needs_of(Function function) {
    switch (function) {
        case Function::softmax:
        case Function::log_softmax:
        case Function::sparsemax:
        case Function::entmax15:
            return Needs{{}, {kOut}};
        case Function::softmax_backward:
        case Function::log_softmax_backward:
            return Needs{{kY}, {kOut}};
        case Function::logsumexp:
            return Needs{{}, {kPerRow}};
        case Function::cross_entropy:
            return Needs{{kY, kCodes}, {kPerRow}};
        default:
            return std::nullopt;
    }
}

const Scalar *attribute(const CallFrame &call, std::string_view name, Type type) {
    const Attributes &all = call.attributes;
    for (std::int64_t i = 0; i < all.count; ++i) {
        if (std::string_view(all.names[i]->text, all.names[i]->length) != name) continue;
        return all.kinds[i] == kIsScalar && all.values[i]->type == type ? all.values[i] : nullptr;
    }
    return nullptr;
}

// The rows of a call: all that precedes the class axis is one long axis of rows.
class Request {
public:
    explicit Request(const CallFrame &frame) : frame_(frame) {
        const Scalar *function = attribute(frame, "function", Type::int64);
        const Scalar *smoothing = attribute(frame, "smoothing", Type::float64);
        if (function == nullptr || smoothing == nullptr) throw std::invalid_argument("softargmax: function, smoothing");
        function_ = static_cast<Function>(*static_cast<const std::int64_t *>(function->value));
        call_.smoothing = *static_cast<const double *>(smoothing->value);
        const Buffer &x = buffer(frame.arguments, 0);
        if (x.rank < 1) throw std::invalid_argument("softargmax: x has no class axis");
        rank_ = x.rank;
        shape_ = x.shape;
        for (std::int64_t axis = 0; axis + 1 < rank_; ++axis) n_rows_ *= static_cast<std::size_t>(shape_[axis]);
        call_.classes = static_cast<std::size_t>(shape_[rank_ - 1]);
        rows_.shape = {n_rows_};
        put(kX, x);
    }

    void compute() {
        const std::optional<Needs> needs = needs_of(function_);
        if (!needs) throw std::invalid_argument("softargmax: another function");
        if (frame_.arguments.count > 1) put_second(buffer(frame_.arguments, 1));
        for (std::int64_t i = 0; i < frame_.results.count; ++i) {
            const Buffer &result = buffer(frame_.results, i);
            put(result.rank == rank_ ? kOut : kPerRow, result);
        }
        const auto is_there = [&](Role role) { return bool(call_[role]); };
        if (!needs->second.empty() && !std::any_of(needs->second.begin(), needs->second.end(), is_there))
            throw std::invalid_argument("softargmax: a second argument is missing");
        if (!std::all_of(needs->results.begin(), needs->results.end(), is_there))
            throw std::invalid_argument("softargmax: a result is missing");
        if (n_rows_ == 0 || (call_.classes == 0 && !call_[kPerRow])) return;
        run_rows(function_, call_[kX].kind == Kind::float64, call_, rows_);
    }

private:
    static const Buffer &buffer(const Buffers &all, std::int64_t i) {
        if (i >= all.count || all.kinds[i] != kIsBuffer || !is_as_expected(*all.buffers[i]))
            throw std::invalid_argument("softargmax: a buffer is missing");
        return *all.buffers[i];
    }

    void put(Role role, const Buffer &given) {
        const std::optional<Kind> kind = kind_of(given.type);
        if (!kind || is_code(*kind)) throw std::invalid_argument("softargmax: numbers of another kind");
        place(role, given, *kind, given.data);
    }

    void put_second(const Buffer &given) {
        const std::optional<Kind> kind = kind_of(given.type);
        if (kind && !is_code(*kind)) return put(kY, given);
        codes_.resize(n_rows_);
        if (kind == Kind::int32)
            std::copy_n(static_cast<const std::int32_t *>(given.data), checked(given), codes_.data());
        if (kind == Kind::int64)
            std::copy_n(static_cast<const std::int64_t *>(given.data), checked(given), codes_.data());
        if (!kind) throw std::invalid_argument("softargmax: codes of another kind");
        // A kernel looks up the logit of a code. Where one names no class, nobody could be told before.
        for (std::int64_t &code : codes_)
            if (code >= static_cast<std::int64_t>(call_.classes)) code = -1;
        place(kCodes, given, Kind::int64, codes_.data());
    }

    // How many rows an array has, if it has as many as x.
    std::size_t checked(const Buffer &given) const {
        if (given.rank < rank_ - 1 || given.rank > rank_ || !std::equal(given.shape, given.shape + given.rank, shape_))
            throw std::invalid_argument("softargmax: arrays of other shapes");
        return n_rows_;
    }

    void place(Role role, const Buffer &given, Kind kind, void *data) {
        checked(given);
        const auto bytes = static_cast<std::ptrdiff_t>(bytes_of(kind));
        const bool along = given.rank == rank_;
        // Without a number there may be no memory either, and an operand without memory would be none.
        static char nothing;
        call_[role] = {data == nullptr ? &nothing : static_cast<char *>(data), 0, along ? bytes : 0, kind};
        rows_.strides[role] = {along ? bytes * static_cast<std::ptrdiff_t>(call_.classes) : bytes};
    }

    static std::size_t bytes_of(Kind kind) {
        if (kind == Kind::float16 || kind == Kind::bfloat16) return 2;
        return kind == Kind::float32 || kind == Kind::int32 ? 4 : 8;
    }

    const CallFrame &frame_;
    Function function_;
    Call call_;
    Rows rows_;
    std::int64_t rank_;
    const std::int64_t *shape_;
    std::size_t n_rows_ = 1;
    std::vector<std::int64_t> codes_;
};

}  // namespace

Error *handle(CallFrame *call) {
    if (told_who_it_is(*call)) return nullptr;
    if (!is_as_expected(*call) || call->api->version.major != kMajor || call->stage != Stage::execute)
        return error(*call, kInvalidArgument, "softargmax: this version of XLA calls in a way that is not known here");
    try {
        Request(*call).compute();
        return nullptr;
    } catch (const std::bad_alloc &) {
        return error(*call, kResourceExhausted, "softargmax: no memory is left");
    } catch (const std::exception &problem) {
        return error(*call, kInvalidArgument, problem.what());
    }
}

}  // namespace softargmax::xla
