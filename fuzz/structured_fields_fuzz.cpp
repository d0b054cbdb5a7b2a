// Bytes as a structured field of each type: what is read can be written, and what was written is
// read as the same and written the same; within the limits.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "apilab/base/utf8.hpp"
#include "apilab/http/structured_fields.hpp"

namespace {

using namespace apilab::http::structured;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

constexpr Limits limits{.field_size_max = 2048, .members_max = 8, .params_max = 4};

void check(const Parameters& params) {
    require(params.size() <= limits.params_max);
    for (const auto& [name, value] : params) {
        require(!name.empty() && find(params, name) == &value);  // no name twice
        if (const auto* const text = std::get_if<DisplayString>(&value)) {
            require(apilab::valid_utf8(text->text));
        }
    }
}

void check(const Item& item) {
    check(item.params);
}

void check(const Member& member) {
    if (const auto* const item = std::get_if<Item>(&member)) {
        return check(item->params);
    }
    const auto& list = std::get<InnerList>(member);
    require(list.items.size() <= limits.members_max);
    check(list.params);
    for (const auto& item : list.items) {
        check(item.params);
    }
}

void check(const List& list) {
    require(list.size() <= limits.members_max);
    for (const auto& member : list) {
        check(member);
    }
}

void check(const Dictionary& dictionary) {
    require(dictionary.size() <= limits.members_max);
    for (const auto& [name, member] : dictionary) {
        require(!name.empty());
        check(member);
    }
}

template <class Parse>
void round_trip(std::string_view text, Parse parse) {
    const auto first = parse(text, limits);
    // Smaller limits change nothing but what is too large.
    const auto wide = parse(text, Limits{});
    require(!first || (wide && *wide == *first));
    require(first || wide || first.error().kind() == wide.error().kind() ||
            first.error().kind() == apilab::ErrorKind::too_large);
    if (!first) {
        return;
    }
    check(*first);
    const auto written = serialize(*first);
    require(written.has_value());
    const auto second = parse(*written, Limits{});
    require(second && *second == *first);
    require(serialize(*second) == *written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    round_trip(text, parse_item);
    round_trip(text, parse_list);
    round_trip(text, parse_dictionary);
    return 0;
}
