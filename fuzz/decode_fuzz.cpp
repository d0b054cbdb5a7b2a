// Bytes decoded into a struct with a member of every type, under every policy: what is kept is
// written as JSON that reads back the same, and limits hold.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "apilab/data/decode.hpp"
#include "apilab/data/encode.hpp"

namespace {

using namespace apilab;
using namespace apilab::data;

enum class State : std::uint8_t { open, closed };
BOOST_DESCRIBE_ENUM(State, open, closed)
struct Everything {
    bool flag = false;
    std::int8_t tiny = 0;
    std::uint32_t middle = 0;
    std::int64_t large = 0;
    std::uint64_t largest = 0;
    double share = 0;
    std::string text;
    SystemTime made;
    Decimal price;
    Open<State> state;
    State closed_state = State::open;
    std::optional<std::string> note;
    Nullable<std::string> body;
    Field<std::int32_t> field;
    std::vector<std::string> labels;
    std::map<std::string, Decimal> sizes;
    std::vector<Everything> children;
    RawJson raw;
    UnknownFields unknown;
};
BOOST_DESCRIBE_STRUCT(Everything, (),
                      (flag, tiny, middle, large, largest, share, text, made, price, state,
                       closed_state, note, body, field, labels, sizes, children, raw, unknown))

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check(std::string_view text, OnDrift policy) {
    const DecodeOptions options{.on_drift = policy, .items_max = 1000, .drift_entries_max = 20};
    const auto decoded = decode<std::vector<Everything>>(text, options);
    if (!decoded) {
        require(!decoded.error().message().empty());
        return;
    }
    require(decoded->value.size() <= 1000);
    require(decoded->drift.entries.size() <= 20);
    require(policy != OnDrift::strict || decoded->drift.none());
    for (const auto& entry : decoded->drift.entries) {
        require(!entry.to_string().empty());
    }
    const auto written = encode(decoded->value);
    const auto again = decode<std::vector<Everything>>(written);
    require(again.has_value());
    require(encode(again->value) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto policy :
         {OnDrift::strict, OnDrift::tolerant, OnDrift::discard_item, OnDrift::discard_value}) {
        check(text, policy);
    }
    return 0;
}
