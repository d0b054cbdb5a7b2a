#include "apilab/policy/coalesce.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "apilab/base/ascii.hpp"

namespace apilab::policy {

std::optional<std::string> coalescing_key(const http::Request& request, const CallFacts& call,
                                          const std::vector<std::string>& per_request) {
    const bool safe = call.effect == http::Effect::read && request.body().empty() &&
                      (request.method() == "GET" || request.method() == "HEAD");
    if (!safe || request.headers().contains("range")) {
        return std::nullopt;
    }
    // The order of different fields means nothing; of equal names the order is kept.
    std::vector<std::tuple<std::string, std::size_t, std::string_view>> fields;
    for (const auto& [name, value] : request.headers()) {
        auto lower = ascii_lowered(name);
        const bool single =
            lower == "traceparent" || lower == "tracestate" || lower == "x-request-id" ||
            std::ranges::any_of(
                per_request, [&](const std::string& other) { return http::iequals(other, lower); });
        if (!single) {
            fields.emplace_back(std::move(lower), fields.size(), value);
        }
    }
    std::ranges::sort(fields);
    std::string key = request.method() + " " + request.url().to_string();
    ((((key += '\n') += call.provider) += ' ') += call.operation);
    for (const auto& [name, place, value] : fields) {
        ((((key += '\n') += name) += ':') += value);
    }
    return key;
}

}  // namespace apilab::policy
