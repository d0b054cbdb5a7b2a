#include "apilab/sandbox/internal/query.hpp"

#include <charconv>

namespace apilab::sandbox {

std::string_view query_value(const Incoming& incoming, std::string_view name) {
    return incoming.param(name).value_or(std::string_view());
}

std::optional<std::int64_t> query_number(const Incoming& incoming, std::string_view name) {
    const auto text = query_value(incoming, name);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

std::string_view path_value(const Incoming& incoming, const std::string& name) {
    const auto found = incoming.path.find(name);
    return found == incoming.path.end() ? std::string_view() : found->second;
}

}  // namespace apilab::sandbox
