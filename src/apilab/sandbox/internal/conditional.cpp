#include "apilab/sandbox/internal/conditional.hpp"

#include <cstddef>
#include <cstdint>

#include "apilab/http/date.hpp"

namespace apilab::sandbox {
namespace {

std::string_view without_weakness(std::string_view tag) {
    return tag.starts_with("W/") ? tag.substr(2) : tag;
}

bool not_modified_since(const http::Request& request, const http::Response& answer) {
    const auto since = http::parse_http_date(request.headers().value("if-modified-since"));
    const auto modified = http::parse_http_date(answer.headers().value("last-modified"));
    return since && modified && *modified <= *since;
}

}  // namespace

std::uint64_t stable_number(std::string_view text) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1099511628211ULL;
    }
    return hash;
}

std::string stable_hash(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::uint64_t number = stable_number(text);
    std::string out(16, '0');
    for (std::size_t i = out.size(); i-- > 0; number >>= 4U) {
        out[i] = digits[number & 15U];
    }
    return out;
}

bool none_match_hits(std::string_view field, std::string_view etag) {
    // The opaque part may hold a comma, so tags are found by their quotes.
    std::size_t at = 0;
    while ((at = field.find_first_not_of(" \t,", at)) != std::string_view::npos) {
        if (field[at] == '*') {
            return true;
        }
        const std::size_t open = field.find('"', at);
        const std::size_t close = open == std::string_view::npos ? open : field.find('"', open + 1);
        if (close == std::string_view::npos) {
            return false;
        }
        if (field.substr(open, close - open + 1) == without_weakness(etag)) {
            return true;
        }
        at = close + 1;
    }
    return false;
}

http::Response conditional(const http::Request& request, http::Response answer) {
    const auto field = request.headers().get("if-none-match");
    const bool hit = field ? none_match_hits(*field, answer.headers().value("etag"))
                           : not_modified_since(request, answer);
    if (!hit) {
        return answer;
    }
    answer.status(304);
    answer.body("");
    answer.headers().remove("content-type");
    return answer;
}

}  // namespace apilab::sandbox
