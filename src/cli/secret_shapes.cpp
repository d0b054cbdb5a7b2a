#include "secret_shapes.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "apilab/base/ascii.hpp"

namespace apilab::cli {
namespace {

// A beginning, and how many characters of which kind have to follow.
struct Shape {
    std::string_view kind;
    std::string_view begin;
    std::size_t size_min;
    /// Besides letters and digits.
    std::string_view others = {};
};

constexpr std::array shapes{
    Shape{"GitHub token", "ghp_", 36},
    Shape{"GitHub token", "gho_", 36},
    Shape{"GitHub token", "ghu_", 36},
    Shape{"GitHub token", "ghs_", 36},
    Shape{"GitHub token", "ghr_", 36},
    Shape{"GitHub token", "github_pat_", 22, "_"},
    Shape{"Slack token", "xoxb-", 20, "-"},
    Shape{"Slack token", "xoxp-", 20, "-"},
    Shape{"Slack token", "xoxa-", 20, "-"},
    Shape{"Slack token", "xoxr-", 20, "-"},
    Shape{"Slack token", "xapp-", 20, "-"},
    Shape{"Notion token", "ntn_", 40},
    Shape{"Notion token", "secret_", 43},
    Shape{"Google API key", "AIza", 35, "_-"},
    Shape{"Google access token", "ya29.", 20, "_-"},
    Shape{"Google refresh token", "1//", 30, "_-"},
    Shape{"Google client secret", "GOCSPX-", 24, "_-"},
    Shape{"npm token", "npm_", 36},
    Shape{"Stripe key", "sk_live_", 16},
    Shape{"Stripe key", "rk_live_", 16},
    Shape{"webhook secret", "whsec_", 24, "+/="},
    Shape{"AWS access key id", "AKIA", 16},
    Shape{"AWS access key id", "ASIA", 16},
};

constexpr std::string_view token_others = "_-";

std::size_t run_of(std::string_view text, std::string_view others) {
    const auto end = std::ranges::find_if_not(
        text, [&](char c) { return ascii_alnum(c) || others.contains(c); });
    return static_cast<std::size_t>(end - text.begin());
}

// `ghp_xxxxxxxx...` in documentation is none.
bool made_up(std::string_view text) {
    constexpr std::size_t different_min = 6;
    return std::set<char>(text.begin(), text.end()).size() < different_min;
}

std::size_t size_of(const Shape& shape, std::string_view text) {
    if (!text.starts_with(shape.begin)) {
        return 0;
    }
    const auto rest = text.substr(shape.begin.size());
    const auto size = run_of(rest, shape.others);
    return size < shape.size_min || made_up(rest.substr(0, size)) ? 0 : shape.begin.size() + size;
}

// Three parts in base64url, the first two of them JSON objects (`{"` is `eyJ`).
std::size_t size_of_jwt(std::string_view text) {
    constexpr std::size_t part_min = 8;
    std::size_t size = 0;
    for (int part = 0; part < 3; ++part) {
        const auto rest = text.substr(size);
        const auto length = run_of(rest, token_others);
        if (length < part_min || (part < 2 && !rest.starts_with("eyJ"))) {
            return 0;
        }
        size += length;
        if (part < 2) {
            if (size == text.size() || text[size] != '.') {
                return 0;
            }
            ++size;
        }
    }
    return size;
}

std::size_t size_of_pem(std::string_view text) {
    constexpr std::string_view begin = "-----BEGIN ";
    constexpr std::string_view what = "PRIVATE KEY-----";
    constexpr std::string_view end = "-----END ";
    if (!text.starts_with(begin)) {
        return 0;
    }
    const auto kind = text.substr(begin.size(), 32).find(what);
    const auto close = text.find(end, begin.size());
    // A line that only names it, in code that writes or reads keys, holds none.
    constexpr std::size_t key_min = 40;
    const auto from = begin.size() + kind + what.size();
    if (kind == std::string_view::npos || text.size() < from + key_min ||
        made_up(text.substr(from, key_min)) || run_of(text.substr(from + 2), "+/=") < key_min / 2) {
        return 0;
    }
    return close == std::string_view::npos ? text.size() : close;
}

// What stands here, and how long it is.
ShapedSecret at(std::string_view text) {
    switch (text.front()) {
        case 'e':
            return {.kind = "JSON Web Token", .size = size_of_jwt(text)};
        case '-':
            return {.kind = "private key", .size = size_of_pem(text)};
        default:
            break;
    }
    for (const Shape& shape : shapes) {
        if (const auto size = size_of(shape, text); size != 0) {
            return {.kind = shape.kind, .size = size};
        }
    }
    return {};
}

// Somebody has looked at that line and says that what stands there opens nothing.
bool is_allowed(std::string_view text, std::size_t offset) {
    const auto begin = text.rfind('\n', offset);
    const auto from = begin == std::string_view::npos ? 0 : begin + 1;
    return text.substr(from, text.find('\n', offset) - from).contains(allowed_mark);
}

}  // namespace

std::vector<ShapedSecret> shaped_secrets(std::string_view text) {
    static constexpr std::string_view first_letters = "gxnsA1ywGre-";
    std::vector<ShapedSecret> found;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool inside =
            i > 0 && text[i] != '-' && (ascii_alnum(text[i - 1]) || text[i - 1] == '_');
        if (inside || !first_letters.contains(text[i])) {
            continue;
        }
        auto one = at(text.substr(i));
        if (one.size != 0) {
            one.offset = i;
            if (!is_allowed(text, i)) {
                found.push_back(one);
            }
            i += one.size - 1;
        }
    }
    return found;
}

}  // namespace apilab::cli
