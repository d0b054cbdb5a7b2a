#include "apilab/sandbox/query.hpp"

#include <algorithm>

#include "apilab/http/url.hpp"
#include "apilab/sandbox/internal/utf8.hpp"

namespace apilab::sandbox {
namespace {

constexpr std::size_t params_max = 1000;

std::string decode(std::string_view text) {
    std::string spaced(text);
    std::ranges::replace(spaced, '+', ' ');
    // What stands there comes back in answers, which are JSON.
    return internal::repaired_utf8(http::percent_decode(spaced));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> split_query(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> params;
    while (!query.empty() && params.size() < params_max) {
        const auto part = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(part.size() + 1, query.size()));
        if (part.empty()) {
            continue;
        }
        const auto equals = part.find('=');
        params.emplace_back(decode(part.substr(0, equals)), equals == std::string_view::npos
                                                                ? std::string()
                                                                : decode(part.substr(equals + 1)));
    }
    return params;
}

}  // namespace apilab::sandbox
