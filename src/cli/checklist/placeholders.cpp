#include "checklist/placeholders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "apilab/base/try.hpp"
#include "apilab/sandbox/credentials.hpp"

namespace apilab::cli::checklist {

namespace {

constexpr std::string_view ours = "APILAB_";
constexpr std::string_view file_end = "_FILE";
constexpr std::size_t secret_size_min = 6;

// Whose webhooks a secret of the sandbox signs.
struct Signing {
    std::string_view name;
    std::string_view sender;
};
constexpr std::array signings{
    Signing{.name = "APILAB_GITHUB_WEBHOOK_SECRET", .sender = "github"},
    Signing{.name = "APILAB_NOTION_WEBHOOK_SECRET", .sender = "notion"},
    Signing{.name = "APILAB_SLACK_SIGNING_SECRET", .sender = "slack"},
    Signing{.name = "APILAB_STANDARD_WEBHOOK_SECRET", .sender = "standard"},
    Signing{.name = "APILAB_STRIPE_WEBHOOK_SECRET", .sender = "stripe"}};

bool is_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
}

struct Piece {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string_view name;
};

// The next `{name}` from `at`.
std::optional<Piece> next_piece(std::string_view text, std::size_t at) {
    for (at = text.find('{', at); at != text.npos; at = text.find('{', at + 1)) {
        const auto end = text.find('}', at);
        if (end == text.npos) {
            return std::nullopt;
        }
        if (const auto name = text.substr(at + 1, end - at - 1); is_name(name)) {
            return Piece{.begin = at, .end = end + 1, .name = name};
        }
    }
    return std::nullopt;
}

}  // namespace

Result<std::string> put_in(std::string_view text, const Values& values) {
    std::string out;
    std::size_t done = 0;
    for (auto piece = next_piece(text, 0); piece; piece = next_piece(text, piece->end)) {
        out += text.substr(done, piece->begin - done);
        done = piece->end;
        if (const auto value = values.find(piece->name); value != values.end()) {
            out += value->second;
        } else if (piece->name.starts_with(ours)) {
            return fail(
                Error(ErrorKind::invalid_argument,
                      fmt::format("{}: the sandbox has no {{{}}}", manifest_name, piece->name))
                    .with_remedy("`apilab sandbox env` shows the names that there are"));
        } else {
            out += text.substr(piece->begin, piece->end - piece->begin);
        }
    }
    return out + std::string(text.substr(done));
}

std::string next_secret(std::uint64_t seed, std::string_view name, std::string_view now) {
    // `ghp_`, `xoxb-`, `whsec_`: what stands before the digits says what it is.
    const auto place = now.find_last_of("_-/:");
    return sandbox::seed_secret(seed, fmt::format("next {}", name),
                                place == now.npos ? "" : now.substr(0, place + 1));
}

std::string_view signing_secret_name(std::string_view sender) {
    const auto* const found = std::ranges::find(signings, sender, &Signing::sender);
    return found == signings.end() ? std::string_view() : found->name;
}

bool is_replaceable(std::string_view name) {
    return name.starts_with(ours) && name != "APILAB_ADMIN_TOKEN" &&
           (name.ends_with("_SECRET") || name.ends_with("_TOKEN") || name.ends_with("_KEY") ||
            name.ends_with("_PASSWORD"));
}

void add_rotations(Values& values, std::uint64_t seed, const std::filesystem::path& secrets) {
    const Values before = values;
    for (const auto& [name, value] : before) {
        if (is_replaceable(name)) {
            values[name + "_NEXT"] = next_secret(seed, name, value);
            values[name + std::string(file_end)] = (secrets / name).string();
        }
    }
    for (const auto& signing : signings) {
        values[fmt::format("{}_FORMER", signing.name)] =
            sandbox::webhook_secret(seed, signing.sender, true);
    }
}

std::vector<std::string> files_named_in(std::string_view text) {
    std::vector<std::string> names;
    for (auto piece = next_piece(text, 0); piece; piece = next_piece(text, piece->end)) {
        const auto name = piece->name;
        if (name.ends_with(file_end) &&
            is_replaceable(name.substr(0, name.size() - file_end.size()))) {
            names.emplace_back(name.substr(0, name.size() - file_end.size()));
        }
    }
    return names;
}

std::vector<std::string> mask(std::string& text, const Values& secrets) {
    std::vector<std::string> seen;
    for (const auto& [name, value] : secrets) {
        bool found = false;
        for (auto at = value.size() < secret_size_min ? text.npos : text.find(value);
             at != text.npos; at = text.find(value, at)) {
            text.replace(at, value.size(), "***");
            found = true;
        }
        if (found) {
            seen.push_back(name);
        }
    }
    return seen;
}

}  // namespace apilab::cli::checklist
